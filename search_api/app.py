"""The application: routes, problems, request ids."""

from collections.abc import Callable, Sequence
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from harvester.errors import FatalError, RetryableError
from harvester.store import Store
from indexer.index import Index
from search_api.addresses import API
from search_api.health import check_store
from search_api.hub import Check, Hub
from search_api.moving import MovedError, answer_moved
from search_api.names import KnownNames
from search_api.pages.problem import problem_page
from search_api.problems import MEDIA_TYPE, ProblemError, encode_problem, problem_headers, problem_of
from search_api.routes import make_routes
from search_api.settings import SearchSettings, check_secret
from search_api.tracing import RequestIds, add_headers


def create_app(
    store: Store,
    index: Index,
    settings: SearchSettings,
    *,
    contact: str = "",
    routes: Sequence[BaseRoute] = (),
    readiness: Sequence[Check] = (),
) -> Starlette:
    """Give the application over an open store and index; the caller closes them after it.

    `contact` is the mail address for those who harvest the hub. `routes` are tried after our own. `readiness` is what
    /readyz asks besides store and index: names, and functions that raise a HarvestError. Raises: MissingSecretError
    (`with_kept_secret` fills in an empty one).
    """
    hub = Hub(
        store=store,
        index=index,
        names=KnownNames(index),
        secret=check_secret(settings),
        name=settings.hub_name,
        public_url=settings.public_url,
        contact=contact,
        checks=(("store", partial(check_store, store)), ("index", index.ping), *readiness),
    )
    answer = partial(_answer_problem, hub)
    known = (HTTPException, ProblemError, RetryableError, FatalError)
    # Any other exception is answered likewise, and then raised once more for the server's log.
    handlers: dict[type[Exception], Callable[[Request, Exception], Response]] = dict.fromkeys(
        (*known, Exception), answer
    )
    handlers[MovedError] = answer_moved
    app = Starlette(
        routes=[*make_routes(hub), *routes], middleware=[Middleware(RequestIds)], exception_handlers=handlers
    )
    app.router.redirect_slashes = False
    return app


def _answer_problem(hub: Hub, request: Request, error: Exception) -> Response:
    """Answer with a problem: JSON below /api and for programs, a page for browsers."""
    path = request.url.path
    problem = problem_of(error, path)
    headers = problem_headers(problem, error)
    if not path.startswith(API) and "text/html" in request.headers.get("accept", ""):
        response = problem_page(hub.name, problem, headers)
    else:
        response = Response(encode_problem(problem), problem.status, headers, MEDIA_TYPE)
    add_headers(response.headers, request.scope)  # an unforeseen error is answered outside of the middleware
    return response
