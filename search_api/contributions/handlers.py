"""The handlers of the JSON addresses of proposals and tokens."""

from typing import Any, Final

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from harvester.errors import RejectedError
from harvester.store.accounts.roles import EDIT
from harvester.store.contributions.deciding import Decision, decide, hand_in_accepted, undo_decision
from harvester.store.contributions.errors import ContributionError, FaultyError
from harvester.store.contributions.proposals import STATES, Proposal, get_proposal, is_his, list_proposals
from harvester.store.contributions.proposing import Wanted, hand_in, withdraw
from harvester.store.contributions.tokens import DAY_S, NewToken, add_token, list_tokens, make_token, revoke_token
from harvester.store.items import get_item
from harvester.works.editing import EditError
from harvester.works.proposing import Change
from harvester.works.wording import one_line
from indexer.errors import BadQueryError
from search_api.accounts import asker_of
from search_api.accounts.access import access_of
from search_api.bodies import number_in, read_body
from search_api.contributions.asking import author_of
from search_api.contributions.letters import House, pass_path, to_author, to_holder, to_reviewers
from search_api.contributions.offering import editable_names
from search_api.contributions.shown import Contributions, Decided, MadeToken, NewContribution, TokenAsked, Tokens
from search_api.exporting import public_address
from search_api.handlers import json_response, live_item
from search_api.hub import Hub
from search_api.params import SIZE, Parameter, collect_single, read_size
from search_api.problems import BAD_PARAMETER, CONFLICT, FORBIDDEN, NOT_FOUND, ProblemError, make_problem
from search_api.render import title_of

DEFAULT_SIZE: Final = 20
MOST: Final = 100
NUMBER: Final[dict[str, Any]] = {"type": "integer", "minimum": 1}
SHOWN_STATES: Final = tuple(state for state in STATES if state != "draft")
STATE: Final = Parameter(
    name="state",
    meaning="Only those that wait for a decision (submitted), are decided, or were taken back (withdrawn).",
    schema={"type": "string", "enum": list(SHOWN_STATES)},
    example="submitted",
)
BEFORE: Final = Parameter(
    name="before", meaning="Only what is older than this id: `older` of the page before.", schema=NUMBER, example=""
)
PAGE_SIZE: Final = msgspec.structs.replace(
    SIZE, meaning="How many on a page.", schema={**NUMBER, "maximum": MOST, "default": DEFAULT_SIZE}
)
CONTRIBUTIONS_PARAMETERS: Final = (STATE, BEFORE, PAGE_SIZE)
TOKENS_PARAMETERS: Final = (BEFORE, PAGE_SIZE)


def get_contributions(hub: Hub, request: Request) -> Response:
    """Answer with proposals for any item."""
    return _listed(hub, request, None)


def get_item_contributions(hub: Hub, request: Request) -> Response:
    """Answer with proposals for one item."""
    return _listed(hub, request, live_item(hub, request.path_params["item_id"]).id)


def get_contribution(hub: Hub, request: Request) -> Response:
    """Answer with one proposal, to its author and to who may edit."""
    collect_single(request.query_params.multi_items(), ())
    return _json(_asked(hub, request))


def post_contribution(hub: Hub, request: Request) -> Response:
    """Hand a proposal in, in the name of who asks."""
    item = live_item(hub, request.path_params["item_id"])
    access, author, rights = access_of(request), author_of(request), asker_of(request).account.rights
    if EDIT not in rights and hub.settings().contributions.proposers != "users":
        raise ProblemError(make_problem(FORBIDDEN, "This hub takes no proposals of users."))
    given = read_body(request, NewContribution)
    if given.accept and EDIT not in rights:
        raise ProblemError(make_problem(FORBIDDEN, "To accept needs the right to edit.", right=EDIT))
    changes = tuple(_change(one.property, one.original, one.proposed) for one in given.changes)
    wanted = Wanted(item.id, changes, given.message)
    offered, now = editable_names(hub.settings()), access.clock()
    try:
        if given.accept:
            made = hand_in_accepted(hub.store, author, wanted, offered=offered, actor=author.actor, now=now)
        else:
            letter = to_reviewers(house_of(hub), title_of(item))
            made = hand_in(hub.store, author, wanted, offered=offered, letter=letter, now=now)
    except FaultyError as error:
        name = changes[error.faults[0].place].property
        raise ProblemError(make_problem(BAD_PARAMETER, f"{error}.", parameter=name)) from error
    except ContributionError as error:
        raise _conflict(error) from error
    return _json(made)


def post_decision(hub: Hub, request: Request) -> Response:
    """Decide on values of a proposal."""
    found, given, access = _asked(hub, request), read_body(request, Decided), access_of(request)
    decision = Decision(accept=frozenset(given.accept), reject=frozenset(given.reject), note=given.note)
    item = get_item(hub.store, found.item)
    letter = to_author(house_of(hub), item.title[0].value if item and item.title else found.item)
    actor = asker_of(request).account.actor
    try:
        return _json(decide(hub.store, found.id, decision, actor=actor, letter=letter, now=access.clock()))
    except (ContributionError, EditError) as error:
        raise _conflict(error) from error


def post_undo(hub: Hub, request: Request) -> Response:
    """Take back what was accepted of a proposal."""
    found, access = _asked(hub, request), access_of(request)
    try:
        return _json(undo_decision(hub.store, found.id, actor=asker_of(request).account.actor, now=access.clock()))
    except (ContributionError, EditError) as error:
        raise _conflict(error) from error


def post_withdrawal(hub: Hub, request: Request) -> Response:
    """Take an own proposal back."""
    found, access = _asked(hub, request), access_of(request)
    try:
        return _json(withdraw(hub.store, author_of(request), found.id, now=access.clock()))
    except ContributionError as error:
        raise _conflict(error) from error


def get_tokens(hub: Hub, request: Request) -> Response:
    """Answer with the tokens."""
    before, size = _page(collect_single(request.query_params.multi_items(), TOKENS_PARAMETERS))
    found = list_tokens(hub.store, before=before, limit=size + 1)
    return _json(Tokens(found[:size], found[size - 1].id if len(found) > size else None))


def post_token(hub: Hub, request: Request) -> Response:
    """Make a token."""
    given, access = read_body(request, TokenAsked), access_of(request)
    new = NewToken(
        label=given.label,
        mail=given.mail,
        items=given.items,
        properties=given.properties,
        uses=given.uses,
        life_s=given.days * DAY_S,
    )
    unknown = sorted(set(given.properties) - set(editable_names(hub.settings())))
    if unknown:
        detail = f"properties: {unknown[0]!r} is not among those that this hub offers for proposals."
        raise ProblemError(make_problem(BAD_PARAMETER, detail, parameter="properties"))
    text, now = make_token(), access.clock()
    link = public_address(hub, request) + pass_path(text)
    letter = to_holder(house_of(hub), new, link, now=now) if given.send else None
    try:
        made = add_token(hub.store, new, text=text, letter=letter, actor=asker_of(request).account.actor, now=now)
    except ContributionError as error:
        raise _conflict(error) from error
    return _json(MadeToken(made, link))


def post_revocation(hub: Hub, request: Request) -> Response:
    """End a token."""
    number, access = number_in(str(request.path_params["token"])), access_of(request)
    try:
        return _json(revoke_token(hub.store, number, actor=asker_of(request).account.actor, now=access.clock()))
    except ContributionError as error:
        raise ProblemError(make_problem(NOT_FOUND, f"{error}.")) from error


def house_of(hub: Hub) -> House:
    """Give the hub as mails name it."""
    return House(hub.settings(), hub.public_url)


def _listed(hub: Hub, request: Request, item_id: str | None) -> Response:
    asked = collect_single(request.query_params.multi_items(), CONTRIBUTIONS_PARAMETERS)
    before, size = _page(asked)
    state = asked.get(STATE.name)
    if state is not None and state not in SHOWN_STATES:
        raise BadQueryError(STATE.name, f"state {state[:40]!r}: use one of {', '.join(SHOWN_STATES)}")
    found = list_proposals(hub.store, state=state, item_id=item_id, before=before, limit=size + 1)
    return _json(Contributions(found[:size], found[size - 1].id if len(found) > size else None))


def _asked(hub: Hub, request: Request) -> Proposal:
    """Give the proposal of the path; drafts are their authors'. Raises: ProblemError (404), also for who may not."""
    text = str(request.path_params["contribution"])
    found = get_proposal(hub.store, number_in(text))
    is_editor = EDIT in asker_of(request).account.rights
    if found is None or not (is_his(author_of(request), found) or (is_editor and found.state != "draft")):
        raise ProblemError(make_problem(NOT_FOUND, f"There is no contribution {text[:40]!r} that you may see."))
    return found


def _change(name: str, original: str | None, proposed: str | None) -> Change:
    return Change(name, one_line(original or "") or None, one_line(proposed or "") or None)


def _page(asked: dict[str, str]) -> tuple[int | None, int]:
    """Read where a page begins and how long it is. Raises: BadQueryError."""
    text = asked.get(BEFORE.name)
    if text is not None and not number_in(text):
        raise BadQueryError(BEFORE.name, f"before {text[:40]!r}: give the id that `older` said")
    return number_in(text or "") or None, read_size(asked[SIZE.name], MOST) if SIZE.name in asked else DEFAULT_SIZE


def _conflict(error: RejectedError) -> ProblemError:
    return ProblemError(make_problem(CONFLICT, f"{error}."))


def _json(answer: Struct) -> Response:
    return json_response(msgspec.json.encode(answer))
