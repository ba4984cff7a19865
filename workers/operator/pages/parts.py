"""What the operator's pages are made of: the frame with its places, tables, buttons, and the line of what was done."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from harvester.store.accounts.roles import OPERATE
from harvester.store.operating.audit import Entry, list_audit
from search_api.accounts import asker_of
from search_api.pages.frame import main_element
from search_api.pages.markup import Html, element, join
from search_api.pages.private import post_form, private_page
from workers.tools import Tools
from workers.words import span, utc

ROOT: Final = "/operator"
REFRESH_S: Final = 15
SAID_S: Final = 60.0
PLACES: Final = (
    ("Overview", ROOT),
    ("Endpoints", f"{ROOT}/endpoints"),
    ("Runs", f"{ROOT}/runs"),
    ("Dead letters", f"{ROOT}/dead"),
    ("Deletion plans", f"{ROOT}/plans"),
    ("Schedule", f"{ROOT}/schedule"),
    ("Processes", f"{ROOT}/processes"),
    ("Trace", f"{ROOT}/trace"),
    ("Audit", f"{ROOT}/audit"),
)
SESSIONS: Final = ("sign-in", "sign-out")
Fields = Mapping[str, str]


def shown(tools: Tools, request: Request, title: str, place: str, *content: str, refreshing: bool) -> Response:
    """Answer with a page below one of the places.

    A `refreshing` one comes again by itself until its reader stops that; one with fields to fill in must not.
    """
    is_still = "still" in request.query_params
    freshness = _freshness(request, is_still=is_still) if refreshing else ""
    said = _said(tools, request)
    main = main_element(element("h1", title), said, *content, freshness, class_="operator", lang="en")
    response = private_page(request, title, _places(place), main)
    if refreshing and not is_still:
        response.headers["Refresh"] = str(REFRESH_S)
    return response


def facts(rows: Sequence[tuple[str, str]]) -> Html:
    """Give names and values; those without a value are left out."""
    pairs = [join(element("dt", name), element("dd", value)) for name, value in rows if value]
    return element("dl", *pairs) if pairs else Html("")


def link(label: str, path: str, /, **query: str) -> Html:
    """Give a link to a page of ours."""
    return element("a", label, href=f"{path}?{urlencode(query)}" if query else path)


def endpoint_link(key: str) -> Html:
    """Give a link to the page of an endpoint."""
    return link(key, f"{ROOT}/endpoints/{key}")


def run_link(run: int) -> Html:
    """Give a link to the page of a run."""
    return link(str(run), f"{ROOT}/runs/{run}")


def button(request: Request, action: str, label: str, fields: Fields, *, of: str = "") -> Html:
    """Give a button that does an action; nothing for those who may only watch.

    `of` tells those who do not see where it stands what it is about.
    """
    if not may_operate(request):
        return Html("")
    named = element("button", label, aria_label=f"{label}: {of}" if of else None)
    return post_form(request, f"{ROOT}/do/{action}", *hidden(request, fields), named)


def form(request: Request, action: str, label: str, fields: Fields, *parts: str) -> Html:
    """Give a form with fields to fill in that does an action; nothing for those who may only watch."""
    if not may_operate(request):
        return Html("")
    sent = element("button", label)
    return post_form(request, f"{ROOT}/do/{action}", *hidden(request, fields), *parts, sent, class_="fields")


def field(label: str, name: str, *, value: str = "", hint: str = "", required: bool = False) -> Html:
    """Give a field for a line of text."""
    note = element("span", hint, class_="note") if hint else ""
    box = element("input", type="text", name=name, value=value, required="" if required else None)
    return element("label", label, note, box)


def choice(label: str, name: str, options: Sequence[tuple[str, str]], chosen: str = "") -> Html:
    """Give a field for one of some values, each with its label."""
    rows = (element("option", text, value=value, selected="" if value == chosen else None) for value, text in options)
    return element("label", label, element("select", *rows, name=name))


def hidden(request: Request, fields: Fields) -> list[Html]:
    """Give fields that are not shown, and the one that leads back here."""
    path = request.url.path
    back = path + (f"?{request.url.query}" if request.url.query else "")
    return [
        element("input", type="hidden", name=name, value=value) for name, value in (*fields.items(), ("back", back))
    ]


def word(text: str) -> Html:
    """Give a state; bad ones stand out, and say so by their word."""
    bad = text in {"failing", "failed", "partial", "unbalanced", "wrong", "gone", "dead"}
    slow = text in {"held", "paused", "draining", "waiting", "warning", "late"}
    return element("strong", text, class_="bad" if bad else "slow") if bad or slow else Html(element("span", text))


def may_operate(request: Request) -> bool:
    """Tell whether who asks may change something."""
    return OPERATE in asker_of(request).account.rights


def moment(time_s: float | None) -> Html:
    """Give a time that is broken, where a table is narrow, between date and clock only; nothing for None."""
    date, _, clock = utc(time_s).partition(" ")
    return join(element("time", date), " ", clock) if date else Html("")


def ago(time_s: float | None, now: float) -> str:
    """Give a time and how long ago it was."""
    return "never" if not time_s else f"{utc(time_s)} ({span(now - time_s)} ago)"


def _places(current: str) -> Html:
    links = (
        element("a", label, href=path, aria_current="page" if label == current else None) for label, path in PLACES
    )
    return element("nav", *links, class_="places", aria_label="Operator")


def _freshness(request: Request, *, is_still: bool) -> Html:
    path = request.url.path
    query = {name: value for name, value in request.query_params.items() if name != "still"}
    told = "This page does not refresh itself. " if is_still else f"This page refreshes itself each {REFRESH_S} s. "
    turn = link("Refresh it", path, **query) if is_still else link("Stop that", path, **query, still="1")
    return element("footer", element("p", told, turn, class_="note"))


def _said(tools: Tools, request: Request) -> Html:
    """Give what who asks has done in the last minute, by the audit."""
    now = tools.store.now()
    last = next(iter(list_audit(tools.store, actor=asker_of(request).account.actor, limit=1)), None)
    if last is None or now - last.at > SAID_S or last.action in SESSIONS or not may_operate(request):
        return Html("")
    return element("p", f"Done {span(now - last.at)} ago: {told_entry(last)}", role="status")


def told_entry(entry: Entry) -> str:
    """Give an entry of the audit in a line."""
    details = ", ".join(f"{name} {value}" for name, value in entry.details.items() if value not in ("", None))
    return f"{entry.action} {entry.object}" + (f" ({details})" if details else "")
