"""What a JSON address is; the parts of the API each have a table of theirs, which `addresses` joins."""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from search_api.edge.caching import ASK_AGAIN
from search_api.hub import Hub
from search_api.params import Parameter
from search_api.problems import Kind

API: Final = "/api/v1"
NO_HEADERS: Final[Mapping[str, str]] = {}


class Address(Struct, frozen=True, kw_only=True):
    """One address; `answer` is what its JSON is, `problems` what else it may say.

    It takes GET and HEAD, or another `method` with a `body` of JSON. `right` is what who asks must be allowed to, None
    where anybody may ask; with `is_operators` it is also for who sits at the machine of a hub without users. `cache` is
    its Cache-Control; `headers` are those that the answer may have of its own, with their meanings.
    """

    path: str
    name: str
    summary: str
    handler: Callable[[Hub, Request], Response]
    answer: type[Struct] | None = None
    parameters: tuple[Parameter, ...] = ()
    problems: tuple[Kind, ...] = ()
    media_types: tuple[str, ...] = ("application/json",)
    right: str | None = None
    cache: str = ASK_AGAIN
    headers: Mapping[str, str] = NO_HEADERS
    method: Literal["GET", "POST"] = "GET"
    body: type[Struct] | None = None
    is_operators: bool = False
