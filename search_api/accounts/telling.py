"""What a program is told of whose it is."""

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from search_api.accounts.asking import asker_of
from search_api.hub import Hub


class Whoami(Struct, frozen=True):
    """Who asks: the user, his role or that of his key, what both allow, and the name that the audit has for it."""

    name: str
    role: str
    rights: list[str]
    actor: str


def get_account(_hub: Hub, request: Request) -> Response:
    """Answer who asks."""
    account = asker_of(request).account
    told = Whoami(account.name, account.role, sorted(account.rights), account.actor)
    return Response(msgspec.json.encode(told), media_type="application/json")
