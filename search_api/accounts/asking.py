"""Who asks: a browser by its session, a program by its key, or who sits at the machine of a hub without users."""

from typing import Final
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.requests import Request

from harvester.store.accounts.keys import find_key
from harvester.store.accounts.roles import Account
from harvester.store.accounts.sessions import find_session
from search_api.accounts.access import Access
from search_api.accounts.cookies import SESSION, read_cookie
from search_api.accounts.multipart import Sent, is_multipart, parse_multipart
from search_api.problems import NOT_SIGNED_IN, ProblemError, make_problem

CHALLENGE: Final = 'Bearer realm="oaihub"'
ASKER: Final = "oaihub.asker"
BODY: Final = "oaihub.body"


class Asker(Struct, frozen=True):
    """Who asks; `bound_to` is what his forms are bound to, None for a program, which needs no form."""

    account: Account
    bound_to: bytes | None


def find_asker(access: Access, request: Request) -> Asker | None:
    """Give who asks by a key, or else by a session; None where by neither. Raises: ProblemError (401) for a bad key."""
    given = request.headers.get("authorization")
    if given is not None:
        return Asker(_by_key(access, given), None)
    return find_visitor(access, request)


def find_visitor(access: Access, request: Request) -> Asker | None:
    """Give who asks by a session, or None."""
    token = read_cookie(access, request, SESSION)
    found = find_session(access.store, token, idle_s=access.idle_s, now=access.clock()) if token else None
    return None if found is None else Asker(found.account, found.digest)


def asker_of(request: Request) -> Asker:
    """Give who asks, in a handler within `requires` or `protected`."""
    asker: Asker = request.scope[ASKER]
    return asker


def body_of(request: Request) -> bytes:
    """Give the body that was sent, in a handler within `requires`, `protected` or `private`."""
    body: bytes = request.scope[BODY]
    return body


def form_of(request: Request) -> list[tuple[str, str]]:
    """Give the fields of the form that was sent, with files or without, likewise.

    Of a body that is no form it gives something senseless. The character NUL, which PostgreSQL takes in no text, is
    replaced as bytes are that are no text.
    """
    if is_multipart(request.headers.get("content-type", "")):
        return _sent(request).fields
    fields = parse_qsl(body_of(request).decode("utf-8", "replace"), keep_blank_values=True)
    return [(name, value.replace("\0", "\ufffd")) for name, value in fields]


def file_of(request: Request, name: str) -> bytes:
    """Give a file of the form that was sent, empty where there is none, likewise."""
    if not is_multipart(request.headers.get("content-type", "")):
        return b""
    return _sent(request).files.get(name, b"")


def _sent(request: Request) -> Sent:
    return parse_multipart(request.headers["content-type"], body_of(request))


def _by_key(access: Access, given: str) -> Account:
    scheme, _, text = given.partition(" ")
    account = find_key(access.store, text.strip(), access.clock()) if scheme.casefold() == "bearer" else None
    if account is None:
        detail = (
            "Authorization holds no key that is valid here (Bearer oaihub_…); `oaihub keys list` shows those that are."
        )
        headers = {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}
        raise ProblemError(make_problem(NOT_SIGNED_IN, detail), headers=headers)
    return account
