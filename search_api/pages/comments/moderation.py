"""The pages of moderators: what waits, was reported, is spam or deleted, and the history of each comment."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harvester.store.comments.comment import Case
from harvester.store.comments.moderating import (
    DECISIONS,
    QUEUES,
    Choice,
    Counts,
    Decision,
    Event,
    Queue,
    count_cases,
    decide,
    get_case,
    list_cases,
    list_events,
)
from harvester.store.items import contents_of
from search_api.accounts import asker_of, form_of
from search_api.accounts.access import access_of
from search_api.accounts.entering import own_path
from search_api.bodies import number_in
from search_api.comments.handlers import BEFORE, mails_of, read_before
from search_api.comments.texts import LONGEST_NOTE, clean_line
from search_api.hub import Hub
from search_api.languages import N_, _, _n, show_number, show_time
from search_api.oai.asking import stamp
from search_api.pages.comments.bodies import shown_body
from search_api.pages.comments.section import byline
from search_api.pages.fields import Typed, line
from search_api.pages.frame import main_element
from search_api.pages.markup import Html, element, fill, join
from search_api.pages.private import post_form, private_page
from search_api.problems import BAD_PARAMETER, NOT_FOUND, ProblemError, make_problem
from search_api.render import item_path, title_of

PATH: Final = "/moderation"
ON_PAGE: Final = 25
SHOWN_CLIENT: Final = 6

TABS: Final[dict[Queue, str]] = {
    "waiting": N_("Waiting"),
    "flagged": N_("Reported"),
    "approved": N_("Published"),
    "spam": N_("Spam"),
    "deleted": N_("Deleted"),
}
BUTTONS: Final[dict[Decision, str]] = {
    "approve": N_("Approve"),
    "spam": N_("Spam"),
    "delete": N_("Delete"),
    "restore": N_("Restore"),
}
FITTING: Final[dict[Queue, tuple[Decision, ...]]] = {
    "waiting": ("approve", "spam", "delete"),
    "flagged": ("approve", "spam", "delete"),
    "approved": ("spam", "delete"),
    "spam": ("approve", "delete"),
    "deleted": ("restore",),
}
DONE: Final = {
    "write": N_("{actor} wrote it"),
    "edit": N_("{actor} changed it"),
    "approve": N_("{actor} approved it"),
    "spam": N_("{actor} called it spam"),
    "delete": N_("{actor} deleted it"),
    "restore": N_("{actor} restored it"),
    "flag": N_("{actor} reported it"),
}


def get_moderation(hub: Hub, request: Request) -> Response:
    """Answer with a page of a queue."""
    asked = request.query_params
    queue: Queue = next((one for one in QUEUES if one == asked.get("queue")), "waiting")
    before = read_before({BEFORE.name: asked.get(BEFORE.name, "")})
    cases = list_cases(hub.store, queue, limit=ON_PAGE + 1, before=before)
    title = _("Moderation")
    older = (
        f"{PATH}?{urlencode({'queue': queue, 'before': cases[ON_PAGE - 1].comment.id})}" if len(cases) > ON_PAGE else ""
    )
    main = main_element(
        element("h1", title),
        _said(asked.get("done", ""), asked.get("left", "")),
        _tabs(queue, count_cases(hub.store)),
        _queue(hub, request, queue, cases[:ON_PAGE]) if cases else element("p", _("There is nothing here.")),
        element("p", element("a", _("Older comments"), href=older, rel="next")) if older else "",
        class_="moderation",
    )
    return private_page(request, title, main)


def get_case_page(hub: Hub, request: Request) -> Response:
    """Answer with one comment, all that was done to it, and what can be."""
    number = number_in(str(request.path_params["comment"]))
    case = get_case(hub.store, number)
    if case is None:
        raise ProblemError(make_problem(NOT_FOUND, _("There is no such comment.")))
    title = _("Comment {number}").format(number=number)
    queue: Queue = "flagged" if case.flags and case.comment.state == "approved" else case.comment.state
    chosen = element("input", type="hidden", name="comment", value=_choice(case))
    main = main_element(
        element("h1", title),
        _said(request.query_params.get("done", ""), request.query_params.get("left", "")),
        element("p", element("strong", _(TABS[queue]), class_="state")),
        element("div", *_case(case, _titles(hub, [case])), class_="case"),
        _deciding(request, queue, chosen),
        element("h2", _("What was done")),
        element("ol", *map(_event, list_events(hub.store, number)), class_="events"),
        element("p", element("a", _("Back to the list"), href=PATH)),
        class_="moderation",
    )
    return private_page(request, title, main)


def post_moderation(hub: Hub, request: Request) -> Response:
    """Decide on the comments that were chosen, and lead back to where that was done."""
    fields = form_of(request)
    form = dict(fields)
    decision = next((one for one in DECISIONS if one == form.get("decision")), None)
    chosen = [_chosen(value) for name, value in fields if name == "comment"]
    if decision is None or len(chosen) > ON_PAGE:
        raise ProblemError(make_problem(BAD_PARAMETER, _("This is no decision of the page of moderators.")))
    decided = decide(
        hub.store,
        decision,
        chosen,
        actor=asker_of(request).account.actor,
        note=clean_line(form.get("note", ""))[:LONGEST_NOTE],
        letters=mails_of(hub),
        now=access_of(request).clock(),
    )
    back, mark = own_path(form.get("back", ""), PATH).partition("?")[::2]
    kept = [pair for pair in _pairs(mark) if pair[0] == "queue"]
    told = {"done": len(decided.done), "left": len(decided.left)}
    return RedirectResponse(f"{back}?{urlencode([*kept, *told.items()])}", 303)


def _pairs(query: str) -> list[tuple[str, str]]:
    return [(name, value) for part in query.split("&") for name, _, value in [part.partition("=")] if name]


def _chosen(text: str) -> Choice:
    """Read what a box of the page says: a comment, and when the text that was shown was written."""
    number, _, changed = text.partition(":")
    try:
        return Choice(number_in(number), float(changed))
    except ValueError:
        return Choice(0)


def _choice(case: Case) -> str:
    return f"{case.comment.id}:{case.comment.changed!r}"


def _said(done: str, left: str) -> Html:
    if not (done.isdigit() and left.isdigit()):
        return Html("")
    told = _n("{number} comment was decided on.", "{number} comments were decided on.", int(done)).format(number=done)
    stayed = _n(
        "{number} stayed as it was: it was changed or decided on meanwhile.",
        "{number} stayed as they were: they were changed or decided on meanwhile.",
        int(left),
    ).format(number=left)
    return join(
        element("p", told, role="status", class_="said"),
        element("p", stayed, role="alert") if int(left) else "",
    )


def _tabs(current: Queue, counts: Counts) -> Html:
    known = {"waiting": counts.waiting, "flagged": counts.flagged, "spam": counts.spam, "deleted": counts.deleted}
    links = [
        element(
            "a",
            f"{_(label)} ({show_number(known[queue])})" if queue in known else _(label),
            href=f"{PATH}?queue={queue}",
            aria_current="page" if queue == current else None,
        )
        for queue, label in TABS.items()
    ]
    return element("nav", *links, class_="places", aria_label=_("Comments by state"))


def _queue(hub: Hub, request: Request, queue: Queue, cases: list[Case]) -> Html:
    titles = _titles(hub, cases)
    return _deciding(request, queue, element("ol", *(_entry(case, titles) for case in cases), class_="cases"))


def _deciding(request: Request, queue: Queue, chosen: Html) -> Html:
    """Give the form by which comments are decided on; `chosen` holds those that may be, or the one that is."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    buttons = [
        element("button", _(BUTTONS[one]), name="decision", value=one, class_=None if one == "approve" else "plain")
        for one in FITTING[queue]
    ]
    return post_form(
        request,
        PATH,
        chosen,
        element("input", type="hidden", name="back", value=path),
        line(Typed({}), "note", _("Note"), hint=_("Stands in the history; the writer does not see it.")),
        element("div", *buttons, class_="buttons"),
        class_="fields",
    )


def _entry(case: Case, titles: dict[str, str]) -> Html:
    of = _("Choose the comment of {name}").format(name=case.comment.name)
    box = element("input", type="checkbox", name="comment", value=_choice(case), aria_label=of)
    about = _("History of comment {number}").format(number=case.comment.id)
    history = element("a", _("History"), href=f"{PATH}/{case.comment.id}", aria_label=about)
    return element("li", box, element("div", *_case(case, titles, history)), class_="case")


def _case(case: Case, titles: dict[str, str], *more: Html) -> list[Html]:
    comment = case.comment
    item = element("a", titles.get(comment.item, comment.item), href=item_path(comment.item), dir="auto")
    facts = [
        fill(_("Mail: {mail}"), mail=element("bdi", case.mail)) if case.mail else "",
        fill(_("Browser: {agent}"), agent=element("bdi", case.agent)) if case.agent else "",
        fill(_("Origin: {client}"), client=element("code", case.client[:SHOWN_CLIENT])) if case.client else "",
        _n("{number} report", "{number} reports", case.flags).format(number=case.flags) if case.flags else "",
    ]
    return [
        element("p", byline(comment), " ", fill(_("on {title}"), title=item), class_="by"),
        shown_body(comment.body),
        element("p", *(element("span", fact) for fact in facts if fact), *more, class_="facts"),
    ]


def _event(event: Event) -> Html:
    said = fill(_(DONE[event.action]), actor=element("bdi", event.actor))
    when = element("time", show_time(event.at), datetime=stamp(event.at))
    return element(
        "li",
        element("p", when, " ", said, f": {event.note}" if event.note else ""),
        element("details", element("summary", _("The text before")), shown_body(event.body)) if event.body else "",
    )


def _titles(hub: Hub, cases: list[Case]) -> dict[str, str]:
    found = contents_of(hub.store, sorted({case.comment.item for case in cases}))
    return {item.id: title_of(item) for item, _ in found}
