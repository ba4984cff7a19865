"""The item schema: what readers see, one struct for every property's shape.

`Metadata` is what one source says about a work; `Item` is that plus identity, version and where it came from. Field
names are the property names used everywhere (filters, facets, CSV). A value that was understood keeps the source's
words as `literal`. Schema: research of the project, item/1; shapes follow DataCite 4, COAR vocabularies and EDTF (ISO
8601-2, level 1).

Nothing here can hold itself, so the cyclic garbage collector leaves these structs alone (gc=False): a page makes some
ten thousand of them.
"""

from typing import Final

from msgspec import Struct

SCHEMA: Final = "item/1"


class Text(Struct, frozen=True, omit_defaults=True, gc=False):
    """A text with its language (BCP 47) and its kind, such as `subtitle`, `translated`, `toc`, `note`."""

    value: str
    lang: str | None = None
    kind: str | None = None


class Affiliation(Struct, frozen=True, omit_defaults=True, gc=False):
    """Where an agent works; `ror` is a full https://ror.org/ URL."""

    name: str
    ror: str | None = None


class Agent(Struct, frozen=True, omit_defaults=True, gc=False):
    """A person or organisation.

    `name` is as shown ("Cannata, M."), family and given only where the source separates them.
    """

    name: str
    family: str | None = None
    given: str | None = None
    kind: str | None = None
    role: str | None = None
    orcid: str | None = None
    affiliation: tuple[Affiliation, ...] = ()


class Date(Struct, frozen=True, omit_defaults=True, gc=False):
    """A date as EDTF with no more precision than the source has; `edtf` is None where the literal was not understood.

    `kind`: issued, created, submitted, accepted, available, embargo_end, updated, collected, other.
    `precision`: year, month, day, interval. `year` is the first year of the span.
    """

    edtf: str | None = None
    year: int | None = None
    precision: str | None = None
    kind: str = "issued"
    literal: str = ""


class Pages(Struct, frozen=True, omit_defaults=True, gc=False):
    """Pages as the source writes them.

    `count` only where start and end are plain numbers; `article` is an article number.
    """

    literal: str
    start: str | None = None
    end: str | None = None
    count: int | None = None
    article: str | None = None


class Container(Struct, frozen=True, omit_defaults=True, gc=False):
    """What the work appeared in: journal, book, proceedings, series."""

    title: str
    kind: str | None = None
    issn: tuple[str, ...] = ()
    isbn: tuple[str, ...] = ()


class Term(Struct, frozen=True, omit_defaults=True, gc=False):
    """A controlled value: `label` is what is shown and filtered by (the literal itself where no table knows it)."""

    label: str
    literal: str = ""
    uri: str | None = None


class Funding(Struct, frozen=True, omit_defaults=True, gc=False):
    """A funder with one grant; either may be missing. `funder_id` is a ROR or Funder Registry URL."""

    funder: str | None = None
    funder_id: str | None = None
    number: str | None = None
    title: str | None = None
    uri: str | None = None


class Citation(Struct, frozen=True, omit_defaults=True, gc=False):
    """The citation sentence.

    `origin` is `source` where a repository wrote it, `generated` where we wrote it in APA 7 from the item's properties.
    """

    text: str
    origin: str = "source"


class Identifier(Struct, frozen=True, omit_defaults=True, gc=False):
    """An identifier in normal form.

    `scheme`: doi, handle, url, issn, isbn, arxiv, pmid, urn, other; `role`: self, version, alternate.
    """

    scheme: str
    value: str
    url: str | None = None
    role: str = "self"


class Language(Struct, frozen=True, omit_defaults=True, gc=False):
    """A BCP 47 tag and the source's word for it; `tag` is None where it was not understood."""

    tag: str | None
    literal: str = ""


class Subject(Struct, frozen=True, omit_defaults=True, gc=False):
    """A subject, with its scheme and URI where the source names them."""

    value: str
    scheme: str | None = None
    uri: str | None = None
    lang: str | None = None


class Rights(Struct, frozen=True, omit_defaults=True, gc=False):
    """A licence or rights statement; `label` is short ("CC BY 4.0") where the URI is known, else the literal."""

    label: str
    literal: str = ""
    uri: str | None = None


class Link(Struct, frozen=True, omit_defaults=True, gc=False):
    """A typed link from this item.

    `relation` is a name of `harvester.values.relations` (has_part, is_part_of, references, relation …), or the source's
    own word in snake_case.

    One of doi (lower case), url or title says what is linked. It may be an item of ours or not; a url may be the path
    of an item's page, such as /items/01kt….
    """

    relation: str
    doi: str | None = None
    url: str | None = None
    title: str | None = None


class Metadata(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What one record says about a work, normalised. Lists keep the source's order; nothing is invented.

    `extra` holds every other property by its snake_case name. `origin` names for a field the rule it came by where
    that is not its own element (`citation`, `inferred`). `quality` holds codes such as `date_from_citation`,
    `date_not_understood`.
    """

    title: tuple[Text, ...] = ()
    alternative: tuple[Text, ...] = ()
    abstract: tuple[Text, ...] = ()
    description: tuple[Text, ...] = ()
    creator: tuple[Agent, ...] = ()
    contributor: tuple[Agent, ...] = ()
    date: Date | None = None
    dates: tuple[Date, ...] = ()
    volume: str | None = None
    issue: str | None = None
    pages: Pages | None = None
    container: Container | None = None
    publisher: tuple[str, ...] = ()
    resource_type: tuple[Term, ...] = ()
    resource_status: tuple[Term, ...] = ()
    genre: tuple[Term, ...] = ()
    funding: tuple[Funding, ...] = ()
    citation: Citation | None = None
    doi: str | None = None
    identifier: tuple[Identifier, ...] = ()
    language: tuple[Language, ...] = ()
    subject: tuple[Subject, ...] = ()
    rights: tuple[Rights, ...] = ()
    access: Term | None = None
    links: tuple[Link, ...] = ()
    extra: dict[str, tuple[str, ...]] = {}
    origin: dict[str, str] = {}
    quality: tuple[str, ...] = ()


class Provenance(Struct, frozen=True, omit_defaults=True, gc=False):
    """One record behind an item. `page` is the archived page it was last read from, as RUN/NUMBER."""

    endpoint: str
    metadata_prefix: str
    identifier: str
    datestamp: str
    sets: tuple[str, ...] = ()
    deleted: bool = False
    page: str = ""


class Item(Metadata, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What readers see.

    A work with a stable id. `harvested` is the UTC time of its last change (ISO 8601, seconds, Z). `merged_into` is
    the item that it is a part of; it is a tombstone then.
    """

    id: str
    schema: str
    version: int
    deleted: bool = False
    merged_into: str | None = None
    harvested: str
    provenance: tuple[Provenance, ...] = ()


RESERVED_NAMES: Final = frozenset(Metadata.__struct_fields__ + Item.__struct_fields__) | {
    *("year", "funder", "grant_number", "endpoint", "set", "metadata_prefix", "links_to"),
}
"""Names that an undeclared property may not take, for they mean something of their own; nor may it one of
`harvester.values.relations`."""
