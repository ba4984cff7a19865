"""What the work at hand is about: fields that every log line within it carries, told where they are known.

They follow the flow of a thread, and into the threads that are given a copy (`in_context`).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Final, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
ResultT = TypeVar("ResultT")

_FIELDS: Final[ContextVar[Mapping[str, object]]] = ContextVar("oaihub", default={})  # noqa: B039  never changed in place


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Add fields during a block, in place of those of the same name."""
    token = _FIELDS.set({**_FIELDS.get(), **fields})
    try:
        yield
    finally:
        _FIELDS.reset(token)


def known_fields() -> Mapping[str, object]:
    """Give what the work at hand is about."""
    return _FIELDS.get()


def in_context(call: Callable[Parameters, ResultT]) -> Callable[Parameters, ResultT]:
    """Give a function for another thread that is about the same as what goes on here."""
    here = copy_context()

    def run(*arguments: Parameters.args, **named: Parameters.kwargs) -> ResultT:
        return here.run(call, *arguments, **named)

    return run
