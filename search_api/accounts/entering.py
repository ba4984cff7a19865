"""Signing in: bounded by client, by user, and in how much of it is done at once."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.store.accounts.sessions import open_session
from harvester.store.accounts.signing import Proven, prove_user
from search_api.accounts.access import Access
from search_api.accounts.cookies import SESSION, keep_cookie, read_cookie
from search_api.edge.quotas import client_of
from search_api.languages import _
from search_api.problems import BUSY, TOO_MANY_TRIES, ProblemError, make_problem

HASH_WAIT_S: Final = 5.0


def prove(access: Access, request: Request, name: str, password: str) -> Proven | None:
    """Give the user whose name and password these are, None where they are nobody's.

    Raises: ProblemError (429 for a client with too many wrong tries, 503 where too many sign in at once).
    """
    client = client_of(request.scope)
    wait_s = access.tries.take(client, access.clock())
    if wait_s > 0:
        detail = _("Too many wrong passwords came from your address; try again in {seconds} s.")
        headers = {"Retry-After": str(math.ceil(wait_s))}
        raise ProblemError(make_problem(TOO_MANY_TRIES, detail.format(seconds=math.ceil(wait_s))), headers=headers)
    with hashing(access):
        proven = prove_user(access.store, name, password, now=access.clock())
    if proven is not None:
        access.tries.forgive(client)
    return proven


@contextmanager
def hashing(access: Access) -> Iterator[None]:
    """Do what hashes a password within, when there is room for it. Raises: ProblemError (503)."""
    if not access.hashing.acquire(timeout=HASH_WAIT_S):
        raise ProblemError(make_problem(BUSY, _("Too many people sign in just now; try again in a few seconds.")))
    try:
        yield
    finally:
        access.hashing.release()


def enter(access: Access, request: Request, proven: Proven, path: str) -> Response | None:
    """Begin a session with a token of its own, whatever the browser had before, and lead to a path of ours.

    None where the user was disabled, or got another password, meanwhile.
    """
    token = open_session(
        access.store,
        proven,
        client=request.headers.get("user-agent", ""),
        life_s=access.life_s,
        now=access.clock(),
        instead_of=read_cookie(access, request, SESSION),
    )
    if token is None:
        return None
    response = RedirectResponse(path, 303)
    keep_cookie(access, response, SESSION, token, life_s=access.life_s)
    return response


def own_path(text: str, default: str) -> str:
    r"""Give a path of this hub as it is, and a default for all that a browser could take for an address elsewhere.

    Browsers read `//host` and `/\host` as addresses of a host, and pass over tabs and line ends (URL standard, 4.4).
    """
    is_plain = all(" " < character < "\x7f" and character != "\\" for character in text)
    return text if is_plain and text.startswith("/") and not text.startswith("//") else default
