"""One proposal for who decides on it: old and new side by side, what does not fit any more, and the buttons."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.item import Item
from harvester.store.contributions.deciding import LONGEST_NOTE, Decision, decide, take_on, undo_decision
from harvester.store.contributions.errors import ContributionError
from harvester.store.contributions.proposals import ACCEPTED, OPEN, Proposal, Value, change_of, get_proposal
from harvester.store.items import get_item
from harvester.works.editing import EditError
from harvester.works.proposing import find_conflict
from harvester.works.wording import words_of
from search_api.accounts import asker_of, form_of
from search_api.accounts.access import access_of
from search_api.bodies import number_in
from search_api.contributions.handlers import house_of
from search_api.contributions.letters import to_author
from search_api.hub import Hub
from search_api.labels import Labels, labels_of
from search_api.languages import N_, _, show_time
from search_api.pages.contribute.form import alert, said, titled
from search_api.pages.contribute.queue import PATH
from search_api.pages.contribute.reasons import SAYINGS, say
from search_api.pages.contribute.shown import old_and_new, state_words
from search_api.pages.frame import main_element
from search_api.pages.markup import Html, element, fill
from search_api.pages.private import post_form, private_page, table
from search_api.problems import NOT_FOUND, ProblemError, make_problem
from search_api.render import title_of

DONE: Final = {
    "decide": N_("The decision is kept; accepted values are a part of the item now."),
    "take": N_("You have taken it on."),
    "undo": N_("What was accepted is taken back."),
}
GONE: Final = N_("This item is gone: it was deleted at its repository, or taken down. Nothing of it can be accepted.")


def get_review_page(hub: Hub, request: Request) -> Response:
    """Answer with a proposal."""
    return _page(hub, request, _asked(hub, request))


def post_review(hub: Hub, request: Request) -> Response:
    """Do what a button says: take on, decide, or take back what was accepted."""
    proposal = _asked(hub, request)
    access, actor, form = access_of(request), asker_of(request).account.actor, form_of(request)
    action = dict(form).get("do", "")
    try:
        if action == "take":
            take_on(hub.store, proposal.id, actor=actor, now=access.clock())
        elif action == "undo":
            undo_decision(hub.store, proposal.id, actor=actor, now=access.clock())
        else:
            letter = to_author(house_of(hub), _title(get_item(hub.store, proposal.item), proposal))
            decision = _decision(proposal, form, action)
            decide(hub.store, proposal.id, decision, actor=actor, letter=letter, now=access.clock())
    except (ContributionError, EditError) as error:
        return _page(hub, request, _asked(hub, request), wrong=say(error), note=dict(form).get("note", ""), status=409)
    done = action if action in {"take", "undo"} else "decide"
    return RedirectResponse(f"{PATH}/{proposal.id}?done={done}", 303)


def _asked(hub: Hub, request: Request) -> Proposal:
    """Give the proposal of the path; drafts are their authors'. Raises: ProblemError (404)."""
    text = request.path_params["proposal"]
    found = get_proposal(hub.store, number_in(text))
    if found is None or found.state == "draft":
        raise ProblemError(make_problem(NOT_FOUND, _(SAYINGS["no_proposal"])))
    return found


def _decision(proposal: Proposal, form: list[tuple[str, str]], action: str) -> Decision:
    """Give what a button decides: on the values that are chosen, or on all that are open."""
    standing = frozenset(value.id for value in proposal.values if value.state == OPEN)
    chosen = frozenset(number_in(value) for name, value in form if name == "value")
    note = dict(form).get("note", "").replace("\r\n", "\n").strip()
    match action:
        case "accept":
            return Decision(accept=chosen, note=note)
        case "accept all":
            return Decision(accept=standing, note=note)
        case "reject":
            return Decision(reject=chosen, note=note)
        case "reject all":
            return Decision(reject=standing, note=note)
    return Decision(note=note)


def _page(
    hub: Hub, request: Request, proposal: Proposal, *, wrong: str = "", note: str = "", status: int = 200
) -> Response:
    item = get_item(hub.store, proposal.item)
    title, labels = _title(item, proposal), labels_of(hub.settings())
    is_gone = item is None or item.deleted
    done = DONE.get(request.query_params.get("done", ""), "")
    main = main_element(
        element("p", element("a", _("All proposals"), href=PATH)),
        element("h1", fill(_("Proposal for {title}"), title=titled(title, proposal.item))),
        alert(wrong),
        said("" if wrong else _(done)),
        _facts(proposal),
        element("p", _(GONE), role="alert") if is_gone and proposal.state == "submitted" else "",
        _decide_form(request, proposal, item, labels, note),
        _others(request, proposal),
    )
    return private_page(request, _("Proposal for {title}").format(title=title), main, status=status)


def _title(item: Item | None, proposal: Proposal) -> str:
    return proposal.item if item is None else title_of(item)


def _facts(proposal: Proposal) -> Html:
    facts = [
        (_("Author"), proposal.author),
        (_("Handed in"), show_time(proposal.submitted) if proposal.submitted else ""),
        (_("State"), state_words(proposal.state)),
        (_("Reviewer"), proposal.reviewer),
        (_("Decided"), show_time(proposal.decided) if proposal.decided else ""),
        (_("Message"), proposal.message),
        (_("Note to the author"), proposal.note),
    ]
    shown = [part for name, text in facts if text for part in (element("dt", name), element("dd", text, dir="auto"))]
    return element("dl", *shown, class_="facts")


def _decide_form(request: Request, proposal: Proposal, item: Item | None, labels: Labels, note: str) -> Html:
    columns = (_("Property"), _("Now"), _("Proposed"), _("State"))
    rows = [_row(value, item, labels, is_waiting=proposal.state == "submitted") for value in proposal.values]
    values = table(_("Values"), columns, rows)
    if proposal.state != "submitted":
        return values
    note_box = element("textarea", note, name="note", rows="3", maxlength=str(LONGEST_NOTE))
    names = (
        ("accept", _("Accept chosen"), None),
        ("accept all", _("Accept all"), "plain"),
        ("reject", _("Reject chosen"), "plain"),
        ("reject all", _("Reject all"), "plain"),
    )
    buttons = [element("button", label, name="do", value=value, class_=class_) for value, label, class_ in names]
    return post_form(
        request,
        f"{PATH}/{proposal.id}",
        values,
        element("label", _("Note to the author (optional)"), note_box),
        element("div", *buttons, class_="buttons"),
        class_="review",
    )


def _row(value: Value, item: Item | None, labels: Labels, *, is_waiting: bool) -> tuple[str, ...]:
    before, after = old_and_new(value)
    label = labels(value.property)
    name: Html | str = label
    if is_waiting and value.state == OPEN:
        box = element("input", type="checkbox", name="value", value=str(value.id))
        name = element("label", box, label, class_="choice")
    conflict = _conflict(value, item) if value.state == OPEN else ""
    return name, before, element("div", after, conflict), state_words(value.state)


def _conflict(value: Value, item: Item | None) -> Html | str:
    """Say in what way the item does not fit a value any more; it may be accepted all the same."""
    kind = find_conflict(item, change_of(value)) if item is not None and not item.deleted else None
    if item is None or kind is None:
        return ""
    now = "; ".join(words_of(item, value.property)) or _("(no value)")
    text = {
        "gone": _("The item does not have the old value any more. It has now: {now}"),
        "taken": _("The item has a value meanwhile, which this would replace: {now}"),
        "there": _("The item says this already: {now}"),
    }[kind]
    return element("p", fill(text, now=element("q", now, dir="auto")), class_="slow")


def _others(request: Request, proposal: Proposal) -> Html:
    """Give the buttons beside the decision."""
    action = f"{PATH}/{proposal.id}"
    buttons = []
    if proposal.state == "submitted":
        buttons.append(element("button", _("Take on"), name="do", value="take", class_="plain"))
    if any(value.state == ACCEPTED for value in proposal.values):
        buttons.append(element("button", _("Undo what was accepted"), name="do", value="undo", class_="plain"))
    return element("div", *(post_form(request, action, button) for button in buttons), class_="buttons")
