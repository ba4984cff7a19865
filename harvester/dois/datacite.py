"""DataCite's JSON (the attributes of a DOI) to metadata."""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from harvester.crosswalk.dating import choose_date, is_unavailable
from harvester.crosswalk.reading import Reading, snake_case
from harvester.dois.people import read_issns, read_own_doi, read_person
from harvester.item import (
    Agent,
    Container,
    Date,
    Funding,
    Language,
    Link,
    Metadata,
    Pages,
    Rights,
    Subject,
    Term,
    Text,
)
from harvester.values.dois import find_doi
from harvester.values.funding import funder_address, known_funder
from harvester.values.identifiers import parse_identifier
from harvester.values.languages import parse_language
from harvester.values.pages import parse_pages
from harvester.values.relations import normal_relation
from harvester.values.rights import parse_rights
from harvester.values.texts import clean_text
from harvester.values.types import GENERIC_TYPES, classify_type

TITLE_KINDS: Final = {"Subtitle": "subtitle", "TranslatedTitle": "translated"}
DESCRIPTION_KINDS: Final = {"TableOfContents": "toc", "TechnicalInfo": "note", "SeriesInformation": "note"}
DATE_KINDS: Final = frozenset(["issued", "created", "submitted", "accepted", "available", "updated", "collected"])
Number = str | int | float | None


class Title(Struct, gc=False, rename="camel"):
    """A title with its type and language."""

    title: str | None = None
    title_type: str | None = None
    lang: str | None = None


class Person(Struct, gc=False, rename="camel"):
    """A creator or contributor."""

    name: str | None = None
    name_type: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    contributor_type: str | None = None
    affiliation: list[msgspec.Raw] | None = None
    name_identifiers: list[dict[str, object]] | dict[str, object] | None = None


class Publisher(Struct, gc=False):
    """A publisher, where it is asked for with its identifier."""

    name: str | None = None


class Dated(Struct, gc=False, rename="camel"):
    """A date with its type."""

    date: Number = None
    date_type: str | None = None


class Types(Struct, gc=False, rename="camel"):
    """The general type and the depositor's own words."""

    resource_type_general: str | None = None
    resource_type: str | None = None


class Subjected(Struct, gc=False, rename="camel"):
    """A subject with its scheme."""

    subject: Number = None
    subject_scheme: str | None = None
    value_uri: str | None = None
    lang: str | None = None


class Related(Struct, gc=False, rename="camel"):
    """A link to another work."""

    relation_type: str | None = None
    related_identifier: str | None = None
    related_identifier_type: str | None = None


class Righted(Struct, gc=False, rename="camel"):
    """A licence or an access term."""

    rights: str | None = None
    rights_uri: str | None = None


class Described(Struct, gc=False, rename="camel"):
    """A description with its type."""

    description: str | None = None
    description_type: str | None = None
    lang: str | None = None


class Funded(Struct, gc=False, rename="camel"):
    """A funder with a grant."""

    funder_name: str | None = None
    funder_identifier: str | None = None
    award_number: Number = None
    award_title: str | None = None
    award_uri: str | None = None


class Contained(Struct, gc=False, rename="camel"):
    """What a work appeared in."""

    type: str | None = None
    title: str | None = None
    identifier: str | None = None
    identifier_type: str | None = None
    volume: Number = None
    issue: Number = None
    first_page: Number = None
    last_page: Number = None


class Attributes(Struct, gc=False, rename="camel"):
    """What is registered for a DOI, as far as it is read here."""

    doi: str = ""
    titles: list[Title] | None = None
    creators: list[Person] | None = None
    contributors: list[Person] | None = None
    publisher: str | Publisher | None = None
    publication_year: Number = None
    dates: list[Dated] | None = None
    types: Types | None = None
    subjects: list[Subjected] | None = None
    language: str | None = None
    related_identifiers: list[Related] | None = None
    rights_list: list[Righted] | None = None
    descriptions: list[Described] | None = None
    funding_references: list[Funded] | None = None
    container: Contained | None = None
    version: Number = None


class Entry(Struct, gc=False):
    """One DOI in an answer."""

    attributes: Attributes


ENTRY_DECODER: Final = msgspec.json.Decoder(Entry)


def map_datacite(content: bytes | msgspec.Raw) -> Metadata:
    """Give the metadata of one DOI. Raises: msgspec.ValidationError where it has not the shape of one."""
    said = ENTRY_DECODER.decode(content).attributes
    doi = read_own_doi(said.doi)
    title, alternative = _titles(said.titles)
    abstract, description = _descriptions(said.descriptions)
    date, dates, withdrawn = _dates(said)
    rights, access = _rights(said.rights_list)
    container = said.container or Contained()
    version = _text(said.version)
    own = parse_identifier(doi) if doi else None
    quality = [code for code, missing in (("no_title", not title), ("no_date", date is None)) if missing]
    return Metadata(
        title=title,
        alternative=alternative,
        abstract=abstract,
        description=description,
        creator=_agents(said.creators),
        contributor=_agents(said.contributors),
        date=date,
        dates=dates,
        volume=_text(container.volume),
        issue=_text(container.issue),
        pages=_pages(container),
        container=_container(container),
        publisher=_publisher(said.publisher),
        resource_type=_types(said.types),
        resource_status=(Term("Retracted", "Withdrawn"),) if withdrawn else (),
        funding=_funding(said.funding_references),
        doi=doi,
        identifier=(own,) if own else (),
        language=_languages(said.language),
        subject=_subjects(said.subjects),
        rights=rights,
        access=access,
        links=_links(said.related_identifiers, doi),
        extra={"version": (version,)} if version else {},
        quality=(*quality, *(["retracted"] if withdrawn else [])),
    )


def _text(said: Number) -> str | None:
    text = clean_text(str(said)) if said is not None else ""
    return text if text and not is_unavailable(text) else None


def _titles(titles: Iterable[Title] | None) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    texts = [
        (title.title_type, Text(text, title.lang or None, TITLE_KINDS.get(title.title_type or "")))
        for title in titles or ()
        if (text := _text(title.title))
    ]
    main = next((text for kind, text in texts if not kind), texts[0][1] if texts else None)
    others = [text for _, text in texts if text is not main]
    return (Text(main.value, main.lang),) if main else (), tuple(dict.fromkeys(others))


def _descriptions(said: Iterable[Described] | None) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    abstracts, others = [], []
    for entry in said or ():
        text = _text(entry.description)
        if text and entry.description_type == "Abstract":
            abstracts.append(Text(text, entry.lang or None))
        elif text:
            others.append(Text(text, entry.lang or None, DESCRIPTION_KINDS.get(entry.description_type or "")))
    return tuple(dict.fromkeys(abstracts)), tuple(dict.fromkeys(others))


def _agents(people: Iterable[Person] | None) -> tuple[Agent, ...]:
    found = []
    for person in people or ():
        numbers = person.name_identifiers
        listed = [numbers] if isinstance(numbers, dict) else numbers or []
        orcids = [str(entry.get("nameIdentifier")) for entry in listed if entry.get("nameIdentifierScheme") == "ORCID"]
        agent = read_person(
            family=person.family_name,
            given=person.given_name,
            name=person.name,
            orcid=next(iter(orcids), None),
            affiliations=person.affiliation,
            role=snake_case(person.contributor_type) if person.contributor_type else None,
            is_organization=person.name_type == "Organizational",
        )
        if agent is not None:
            found.append(agent)
    return tuple(dict.fromkeys(found))


def _dates(said: Attributes) -> tuple[Date | None, tuple[Date, ...], bool]:
    """Give the date of the work, the others, and whether it was withdrawn; the year of publication is of issue."""
    readings = []
    withdrawn = False
    for entry in said.dates or ():
        kind = snake_case(entry.date_type or "")
        withdrawn = withdrawn or kind == "withdrawn"
        text = _text(entry.date)
        if text and kind != "withdrawn":
            readings.append(Reading(text, kind=kind if kind in DATE_KINDS else "other"))
    year = _text(said.publication_year)
    if year:
        readings.append(Reading(year, kind="publication_year"))
    dating = choose_date(readings)
    others = [date for date in dating.others if date.kind != "issued" or not _says(dating.date, date)]
    return dating.date, tuple(others), withdrawn


def _says(date: Date | None, coarse: Date) -> bool:
    return date is not None and (date.edtf or "").startswith(coarse.edtf or "")


def _publisher(said: str | Publisher | None) -> tuple[str, ...]:
    text = _text(said.name if isinstance(said, Publisher) else said)
    return (text,) if text else ()


def _types(types: Types | None) -> tuple[Term, ...]:
    """Give the type: the general one, unless the depositor's own word is known and says more."""
    own = classify_type(types.resource_type) if types is not None and types.resource_type else None
    general = classify_type(types.resource_type_general) if types is not None and types.resource_type_general else None
    vague = general is None or general.resource_type is None or general.resource_type.label.lower() in GENERIC_TYPES
    if own is not None and own.known and own.resource_type and vague:
        return (own.resource_type,)
    if general is not None and general.resource_type:
        return (general.resource_type,)
    return (own.resource_type,) if own is not None and own.resource_type else ()


def _pages(container: Contained) -> Pages | None:
    first, last = _text(container.first_page), _text(container.last_page)
    return parse_pages(f"{first}-{last}" if first and last else first or "")


def _container(said: Contained) -> Container | None:
    title = _text(said.title)
    if not title:
        return None
    number = [said.identifier] if said.identifier else []
    issn = read_issns(number, "issn") if said.identifier_type == "ISSN" else ()
    isbn = read_issns(number, "isbn") if said.identifier_type == "ISBN" else ()
    return Container(title, snake_case(said.type) if said.type else None, issn, isbn)


def _languages(said: str | None) -> tuple[Language, ...]:
    return (parse_language(said),) if said and said.strip() else ()


def _subjects(said: Iterable[Subjected] | None) -> tuple[Subject, ...]:
    found = [
        Subject(text, entry.subject_scheme or None, entry.value_uri or None, entry.lang or None)
        for entry in said or ()
        if (text := _text(entry.subject))
    ]
    return tuple(dict.fromkeys(found))


def _rights(said: Iterable[Righted] | None) -> tuple[tuple[Rights, ...], Term | None]:
    rights: list[Rights] = []
    access: Term | None = None
    for entry in said or ():
        facts = parse_rights(entry.rights_uri or clean_text(entry.rights or ""))
        if facts.rights:
            literal = clean_text(entry.rights or "") or facts.rights.literal
            rights.append(Rights(facts.rights.label, literal, facts.rights.uri))
        access = access or facts.access
    return tuple(dict.fromkeys(rights)), access


def _funding(said: Iterable[Funded] | None) -> tuple[Funding, ...]:
    found = []
    for entry in said or ():
        name = _text(entry.funder_name)
        label, uri = known_funder(name) if name else (None, None)
        funding = Funding(
            label or name,
            funder_address(entry.funder_identifier or "") or uri,
            _text(entry.award_number),
            _text(entry.award_title),
            _text(entry.award_uri),
        )
        if funding.funder or funding.number:
            found.append(funding)
    return tuple(dict.fromkeys(found))


def _links(said: Iterable[Related] | None, own: str | None) -> tuple[Link, ...]:
    found = []
    for entry in said or ():
        text = (entry.related_identifier or "").strip()
        relation = normal_relation(entry.relation_type or "")
        doi = find_doi(text)
        if doi and doi != own:
            found.append(Link(relation, doi=doi))
        elif not doi and text:
            is_url = text.startswith(("http://", "https://"))
            identifier = None if is_url else parse_identifier(f"{entry.related_identifier_type}:{text}")
            url = text if is_url else identifier.url if identifier else None
            found.append(Link(relation, url=url) if url else Link(relation, title=text))
    return tuple(dict.fromkeys(found))
