"""The table of declared properties: what each is called, what it can be asked, and where an item has it.

Both engines' mappings are made from this table. A property that is not here is undeclared: it comes from `Item.extra`
(or is a relation without a row) and can be filtered and counted all the same.
"""

import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct

from harvester.item import Item, Link, Pages
from harvester.values.dois import read_doi
from harvester.values.languages import language_label, parse_language
from harvester.values.relations import RELATIONS, Relation
from harvester.values.targets import normal_target
from indexer.query import Operator

Kind = Literal["text", "keyword", "number", "date", "doi", "identifier", "language", "link"]

DOCUMENT_SCHEMA: Final = "document/4"
MAX_VALUE_CHARACTERS: Final = 1_000

_DCTERMS: Final = "http://purl.org/dc/terms/"
_BIBO: Final = "http://purl.org/ontology/bibo/"
_SCHEMA: Final = "https://schema.org/"


class Field(Struct, frozen=True, kw_only=True):
    """One declared property.

    `alternate` is the label of the research hub's own vocabulary, which pages show; "" where it says the same.
    `read` gives an item's values in the form of `normal_value`, but for `clean_value`. `searched`: its words are found
    by q, and by its name before them; `boost` is what they add to the score there, 0 is nothing. `facet` False: long
    text that can be searched, not counted by value. `ranged`: takes low..high. `suggested`: its values are offered
    while a person types. `iri` is empty where no vocabulary has the property.
    """

    name: str
    label: str
    read: Callable[[Item], Sequence[str]]
    alternate: str = ""
    iri: str = ""
    kind: Kind = "keyword"
    facet: bool = True
    searched: bool = False
    ranged: bool = False
    suggested: bool = False
    boost: float = 0.0


def _relation(name: str, relation: Relation) -> Field:
    return Field(
        name=name,
        label=relation.label,
        alternate=relation.alternate,
        iri=relation.iri,
        kind="link",
        read=lambda item: _linked(item, name),
    )


def link_value(link: Link) -> str:
    """Give what a link is filtered by: the DOI of what it leads to, else its address, else its title."""
    return link.doi or normal_target(link.url or link.title or "")


def _linked(item: Item, relation: str) -> list[str]:
    return [link_value(link) for link in item.links if link.relation == relation]


def _span(pages: Pages) -> str:
    """Give pages in one spelling, whatever dash the source writes."""
    return f"{pages.start}-{pages.end}" if pages.start and pages.end else pages.literal


def _live_sets(item: Item) -> list[str]:
    return [spec for record in item.provenance if not record.deleted for spec in record.sets]


def _doi(text: str) -> str:
    """Give the normal form of a text that is just a DOI in some form, any other text as it is."""
    return read_doi(text) or text


@lru_cache(maxsize=4096)
def _language(text: str) -> str:
    return parse_language(text).tag or text


_TABLE: Final = (
    Field(
        name="title",
        label="Title",
        iri=_DCTERMS + "title",
        kind="text",
        searched=True,
        boost=3.0,
        read=lambda item: [text.value for text in item.title],
    ),
    Field(
        name="alternative",
        label="Alternative title",
        iri=_DCTERMS + "alternative",
        kind="text",
        searched=True,
        read=lambda item: [text.value for text in item.alternative],
    ),
    Field(
        name="abstract",
        label="Abstract",
        alternate="Abstract/Description",
        iri=_DCTERMS + "abstract",
        kind="text",
        facet=False,
        searched=True,
        boost=1.0,
        read=lambda item: [text.value for text in item.abstract],
    ),
    Field(
        name="description",
        label="Description",
        iri=_DCTERMS + "description",
        kind="text",
        facet=False,
        searched=True,
        read=lambda item: [text.value for text in item.description],
    ),
    Field(
        name="creator",
        label="Creator",
        iri=_DCTERMS + "creator",
        searched=True,
        suggested=True,
        read=lambda item: [agent.name for agent in item.creator],
    ),
    Field(
        name="contributor",
        label="Contributor",
        iri=_DCTERMS + "contributor",
        searched=True,
        read=lambda item: [agent.name for agent in item.contributor],
    ),
    Field(
        name="date",
        label="Date",
        iri=_DCTERMS + "date",
        kind="date",
        ranged=True,
        read=lambda item: (item.date.edtf,) if item.date and item.date.edtf else (),
    ),
    Field(
        name="year",
        label="Year",
        iri="http://purl.org/spar/fabio/hasPublicationYear",
        kind="number",
        ranged=True,
        read=lambda item: (str(item.date.year),) if item.date and item.date.year is not None else (),
    ),
    Field(
        name="volume",
        label="Volume",
        iri=_BIBO + "volume",
        read=lambda item: (item.volume,) if item.volume else (),
    ),
    Field(name="issue", label="Issue", iri=_BIBO + "issue", read=lambda item: (item.issue,) if item.issue else ()),
    Field(
        name="pages",
        label="Pages",
        iri=_BIBO + "pages",
        read=lambda item: (_span(item.pages),) if item.pages else (),
    ),
    Field(
        name="container",
        label="Published in",
        iri="http://prismstandard.org/namespaces/basic/2.0/publicationName",
        searched=True,
        suggested=True,
        read=lambda item: (item.container.title,) if item.container else (),
    ),
    Field(
        name="publisher",
        label="Publisher",
        iri=_DCTERMS + "publisher",
        searched=True,
        suggested=True,
        read=lambda item: item.publisher,
    ),
    Field(
        name="resource_type",
        label="Resource type",
        iri=_DCTERMS + "type",
        searched=True,
        suggested=True,
        read=lambda item: [term.label for term in item.resource_type],
    ),
    Field(
        name="resource_status",
        label="Resource status",
        alternate="Resource status/form",
        iri=_BIBO + "status",
        searched=True,
        read=lambda item: [term.label for term in item.resource_status],
    ),
    Field(
        name="genre",
        label="Genre",
        alternate="Scholarship genre",
        iri=_SCHEMA + "genre",
        searched=True,
        suggested=True,
        read=lambda item: [term.label for term in item.genre],
    ),
    Field(
        name="funder",
        label="Funder",
        alternate="Grant funding",
        iri=_SCHEMA + "funder",
        searched=True,
        suggested=True,
        read=lambda item: [funding.funder or "" for funding in item.funding],
    ),
    Field(
        name="grant_number",
        label="Grant number",
        iri="http://purl.org/cerif/frapo/hasGrantNumber",
        searched=True,
        read=lambda item: [funding.number or "" for funding in item.funding],
    ),
    Field(
        name="citation",
        label="Citation",
        iri=_DCTERMS + "bibliographicCitation",
        kind="text",
        facet=False,
        searched=True,
        read=lambda item: (item.citation.text,) if item.citation else (),
    ),
    Field(
        name="doi",
        label="DOI",
        iri=_BIBO + "doi",
        kind="doi",
        searched=True,
        read=lambda item: (item.doi,) if item.doi else (),
    ),
    Field(
        name="identifier",
        label="Identifier",
        iri=_DCTERMS + "identifier",
        kind="identifier",
        searched=True,
        read=lambda item: [one.value if one.scheme == "doi" else _doi(one.value) for one in item.identifier],
    ),
    Field(
        name="record_identifier",
        label="Record identifier",
        searched=True,
        read=lambda item: [record.identifier for record in item.provenance if not record.deleted],
    ),
    Field(
        name="language",
        label="Language",
        iri=_DCTERMS + "language",
        kind="language",
        read=lambda item: [_language(language.tag or language.literal) for language in item.language],
    ),
    Field(
        name="subject",
        label="Subject",
        iri=_DCTERMS + "subject",
        searched=True,
        suggested=True,
        read=lambda item: [subject.value for subject in item.subject],
    ),
    Field(
        name="rights",
        label="Rights",
        iri=_DCTERMS + "rights",
        searched=True,
        read=lambda item: [rights.label for rights in item.rights],
    ),
    Field(
        name="access",
        label="Access",
        iri=_DCTERMS + "accessRights",
        read=lambda item: (item.access.label,) if item.access else (),
    ),
    Field(
        name="endpoint",
        label="Repository",
        read=lambda item: [record.endpoint for record in item.provenance if not record.deleted],
    ),
    Field(name="set", label="Set", read=_live_sets),
    Field(
        name="metadata_prefix",
        label="Metadata format",
        read=lambda item: [record.metadata_prefix for record in item.provenance if not record.deleted],
    ),
    Field(
        name="harvested",
        label="Harvested",
        kind="date",
        ranged=True,
        read=lambda item: (item.harvested[:10],),
    ),
    Field(name="quality", label="Quality", read=lambda item: item.quality),
    Field(
        name="links_to",
        label="Links to",
        kind="link",
        read=lambda item: [link_value(link) for link in item.links if link.doi or link.url],
    ),
    *(_relation(name, relation) for name, relation in RELATIONS.items()),
)

FIELDS: Final[dict[str, Field]] = {field.name: field for field in _TABLE}

LINKED: Final = frozenset(("links_to", *RELATIONS))
"""The properties that only an item with links has."""

NORMALIZERS: Final[dict[Kind, Callable[[str], str]]] = {
    "doi": _doi,
    "identifier": _doi,
    "link": normal_target,
    "language": _language,
}
"""Kinds of which a person may write one value in several forms; every other value is compared as it is written."""


def table_digest() -> str:
    """Give a short digest of all that decides how documents are laid out; another one needs another index."""
    layout = [
        f"{field.name} {field.kind} {field.facet} {field.ranged} {field.searched} {field.suggested}" for field in _TABLE
    ]
    return hashlib.sha256("\n".join([DOCUMENT_SCHEMA, *layout]).encode()).hexdigest()[:16]


def operators(name: str) -> tuple[Operator, ...]:
    """Give what a filter on a property may ask."""
    field = FIELDS.get(name)
    if field is None:
        return ("is", "exists", "missing")
    if not field.facet:
        return ("exists", "missing")
    return ("is", "range", "exists", "missing") if field.ranged else ("is", "exists", "missing")


def clean_value(text: str) -> str:
    """Give a value as it is filtered and counted: no outer blanks, no NUL, at most 1,000 characters."""
    return cut_value(strip_value(text))


def strip_value(text: str) -> str:
    """Give a value in its full length as it is searched: no outer blanks, no NUL (no engine takes one)."""
    return text.replace("\x00", "").strip()


def cut_value(text: str) -> str:
    """Give a stripped value in at most 1,000 characters."""
    return text if len(text) <= MAX_VALUE_CHARACTERS else text[:MAX_VALUE_CHARACTERS].rstrip()


def normal_value(name: str, text: str) -> str:
    """Give the form in which a value of a property is indexed, for whatever form of it a person wrote.

    A DOI in any form gives its lower-case form, a language's name gives its tag. Giving a normal value again changes
    nothing.
    """
    value = clean_value(unicodedata.normalize("NFC", text))
    field = FIELDS.get(name)
    normalize = NORMALIZERS.get(field.kind) if field else None
    return normalize(value) if normalize else value


def property_label(name: str) -> str:
    """Give the label of a property; an undeclared one has none but its name."""
    return FIELDS[name].label if name in FIELDS else name


def shown_label(name: str) -> str:
    """Give what pages call a property: the research hub's own word for it, else its label."""
    return alternate_label(name) or property_label(name)


def alternate_label(name: str) -> str:
    """Give what the research hub calls a property, where that is not its label; else nothing."""
    return FIELDS[name].alternate if name in FIELDS else ""


def label(name: str, value: str) -> str:
    """Give what people read for a value of a property: a language's English name, else the value."""
    field = FIELDS.get(name)
    return language_label(value) if field and field.kind == "language" else value
