"""What goes around a handler that is not for everybody."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.store.accounts.roles import LOCAL_OPERATOR
from harvester.store.accounts.users import has_users
from indexer.errors import BadQueryError
from search_api.accounts.access import Access, access_of
from search_api.accounts.asking import ASKER, BODY, CHALLENGE, Asker, find_asker, form_of
from search_api.accounts.forging import FIELD, HEADER, check_form
from search_api.accounts.local import is_local
from search_api.edge.caching import NEVER, Handler
from search_api.edge.origins import PRIVATE
from search_api.languages import _
from search_api.problems import FORBIDDEN, NOT_FOUND, NOT_SIGNED_IN, ProblemError, make_problem

AsyncHandler = Callable[[Request], Awaitable[Response]]
Find = Callable[[Access, Request], Asker | None]

SAFE: Final = frozenset({"GET", "HEAD"})
SIGN_IN_PATH: Final = "/sign-in"
FIRST_USER: Final = "oaihub users add NAME --role admin"


def requires(right: str, handler: Handler, *, find: Find = find_asker) -> AsyncHandler:
    """Give a handler for those who have a right: by session or key.

    Others get 401 (a person's browser is led to the sign-in instead) or 403 with the right that they lack; so does a
    change by session that does not come from a form of ours (`forging`). Answers are kept by nobody.
    """
    return private(partial(_answer, right, handler, find))


def protected(right: str, handler: Handler) -> AsyncHandler:
    """Give a handler as `requires` does, but open to who sits at the machine as long as the hub has no user.

    Until then all others are refused, whatever they send.
    """
    return requires(right, handler, find=_find_operator)


def private(handler: Handler) -> AsyncHandler:
    """Give a handler that may read what was sent (`body_of`, `form_of`), and whose answers nobody keeps."""

    async def answer(request: Request) -> Response:
        request.scope[PRIVATE] = True
        _refuse_nul(request)
        request.scope[BODY] = b"" if request.method in SAFE else await request.body()
        response = await run_in_threadpool(handler, request)
        response.headers["Cache-Control"] = NEVER
        return response

    return answer


def _refuse_nul(request: Request) -> None:
    """Refuse an address with a character that PostgreSQL takes in no text. Raises: ProblemError (404, 400)."""
    if "\0" in request.scope["path"]:
        raise ProblemError(make_problem(NOT_FOUND, "The path holds the character NUL, which no address here has."))
    for name, value in request.query_params.multi_items():
        if "\0" in name + value:
            raise BadQueryError(name.replace("\0", "\ufffd"), "it holds the character NUL; leave that away")


def _answer(right: str, handler: Handler, find: Find, request: Request) -> Response:
    access = access_of(request)
    asker = find(access, request)
    if asker is None:
        return _turn_away(request)
    if request.method not in SAFE and asker.bound_to is not None:
        given = dict(form_of(request)).get(FIELD) or request.headers.get(HEADER, "")
        check_form(access, request, asker.bound_to, given)
    if right not in asker.account.rights:
        raise _lacking(asker, right)
    request.scope[ASKER] = asker
    return handler(request)


def _find_operator(access: Access, request: Request) -> Asker | None:
    if has_users(access.store):
        return find_asker(access, request)
    if is_local(access, request):
        return Asker(LOCAL_OPERATOR, b"local")
    detail = _("This hub has no users yet, so only its own machine may see this; {command} there adds one.")
    detail = detail.format(command=f"`{FIRST_USER}`")
    raise ProblemError(make_problem(FORBIDDEN, detail))


def _turn_away(request: Request) -> Response:
    """Lead a person's browser to the sign-in, and from there back; tell all others how to ask."""
    wants_page = request.method in SAFE and "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith("/api/"):
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{SIGN_IN_PATH}?{urlencode({'next': back})}", 303)
    detail = f"This is for users: sign in at {SIGN_IN_PATH}, or send a key as `Authorization: Bearer oaihub_…`."
    raise ProblemError(make_problem(NOT_SIGNED_IN, detail), headers={"WWW-Authenticate": CHALLENGE})


def _lacking(asker: Asker, right: str) -> ProblemError:
    account = asker.account
    text = _("This needs the right to {right}; {name} may {rights}.")
    rights = ", ".join(_(one) for one in sorted(account.rights))
    detail = text.format(right=_(right), name=account.actor, rights=rights)
    is_key = asker.bound_to is None
    headers = {"WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{right}"'} if is_key else None
    return ProblemError(make_problem(FORBIDDEN, detail, right=right), headers=headers)
