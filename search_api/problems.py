"""What goes wrong, as RFC 9457 problem details: every kind once, and which error is of which kind."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Struct
from starlette.exceptions import HTTPException

from harvester.errors import FatalError, HarvestError, RetryableError, cut
from indexer.errors import BadQueryError, SearchTimeoutError
from search_api.languages import N_, _
from search_api.tracing import shown_path

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_S: Final = 5

log = logging.getLogger(__name__)


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A problem (RFC 9457): `detail` names the thing and the next step, `parameter` the part of the URL at fault."""

    type: str
    title: str
    status: int
    detail: str
    parameter: str | None = None
    id: str | None = None
    missing: tuple[str, ...] = ()
    right: str | None = None


class Kind(Struct, frozen=True):
    """A kind of problem; its name ends the problem's `type`."""

    name: str
    status: int
    title: str
    meaning: str


BAD_PARAMETER: Final = Kind(
    "bad-parameter", 400, N_("Bad parameter"), "A parameter cannot be understood; `parameter` names it."
)
NOT_SIGNED_IN: Final = Kind(
    "not-signed-in",
    401,
    N_("Not signed in"),
    "The address is for users: sign in, or send a key (Authorization: Bearer).",
)
FORBIDDEN: Final = Kind(
    "forbidden", 403, N_("Forbidden"), "Who asks may not do this; `right` names the right that he would need."
)
FORGED: Final = Kind(
    "forged",
    403,
    N_("Not from here"),
    "A change that did not come from a page of this hub, or from one that is too old.",
)
NOT_FOUND: Final = Kind("not-found", 404, N_("Not found"), "There is nothing at this address.")
METHOD_NOT_ALLOWED: Final = Kind(
    "method-not-allowed",
    405,
    N_("Method not allowed"),
    "The address does not take this method; Allow lists those it does.",
)
NOT_ACCEPTABLE: Final = Kind(
    "not-acceptable", 406, N_("Not acceptable"), "There is no format that the Accept header takes; `format` names one."
)
CONFLICT: Final = Kind(
    "conflict", 409, N_("Cannot be done now"), "The change does not fit what things are now; the detail says why."
)
GONE: Final = Kind(
    "gone", 410, N_("Gone"), "The item was deleted at its repository, or taken down here; `id` names it."
)
TOO_LARGE: Final = Kind("too-large", 413, N_("Body too large"), "The body has more bytes than this server takes.")
TOO_LONG: Final = Kind("too-long", 414, N_("Address too long"), "The URL has more bytes than this server takes.")
HEAD_TOO_LARGE: Final = Kind(
    "head-too-large", 431, N_("Headers too large"), "URL and headers have more bytes than this server reads."
)
QUOTA_EXCEEDED: Final = Kind(
    "quota-exceeded",
    429,
    N_("Too many requests"),
    "The client has used up its quota; RateLimit says when there is more.",
)
TOO_MANY_TRIES: Final = Kind(
    "too-many-tries",
    429,
    N_("Too many tries"),
    "Too many wrong passwords, or other tries, came from this address; wait.",
)
REFUSED: Final = Kind(
    "refused", 400, N_("Refused"), "The request is not one that this server takes; `status` says more."
)
INTERNAL: Final = Kind(
    "internal", 500, N_("Internal error"), "A fault of the server; tell its operator the X-Request-Id of the answer."
)
UNAVAILABLE: Final = Kind(
    "unavailable",
    503,
    N_("Not available"),
    "Something behind this server does not answer; try again after Retry-After.",
)

BUSY: Final = Kind(
    "busy", 503, N_("Busy"), "More requests are worked on than this server does at once; try again after Retry-After."
)
TIMED_OUT: Final = Kind(
    "timed-out",
    504,
    N_("Timed out"),
    "The search took longer than a search may take; ask for less, as the detail says.",
)

KINDS: Final = (
    BAD_PARAMETER,
    NOT_SIGNED_IN,
    FORBIDDEN,
    FORGED,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    CONFLICT,
    GONE,
    TOO_LARGE,
    TOO_LONG,
    QUOTA_EXCEEDED,
    TOO_MANY_TRIES,
    HEAD_TOO_LARGE,
    REFUSED,
    INTERNAL,
    UNAVAILABLE,
    BUSY,
    TIMED_OUT,
)


class ProblemError(HarvestError):
    """A problem that a handler has found itself; `headers` go with its answer."""

    def __init__(self, problem: Problem, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = headers


def make_problem(
    kind: Kind,
    detail: str,
    *,
    status: int | None = None,
    parameter: str | None = None,
    item_id: str | None = None,
    missing: tuple[str, ...] = (),
    right: str | None = None,
) -> Problem:
    """Give a problem of a kind."""
    return Problem(
        type=f"/docs#{kind.name}",
        title=kind.title,
        status=status or kind.status,
        detail=detail,
        parameter=parameter,
        id=item_id,
        missing=missing,
        right=right,
    )


def problem_of(error: Exception, path: str) -> Problem:
    """Give the problem of an error; what only an operator may know goes to the log, not to the reader."""
    match error:
        case ProblemError():
            return error.problem
        case BadQueryError():
            return make_problem(BAD_PARAMETER, str(error), parameter=error.parameter)
        case HTTPException():
            return _of_http(error, path)
        case SearchTimeoutError():
            return make_problem(TIMED_OUT, str(error))
        case RetryableError() | FatalError():
            log.error("not available", extra={"path": shown_path(path), "reason": str(error)})
            detail = _("The store or the index does not answer now; try again in a few seconds.")
            return make_problem(UNAVAILABLE, detail)
        case _:
            return make_problem(INTERNAL, _("Something went wrong here; tell the operator the X-Request-Id."))


def problem_headers(problem: Problem, error: Exception) -> dict[str, str]:
    """Give the headers that go with a problem; none is to be kept, for what is wrong now may be right soon."""
    given: Mapping[str, str] = (error.headers or {}) if isinstance(error, HTTPException | ProblemError) else {}
    retry = {"Retry-After": str(RETRY_AFTER_S)} if problem.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return {**given, **retry, "Cache-Control": "no-store"}


def encode_problem(problem: Problem) -> bytes:
    """Give a problem's JSON."""
    return msgspec.json.encode(problem)


def _of_http(error: HTTPException, path: str) -> Problem:
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            detail = _("{path} is not here; /docs lists every address.")
            return make_problem(NOT_FOUND, detail.format(path=cut(shown_path(path))))
        case HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = (error.headers or {}).get("Allow", "GET")
            detail = _("{path} takes {methods} only.").format(path=cut(shown_path(path)), methods=allowed)
            return make_problem(METHOD_NOT_ALLOWED, detail)
        case _:
            return make_problem(REFUSED, str(error.detail), status=error.status_code)
