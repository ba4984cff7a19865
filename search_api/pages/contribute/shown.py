"""Proposals as pages show them: their states in words, and their values one above the other."""

from collections.abc import Iterable
from typing import Final

from harvester.store import Store
from harvester.store.contributions.proposals import Proposal, Value
from harvester.store.items import contents_of
from search_api.labels import Labels
from search_api.languages import N_, _
from search_api.pages.contribute.comparing import compare
from search_api.pages.markup import Html, element
from search_api.render import title_of

STATES: Final = {
    "draft": N_("draft"),
    "submitted": N_("waits for a decision"),
    "decided": N_("decided"),
    "withdrawn": N_("taken back"),
    "open": N_("open"),
    "accepted": N_("accepted"),
    "rejected": N_("rejected"),
    "undone": N_("accepted, then undone"),
}


def state_words(state: str) -> str:
    """Give a state of a proposal, or of one of its values, in words."""
    return _(STATES[state])


def properties_of(proposal: Proposal, labels: Labels) -> str:
    """Give the labels of the properties that a proposal changes."""
    return ", ".join(dict.fromkeys(labels(value.property) for value in proposal.values))


def old_and_new(value: Value) -> tuple[Html, Html]:
    """Give both sides of a value, with the words that differ marked; a side that is not there says so."""
    if value.original is None:
        return _absent(_("(no value)")), _side(element("ins", value.proposed or ""))
    if value.proposed is None:
        return _side(element("del", value.original)), _absent(_("(to be removed)"))
    before, after = compare(value.original, value.proposed)
    return _side(before), _side(after)


def value_list(proposal: Proposal, labels: Labels) -> Html:
    """Give the values of a proposal, each with what became of it."""
    return element("ul", *(_line(value, labels) for value in proposal.values), class_="values")


def titles_of(store: Store, proposals: Iterable[Proposal]) -> dict[str, str]:
    """Give the titles of the items of some proposals, by id; ids where they have none, or are gone."""
    ids = sorted({proposal.item for proposal in proposals})
    found = {item.id: title_of(item) for item, _content in contents_of(store, ids)}
    return {item_id: found.get(item_id, item_id) for item_id in ids}


def _line(value: Value, labels: Labels) -> Html:
    before, after = old_and_new(value)
    state = element("span", state_words(value.state), class_=f"state {value.state}")
    return element("li", element("b", labels(value.property)), " ", state, before, after)


def _side(text: Html) -> Html:
    return element("div", text, dir="auto", class_="side")


def _absent(text: str) -> Html:
    return element("div", element("span", text, class_="note"), class_="side")
