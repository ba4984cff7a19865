"""What programs send: JSON of a known form, and numbers in paths."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request

from search_api.accounts import body_of
from search_api.problems import BAD_PARAMETER, ProblemError, make_problem

StructT = TypeVar("StructT", bound=Struct)


def read_body(request: Request, kind: type[StructT]) -> StructT:
    """Read the JSON that was sent. Raises: ProblemError (400), also for the character NUL, which no store takes."""
    try:
        given = msgspec.json.decode(body_of(request), type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ProblemError(make_problem(BAD_PARAMETER, f"The body is not what this address takes: {error}.")) from error
    if _has_nul(msgspec.to_builtins(given)):
        raise ProblemError(make_problem(BAD_PARAMETER, "A text of the body has the character NUL; leave that away."))
    return given


def number_in(text: str) -> int:
    """Read a number of a row; 0, which none has, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    parts: Iterable[object] = (*value, *value.values()) if isinstance(value, dict) else ()
    return any(map(_has_nul, value if isinstance(value, list | tuple) else parts))
