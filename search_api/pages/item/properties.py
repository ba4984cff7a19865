"""The properties of an item in the order of the hub's template, then all others that it has."""

from collections.abc import Callable, Mapping
from typing import Final

from harvester.item import Container, Funding, Identifier, Item, Rights, Term, Text
from harvester.values.dois import doi_address
from indexer.fields import FIELDS, LINKED
from search_api.hub_settings import HubSettings
from search_api.labels import Labels
from search_api.languages import N_, _
from search_api.pages.item.citation import citation_value
from search_api.pages.item.origins import Origins, mark
from search_api.pages.item.people import people
from search_api.pages.item.values import FEW, folded_list, linked_value, phrase, prose, way_out
from search_api.pages.markup import Html, element, join

ELSEWHERE: Final = LINKED | {
    *("year", "endpoint", "set", "metadata_prefix", "record_identifier", "harvested", "quality"),
}
"""Properties that other sections show, and the year, which the date says."""
DATES: Final = {
    "created": N_("Created"),
    "submitted": N_("Submitted"),
    "accepted": N_("Accepted"),
    "available": N_("Available"),
    "embargo_end": N_("End of embargo"),
    "updated": N_("Updated"),
    "collected": N_("Collected"),
    "issued": N_("Issued"),
}


def properties_section(item: Item, settings: HubSettings, labels: Labels, origins: Origins) -> Html:
    """Give all properties that have values."""
    template = [one.name for one in settings.template if one.shown]
    hidden = {one.name for one in settings.template if not one.shown}
    names = [*template, *(name for name in (*FIELDS, *item.extra) if name not in hidden)]
    rows = [_row(item, name, labels, origins) for name in dict.fromkeys(names) if name not in ELSEWHERE]
    head = element("h2", _("Properties"), class_="hidden")
    return element("section", head, element("dl", *rows, *_other_dates(item), class_="properties"), id="properties")


def _row(item: Item, name: str, labels: Labels, origins: Origins) -> Html:
    values = [value for value in _values(item, name) if value]
    if not values:
        return Html("")
    if len(values) > FEW:
        values = [folded_list(values)]
    shown = [element("dd", value, dir="auto") for value in values]
    anchor = name if name in FIELDS else None
    return element("div", element("dt", labels(name), *mark(origins, name)), *shown, id=anchor)


def _values(item: Item, name: str) -> list[Html]:
    """Give the values of a property as they are shown, each once."""
    if name in _SHOWN:
        return _SHOWN[name](item)
    field = FIELDS.get(name)
    values = item.extra.get(name, ()) if field is None else field.read(item)
    return [join(linked_value(name, value), way_out(value, value)) for value in dict.fromkeys(values) if value]


def _texts(name: str, show: Callable[..., Html]) -> Callable[[Item], list[Html]]:
    """Give how texts of a property are shown: with their languages where there are several."""

    def shown(item: Item) -> list[Html]:
        texts: tuple[Text, ...] = getattr(item, name)
        return [show(text, with_language=len(texts) > 1) for text in dict.fromkeys(texts)]

    return shown


def _people(name: str) -> Callable[[Item], list[Html]]:
    def shown(item: Item) -> list[Html]:
        agents = getattr(item, name)
        return people(name, agents) if agents else []

    return shown


def _terms(name: str) -> Callable[[Item], list[Html]]:
    def shown(item: Item) -> list[Html]:
        terms: tuple[Term, ...] = getattr(item, name)
        return [linked_value(name, label) for label in dict.fromkeys(term.label for term in terms)]

    return shown


def _date(item: Item) -> list[Html]:
    """Give the date; one that was not understood as its source writes it."""
    if item.date is None:
        return []
    return [linked_value("date", item.date.edtf) if item.date.edtf else element("bdi", item.date.literal)]


def _subjects(item: Item) -> list[Html]:
    addresses = {one.value: one.uri for one in reversed(item.subject)}
    return [
        join(linked_value("subject", value), way_out(addresses[value], value))
        for value in dict.fromkeys(one.value for one in item.subject)
    ]


def _funders(item: Item) -> list[Html]:
    found = {one.funder: one for one in reversed(item.funding) if one.funder}
    return [
        join(linked_value("funder", name), way_out(one.funder_id, name))
        for name, one in reversed(found.items())
        if name
    ]


def _grants(item: Item) -> list[Html]:
    """Give grants, each with its funder where there are several of these."""
    funders = {one.funder for one in item.funding}
    return [_grant(one, with_funder=len(funders) > 1) for one in dict.fromkeys(item.funding) if one.number]


def _grant(one: Funding, *, with_funder: bool) -> Html:
    number = one.number or ""
    shown = join(linked_value("grant_number", number), way_out(one.uri, number))
    said = [text for text in (one.title, one.funder if with_funder else None) if text]
    return join(shown, *(element("span", element("bdi", text), class_="fine") for text in said), between=" ")


def _container(item: Item) -> list[Html]:
    return [_published_in(item.container)] if item.container else []


def _published_in(container: Container) -> Html:
    numbers = [f"ISSN {number}" for number in container.issn] + [f"ISBN {number}" for number in container.isbn]
    shown = linked_value("container", container.title)
    return join(shown, *(element("span", number, class_="fine") for number in numbers), between=" ")


def _doi(item: Item) -> list[Html]:
    if not item.doi:
        return []
    return [element("a", item.doi, href=doi_address(item.doi), rel="noreferrer", class_="doi")]


def _identifiers(item: Item) -> list[Html]:
    others = dict.fromkeys(one for one in item.identifier if one.value != item.doi)
    return [_identifier(one) for one in others]


def _identifier(one: Identifier) -> Html:
    shown = join(linked_value("identifier", one.value), way_out(one.url or one.value, one.value))
    if one.scheme in {"url", "other"}:
        return shown
    return join(element("span", one.scheme.upper(), class_="fine"), " ", shown)


def _rights(item: Item) -> list[Html]:
    return [_right(one) for one in dict.fromkeys(item.rights)]


def _right(one: Rights) -> Html:
    return join(linked_value("rights", one.label), way_out(one.uri, one.label))


def _citation(item: Item) -> list[Html]:
    return [citation_value(item, item.citation)] if item.citation else []


def _other_dates(item: Item) -> list[Html]:
    """Give the dates beside the one that counts: when the work was accepted, or is to be free."""
    shown = [(_(DATES.get(date.kind, N_("Other date"))), date.edtf or date.literal) for date in item.dates]
    return [
        element("div", element("dt", name), element("dd", element("bdi", said)))
        for name, said in dict.fromkeys(shown)
        if said
    ]


_SHOWN: Final[Mapping[str, Callable[[Item], list[Html]]]] = {
    "title": _texts("title", phrase),
    "alternative": _texts("alternative", phrase),
    "abstract": _texts("abstract", prose),
    "description": _texts("description", prose),
    "creator": _people("creator"),
    "contributor": _people("contributor"),
    "date": _date,
    "container": _container,
    "subject": _subjects,
    "resource_type": _terms("resource_type"),
    "resource_status": _terms("resource_status"),
    "genre": _terms("genre"),
    "funder": _funders,
    "grant_number": _grants,
    "citation": _citation,
    "doi": _doi,
    "identifier": _identifiers,
    "rights": _rights,
}
