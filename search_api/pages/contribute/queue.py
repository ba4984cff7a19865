"""The proposals that wait for a decision, and those that are decided."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from harvester.store.accounts.roles import EDIT
from harvester.store.contributions.proposals import Proposal, list_proposals
from search_api.accounts.access import Place
from search_api.hub import Hub
from search_api.labels import Labels, labels_of
from search_api.languages import N_, _, show_time
from search_api.pages.contribute.paging import before_of, older_link
from search_api.pages.contribute.shown import properties_of, state_words, titles_of
from search_api.pages.frame import main_element
from search_api.pages.markup import Html, element
from search_api.pages.private import private_page, table

PATH: Final = "/review"
REVIEW: Final = Place(N_("Proposals"), PATH, EDIT)
LISTED: Final = 50
STATES: Final = ("submitted", "decided", "withdrawn")


def get_queue_page(hub: Hub, request: Request) -> Response:
    """Answer with the proposals of a state, the newest first."""
    asked = request.query_params.get("state", "")
    state = asked if asked in STATES else STATES[0]
    found = list_proposals(hub.store, state=state, before=before_of(request), limit=LISTED + 1)
    listed = found[:LISTED]
    titles, labels = titles_of(hub.store, listed), labels_of(hub.settings())
    columns = (_("Item"), _("Author"), _("Properties"), _("Handed in"), _("Reviewer"))
    rows = [_row(one, titles[one.item], labels) for one in listed]
    main = main_element(
        element("h1", _("Proposals")),
        _tabs(state),
        table(state_words(state), columns, rows, empty=_("none")),
        older_link(f"{PATH}?state={state}", listed[-1].id) if len(found) > LISTED else "",
    )
    return private_page(request, _("Proposals"), main)


def _row(one: Proposal, title: str, labels: Labels) -> tuple[str, ...]:
    link = element("a", element("bdi", title), href=f"{PATH}/{one.id}")
    return link, one.author, properties_of(one, labels), show_time(one.submitted), one.reviewer


def _tabs(state: str) -> Html:
    links = [
        element(
            "a",
            state_words(name),
            href=f"{PATH}?state={name}",
            aria_current="page" if name == state else None,
        )
        for name in STATES
    ]
    tokens = element("a", _("Links for proposals"), href="/admin/tokens")
    return element("nav", *links, tokens, class_="places", aria_label=_("Proposals"))
