"""The application: routes, problems, request ids."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette_compress import CompressMiddleware, add_compress_type
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from harvester.errors import FatalError, RetryableError
from harvester.store import Store
from indexer.index import Index
from search_api.accounts.access import Access, Entrance, Place
from search_api.addresses import API, EXPORT_PATH, Address
from search_api.edge.admission import Admission
from search_api.edge.bounds import Bounds
from search_api.edge.keys import KeyQuotas
from search_api.edge.origins import Origins
from search_api.edge.quotas import Quotas
from search_api.edge.refusing import Refuse
from search_api.formats.table import FORMATS
from search_api.health import check_store
from search_api.hub import Check, Hub
from search_api.hub_settings import KeptSettings
from search_api.languages import Languages
from search_api.moving import MovedError, answer_moved
from search_api.names import KnownNames
from search_api.pages.admin.frame import PLACE as ADMINISTRATION
from search_api.pages.comments.routes import MODERATION
from search_api.pages.contribute.queue import REVIEW
from search_api.pages.problem import problem_page
from search_api.problems import MEDIA_TYPE, ProblemError, encode_problem, problem_headers, problem_of
from search_api.routes import make_routes
from search_api.settings import SearchSettings, check_secret
from search_api.tracing import RequestIds, add_headers

SMALL_BYTES: Final = 1_000
"""Answers below go as they are. Others are packed quickly rather than small: 60 kB in 0.2 to 0.4 ms (measured)."""


def create_app(
    store: Store,
    index: Index,
    settings: SearchSettings,
    *,
    contact: str = "",
    routes: Sequence[BaseRoute] = (),
    addresses: Sequence[Address] = (),
    places: Sequence[Place] = (),
    readiness: Sequence[Check] = (),
) -> Starlette:
    """Give the application over an open store and index; the caller closes them after it.

    `contact` is the mail address for those who harvest the hub. `routes` are tried after our own, `addresses` are
    described with them, `places` are shown to those in the header of their pages who may see them. `readiness` is what
    /readyz asks besides store and index: names, and functions that raise a HarvestError. Raises: MissingSecretError
    (`with_kept_secret` fills in an empty one).
    """
    kept_settings = KeptSettings(store, settings.hub_name)
    hub = Hub(
        store=store,
        index=index,
        names=KnownNames(index),
        secret=check_secret(settings),
        settings=kept_settings,
        public_url=settings.public_url,
        contact=contact,
        checks=(("store", partial(check_store, store)), ("index", index.ping), *readiness),
    )
    known = (HTTPException, ProblemError, RetryableError, FatalError)
    # Any other exception is answered likewise, and then raised once more for the server's log.
    handlers: dict[type[Exception], Callable[[Request, Exception], Response]] = dict.fromkeys(
        (*known, Exception), _answer_problem
    )
    handlers[MovedError] = answer_moved
    app = Starlette(
        routes=[*make_routes(hub, addresses), *routes],
        middleware=_middleware(store, settings, _answer_problem, lambda: hub.settings().languages),
        exception_handlers=handlers,
    )
    app.router.redirect_slashes = False
    app.state.access = Access(
        store=store,
        clock=store.now,
        secret=hub.secret,
        settings=kept_settings,
        kept_settings=kept_settings,
        has_accounts=Entrance(store),
        public_url=hub.public_url,
        is_proxied=bool(settings.trusted_proxies),
        life_s=settings.session_s,
        idle_s=settings.session_idle_s,
        places=(REVIEW, MODERATION, *places, ADMINISTRATION),
    )
    return app


def _middleware(
    store: Store, settings: SearchSettings, refuse: Refuse, languages: Callable[[], tuple[str, ...]]
) -> list[Middleware]:
    """Give what a request passes before it comes to its route, in this order."""
    for media_type in (MEDIA_TYPE, *(form.media_type for form in FORMATS.values() if form.whole is None)):
        add_compress_type(media_type)
    proxies = [Middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)]
    return [
        Middleware(RequestIds),
        Middleware(Languages, offered=languages),
        *(proxies if settings.trusted_proxies else []),
        Middleware(Origins, origins=settings.cors_origins),
        Middleware(Bounds, refuse=refuse),
        Middleware(Quotas, limit=settings.rate_limit, keys=KeyQuotas(store), refuse=refuse),
        Middleware(
            Admission,
            at_once=settings.searches_at_once,
            streams_at_once=settings.exports_at_once,
            streams=EXPORT_PATH,
            stalled_s=settings.export_stalled_s,
            refuse=refuse,
        ),
        Middleware(CompressMiddleware, minimum_size=SMALL_BYTES, zstd_level=3, brotli_quality=1, gzip_level=1),
    ]


def _answer_problem(request: Request, error: Exception) -> Response:
    """Answer with a problem: JSON below /api and for programs, a page for browsers."""
    path = request.url.path
    problem = problem_of(error, path)
    headers = problem_headers(problem, error)
    if not path.startswith(API) and "text/html" in request.headers.get("accept", ""):
        response = problem_page(request, problem, headers)
    else:
        response = Response(encode_problem(problem), problem.status, headers, MEDIA_TYPE)
    add_headers(response.headers, request.scope)  # an unforeseen error is answered outside of the middleware
    return response
