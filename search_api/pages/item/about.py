"""About the record behind an item: its sources, where each can be looked at, what is known of its quality."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from harvester.item import Identifier, Item, Provenance
from harvester.store.works.explaining import Explanation
from harvester.values.web import web_address
from search_api.grammar import render_token
from search_api.languages import N_, _, show_date
from search_api.pages.frame import search_link
from search_api.pages.item.origins import Origins
from search_api.pages.item.values import way_out
from search_api.pages.markup import Html, element, fill, join
from search_api.render import item_path

QUALITY: Final = {
    "no_title": N_("Its record has no title."),
    "no_date": N_("Its record has no date."),
    "date_from_citation": N_("The year was taken from the citation."),
    "date_not_understood": N_("A date could not be understood; it is shown as it was written."),
    "date_disagrees": N_("The record has dates that disagree."),
    "creators_from_citation": N_("The names of creators were taken from the citation."),
    "retracted": N_("The work was retracted or withdrawn."),
}
FORMATS: Final = {
    "oai_dc": "Dublin Core",
    "oai_datacite": "DataCite",
    "datacite": "DataCite",
    "oai_openaire": "OpenAIRE",
    "crossref": "Crossref",
    "mods": "MODS",
    "marcxml": "MARC 21",
    "marc21": "MARC 21",
    "mets": "METS",
    "jats": "JATS",
    "xoai": "XOAI",
    "dim": "DSpace (DIM)",
    "qdc": "Qualified Dublin Core",
    "oai_qdc": "Qualified Dublin Core",
    "rioxx": "RIOXX",
    "rioxx3": "RIOXX",
    "edm": "Europeana (EDM)",
}
"""Names of metadata formats by their prefixes."""
LASTING: Final = ("handle", "url", "arxiv", "urn", "pmid")
"""Schemes of identifiers of which the address is a repository's own page, the best first."""

_IDENTIFIERS: Final = msgspec.json.Decoder(tuple[Identifier, ...])


class Key(Struct, frozen=True):
    """What a record is found by."""

    endpoint: str
    metadata_prefix: str
    identifier: str


def about_section(item: Item, origins: Origins) -> Html:
    """Give the section: sources, last change, quality, ways to history and sources."""
    path = item_path(item.id)
    changed = show_date(datetime.fromisoformat(item.harvested).timestamp())
    ways = (
        element("a", _("Where each value comes from"), href=f"{path}/sources"),
        element("a", _("History of changes"), href=f"{path}/history"),
    )
    sets = dict.fromkeys(spec for one in item.provenance if not one.deleted for spec in one.sets)
    return element(
        "section",
        element("h2", _("About this record")),
        _sources(item, origins),
        element("p", _("Last changed here on {date}.").format(date=changed), " ", join(*ways, between=" · ")),
        _quality(item.quality),
        _sets(list(sets)),
        id="about",
    )


def _sources(item: Item, origins: Origins) -> Html:
    pages = landing_pages(origins.explanation)
    rows = [
        _record(record, name, pages.get(Key(record.endpoint, record.metadata_prefix, record.identifier)))
        for record, name in zip(origins.records, origins.names, strict=False)
    ]
    others = [element("li", name) for name in origins.names[len(origins.records) :]]
    shown = element("ol", *rows, *others, class_="sources")
    if len(item.provenance) <= 1:
        return shown
    told = _("Put together from {count} records of the same work:").format(count=len(item.provenance))
    return join(element("p", told), shown)


def _record(record: Provenance, name: str, page: str | None) -> Html:
    link = element("a", element("bdi", name), href=search_link([("filter", render_token("endpoint", record.endpoint))]))
    form = FORMATS.get(record.metadata_prefix, record.metadata_prefix)
    state = _("deleted there") if record.deleted else _("stamped {date}").format(date=record.datestamp[:10])
    said = fill(
        "{link}: {identifier} ({form}, {state})",
        link=link,
        identifier=element("bdi", record.identifier, class_="code"),
        form=form,
        state=state,
    )
    return element("li", said, way_out(page, _("the record at its repository")))


def landing_pages(explanation: Explanation) -> dict[Key, str]:
    """Give the address of each record's own page at its repository, where its identifiers have one."""
    told = next((field for field in explanation.fields if field.name == "identifier"), None)
    found: dict[Key, str] = {}
    for voice in (*told.said_by, *told.others) if told else ():
        if voice.kind == "record" and (page := _page(_IDENTIFIERS.decode(voice.value))):
            found[Key(voice.endpoint, voice.metadata_prefix, voice.identifier)] = page
    return found


def _page(identifiers: Sequence[Identifier]) -> str | None:
    own = {one.scheme: address for one in reversed(identifiers) if one.role == "self" and (address := _address(one))}
    return next((own[scheme] for scheme in LASTING if scheme in own), None)


def _address(one: Identifier) -> str | None:
    return web_address(one.url or one.value)


def _quality(codes: Sequence[str]) -> Html:
    if not codes:
        return Html("")
    told = [_(QUALITY[code]) if code in QUALITY else code.replace("_", " ") for code in dict.fromkeys(codes)]
    return element("ul", *(element("li", text) for text in told), class_="quality")


def _sets(sets: Sequence[str]) -> Html:
    if not sets:
        return Html("")
    links = [
        element("a", element("bdi", spec), href=search_link([("filter", render_token("set", spec))])) for spec in sets
    ]
    return element("p", fill(_("In the sets {sets}."), sets=join(*links, between=", ")), class_="note")
