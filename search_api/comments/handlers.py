"""The handlers of the JSON addresses of comments."""

import math
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from harvester.store.comments.comment import Comment, CommentError
from harvester.store.comments.letters import Letters
from harvester.store.comments.listing import list_comments
from harvester.store.comments.moderating import QUEUES, count_cases, decide, get_case, list_cases, list_events
from harvester.store.comments.writing import NewComment, TooManyError, write_comment
from indexer.errors import BadQueryError
from search_api.accounts import asker_of
from search_api.accounts.access import access_of
from search_api.bodies import number_in, read_body
from search_api.comments import rules
from search_api.comments.letters import House, letters_of
from search_api.comments.shown import (
    Decide,
    ShownCases,
    ShownComments,
    ShownDecided,
    ShownHistory,
    Written,
    show_case,
    show_comment,
)
from search_api.comments.texts import LONGEST_NOTE, clean_body, clean_line, fault_of_body
from search_api.edge.quotas import client_of
from search_api.handlers import json_response, live_item
from search_api.hub import Hub
from search_api.params import SIZE, Parameter, collect_single, read_size
from search_api.problems import (
    BAD_PARAMETER,
    CONFLICT,
    FORBIDDEN,
    NOT_FOUND,
    QUOTA_EXCEEDED,
    ProblemError,
    make_problem,
)

DEFAULT_SIZE: Final = 20
MOST: Final = 100
NUMBER: Final[dict[str, Any]] = {"type": "integer", "minimum": 1}
BEFORE: Final = Parameter(
    name="before",
    meaning="Only what stands before this comment: `older` of the page behind.",
    schema=NUMBER,
    example="",
)
PAGE_SIZE: Final = msgspec.structs.replace(
    SIZE, meaning="Comments on a page.", schema={**NUMBER, "maximum": MOST, "default": DEFAULT_SIZE}
)
QUEUE: Final = Parameter(
    name="state",
    meaning="Which comments: those that wait for a decision, that were flagged, and so on.",
    schema={"type": "string", "enum": list(QUEUES)},
    example="waiting",
)
COMMENTS_PARAMETERS: Final = (BEFORE, PAGE_SIZE)
CASES_PARAMETERS: Final = (QUEUE, *COMMENTS_PARAMETERS)


def get_comments(hub: Hub, request: Request) -> Response:
    """Answer with the comments of an item that readers see."""
    item = live_item(hub, request.path_params["item_id"])
    before, size = _page(collect_single(request.query_params.multi_items(), COMMENTS_PARAMETERS))
    threaded = hub.settings().comments.threaded
    try:
        found = list_comments(hub.store, item.id, threaded=threaded, limit=size, before=before)
    except CommentError as error:
        raise BadQueryError("before", str(error)) from error
    shown = ShownComments(found.total, [show_comment(one) for one in found.comments], found.older)
    return json_response(msgspec.json.encode(shown))


def post_comment(hub: Hub, request: Request) -> Response:
    """Write a comment in the name of who asks."""
    item = live_item(hub, request.path_params["item_id"])
    access, account, settings = access_of(request), asker_of(request).account, hub.settings().comments
    if not rules.may_write(settings, account):
        raise ProblemError(make_problem(FORBIDDEN, "Nobody may comment on the items of this hub."))
    given = read_body(request, Written)
    body = clean_body(given.body)
    if fault := fault_of_body(body):
        raise ProblemError(make_problem(BAD_PARAMETER, fault, parameter="body"))
    if given.parent is not None and not settings.threaded:
        raise ProblemError(make_problem(BAD_PARAMETER, "Comments are not answered on this hub.", parameter="parent"))
    agent = request.headers.get("user-agent", "")
    by = rules.user(access, account, client=client_of(request.scope), agent=agent)
    new = NewComment(item.id, given.parent, body, rules.first_state(settings, account))
    bound = rules.bound_of(settings, account)
    try:
        written = write_comment(hub.store, new, by, per_hour=bound, letters=mails_of(hub), now=access.clock())
    except TooManyError as error:
        raise too_many(error) from error
    except CommentError as error:
        raise ProblemError(make_problem(CONFLICT, f"{error}.")) from error
    return _comment_response(written)


def get_cases(hub: Hub, request: Request) -> Response:
    """Answer with what moderators look through."""
    asked = collect_single(request.query_params.multi_items(), CASES_PARAMETERS)
    before, size = _page(asked)
    said = asked.get(QUEUE.name, "waiting")
    queue = next((one for one in QUEUES if one == said), None)
    if queue is None:
        raise BadQueryError(QUEUE.name, f"state {said[:40]!r}: use one of {', '.join(QUEUES)}")
    found = list_cases(hub.store, queue, limit=size + 1, before=before)
    older = found[size - 1].comment.id if len(found) > size else None
    shown = ShownCases(count_cases(hub.store), [show_case(case) for case in found[:size]], older)
    return json_response(msgspec.json.encode(shown))


def get_history(hub: Hub, request: Request) -> Response:
    """Answer with a comment and all that was done to it."""
    collect_single(request.query_params.multi_items(), ())
    text = str(request.path_params["comment"])
    number = number_in(text)
    case = get_case(hub.store, number)
    if case is None:
        raise ProblemError(make_problem(NOT_FOUND, f"There is no comment {text[:40]!r}; /api/v1/comments lists them."))
    return json_response(msgspec.json.encode(ShownHistory(show_case(case), list_events(hub.store, number))))


def post_decision(hub: Hub, request: Request) -> Response:
    """Decide on comments in the name of who asks."""
    given = read_body(request, Decide)
    if not 1 <= len(given.comments) <= MOST:
        raise ProblemError(make_problem(BAD_PARAMETER, f"comments: give 1 to {MOST} of them.", parameter="comments"))
    decided = decide(
        hub.store,
        given.decision,
        given.comments,
        actor=asker_of(request).account.actor,
        note=clean_line(given.note)[:LONGEST_NOTE],
        letters=mails_of(hub),
        now=access_of(request).clock(),
    )
    return json_response(msgspec.json.encode(ShownDecided([show_case(case) for case in decided.done], decided.left)))


def mails_of(hub: Hub) -> Letters:
    """Give what people are written about comments of this hub."""
    return letters_of(House(hub.settings(), hub.public_url.rstrip("/"), hub.secret))


def too_many(error: TooManyError) -> ProblemError:
    """Give the problem of who has written as much as he may in an hour."""
    detail = f"Too much came from your address within an hour; try again in {math.ceil(error.wait_s / 60)} min."
    headers = {"Retry-After": str(math.ceil(error.wait_s))}
    return ProblemError(make_problem(QUOTA_EXCEEDED, detail), headers=headers)


def _comment_response(comment: Comment) -> Response:
    return json_response(msgspec.json.encode(show_comment(comment)))


def read_before(asked: dict[str, str]) -> int | None:
    """Read where a page begins. Raises: BadQueryError."""
    text = asked.get(BEFORE.name, "")
    if text and not number_in(text):
        raise BadQueryError(BEFORE.name, f"before {text[:40]!r}: give the id of a comment")
    return number_in(text) or None


def _page(asked: dict[str, str]) -> tuple[int | None, int]:
    """Read where a page begins and how long it is. Raises: BadQueryError."""
    return read_before(asked), read_size(asked[SIZE.name], MOST) if SIZE.name in asked else DEFAULT_SIZE
