"""Crossref's JSON and CSL-JSON to metadata: one shape, for CSL-JSON is what other agencies answer with.

In CSL-JSON a title is one text and in Crossref's a list; dates are the same lists of numbers, [[null]] for none. Only
what is said of the work is read: the registration's own dates, references and counts are not.
"""

import functools
import re
from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from harvester.dois.notices import Notice, normal_kind, status_of
from harvester.dois.people import read_issns, read_own_doi, read_person
from harvester.item import (
    Agent,
    Container,
    Date,
    Funding,
    Identifier,
    Language,
    Link,
    Metadata,
    Pages,
    Rights,
    Subject,
    Term,
    Text,
)
from harvester.values.dates import parse_date
from harvester.values.dois import doi_address, find_doi
from harvester.values.identifiers import parse_identifier
from harvester.values.languages import parse_language
from harvester.values.pages import parse_pages
from harvester.values.relations import normal_relation
from harvester.values.rights import parse_rights
from harvester.values.texts import clean_text
from harvester.values.types import classify_type

Texts = str | list[str | None] | None
Number = str | int | float | None

_SPECIAL: Final = {"doi": "DOI", "issn": "ISSN", "isbn": "ISBN", "url": "URL"}
_ABSTRACT_TITLE: Final = re.compile(
    r"<jats:title>\s*(?:abstract|summary|résumé|resumen|resumo|zusammenfassung)\s*:?\s*</jats:title>", re.IGNORECASE
)
CONTAINERS: Final = {
    "journal-article": "journal",
    "article-journal": "journal",
    "book-chapter": "book",
    "book-section": "book",
    "chapter": "book",
    "proceedings-article": "proceedings",
    "paper-conference": "proceedings",
    "book": "series",
    "monograph": "series",
    "report": "series",
}
SELF_ISBN: Final = frozenset(
    ["book", "monograph", "edited-book", "reference-book", "proceedings", "report", "dissertation"]
)


def _rename(name: str) -> str:
    return _SPECIAL.get(name, name.rstrip("_").replace("_", "-"))


class Parts(Struct, gc=False, rename=_rename):
    """A date as lists of numbers, of which only the first counts; or as words."""

    date_parts: list[list[int | str | None] | None] | None = None
    raw: str | None = None
    literal: str | None = None


class Named(Struct, gc=False):
    """An identifier with its type."""

    id: str | None = None
    id_type: str | None = msgspec.field(default=None, name="id-type")


class Funder(Struct, gc=False, rename=_rename):
    """A funder with its grants."""

    name: str | None = None
    doi: str | None = None
    award: list[str | None] | None = None


class Licence(Struct, gc=False, rename=_rename):
    """A licence by its address; `content_version` is what it is for: vor, am, tdm, unspecified."""

    url: str | None = None
    content_version: str | None = None


class Update(Struct, gc=False, rename=_rename):
    """That a notice changes a work: a retraction, a correction."""

    doi: str | None = None
    type: str | None = None


class Person(Struct, gc=False, rename=_rename):
    """A person or organisation as registered."""

    given: str | None = None
    family: str | None = None
    suffix: str | None = None
    name: str | None = None
    literal: str | None = None
    orcid: str | None = msgspec.field(default=None, name="ORCID")
    affiliation: list[msgspec.Raw] | None = None


class Work(Struct, gc=False, rename=_rename):
    """What is registered for a work, as far as it is read here."""

    doi: str = ""
    type: str | None = None
    subtype: str | None = None
    title: Texts = None
    subtitle: Texts = None
    original_title: Texts = None
    author: list[Person] | None = None
    editor: list[Person] | None = None
    translator: list[Person] | None = None
    chair: list[Person] | None = None
    container_title: Texts = None
    issn: Texts = None
    isbn: Texts = None
    volume: Number = None
    issue: Number = None
    page: Number = None
    article_number: Number = None
    published_print: Parts | None = None
    published_online: Parts | None = None
    published: Parts | None = None
    posted: Parts | None = None
    issued: Parts | None = None
    accepted: Parts | None = None
    publisher: Texts = None
    abstract: Texts = None
    funder: list[Funder] | None = None
    license: list[Licence] | str | None = None
    relation: dict[str, list[Named] | Named | None] | None = None
    update_to: list[Update] | None = None
    updated_by: list[Update] | None = None
    language: str | None = None
    subject: list[str | None] | str | None = None


class Noticed(Struct, gc=False, rename=_rename):
    """What a notice says of the works that it changes."""

    doi: str = ""
    update_to: list[Update] | None = None


WORK_DECODER: Final = msgspec.json.Decoder(Work)
NOTICE_DECODER: Final = msgspec.json.Decoder(Noticed)


def map_work(content: bytes | msgspec.Raw) -> Metadata:
    """Give the metadata of one work. Raises: msgspec.ValidationError where it has not the shape of one."""
    work = WORK_DECODER.decode(content)
    doi = read_own_doi(work.doi)
    title, alternative = _titles(work)
    date, dates = _dates(work)
    status, notices = _updates(work)
    quality = [code for code, missing in (("no_title", not title), ("no_date", date is None)) if missing]
    return Metadata(
        title=title,
        alternative=alternative,
        abstract=tuple(Text(text) for text in _abstracts(work)),
        creator=_agents(work.author),
        contributor=_agents(work.editor, "editor")
        + _agents(work.translator, "translator")
        + _agents(work.chair, "chair"),
        date=date,
        dates=dates,
        volume=_text(work.volume),
        issue=_text(work.issue),
        pages=_pages(work),
        container=_container(work),
        publisher=tuple(_texts(work.publisher)[:1]),
        resource_type=_types(work),
        resource_status=status,
        funding=_funding(work.funder),
        doi=doi,
        identifier=_identifiers(work, doi),
        language=_languages(work.language),
        subject=tuple(Subject(text) for text in _texts(work.subject)),
        rights=_rights(work.license),
        links=_links(work.relation, doi) + notices,
        quality=(*quality, *(["retracted"] if any(term.label == "Retracted" for term in status) else [])),
    )


def read_notice(content: bytes | msgspec.Raw) -> tuple[Notice, ...]:
    """Give the works that one changes, as a notice of a retraction or correction; itself apart."""
    said = NOTICE_DECODER.decode(content)
    own = read_own_doi(said.doi) or ""
    named = [(find_doi(update.doi or ""), normal_kind(update.type)) for update in said.update_to or ()]
    return tuple(sorted({Notice(doi, own, kind) for doi, kind in named if doi and own and doi != own}))


def _texts(said: Texts) -> list[str]:
    if said is None:
        return []
    given = [said] if isinstance(said, str) else said
    return [text for part in given if part and (text := clean_text(part))]


def _text(said: Number) -> str | None:
    return (clean_text(str(said)) or None) if said is not None else None


def _titles(work: Work) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    titles = _texts(work.title)
    others = [Text(text) for text in titles[1:]]
    others += [Text(text, kind="subtitle") for text in _texts(work.subtitle)]
    others += [Text(text) for text in _texts(work.original_title) if text not in titles]
    return tuple(map(Text, titles[:1])), tuple(dict.fromkeys(others))


def _abstracts(work: Work) -> list[str]:
    if isinstance(work.abstract, str):
        return _texts(_ABSTRACT_TITLE.sub("", work.abstract))
    return _texts(work.abstract)


def _agents(people: list[Person] | None, role: str | None = None) -> tuple[Agent, ...]:
    found = [
        read_person(
            family=person.family,
            given=person.given,
            suffix=person.suffix,
            name=person.name or person.literal,
            orcid=person.orcid,
            affiliations=person.affiliation,
            role=role,
            is_organization=bool(person.name) and not person.family,
        )
        for person in people or ()
    ]
    return tuple(agent for agent in found if agent is not None)


def _dates(work: Work) -> tuple[Date | None, tuple[Date, ...]]:
    """Give the earliest date of publication, and the others; of two that agree the finer one is the earlier."""
    published = (work.published_print, work.published_online, work.published, work.posted)
    known = [date for parts in published if parts is not None and (date := _date(parts, "issued"))]
    if not known and work.issued is not None and (date := _date(work.issued, "issued")):
        known = [date]
    accepted = _date(work.accepted, "accepted") if work.accepted is not None else None
    if not known:
        return None, (accepted,) if accepted else ()
    first = known[0]
    for date in known[1:]:
        mine, other = first.edtf or "", date.edtf or ""
        if other.startswith(mine) or (other < mine and not mine.startswith(other)):
            first = date
    others = [date for date in dict.fromkeys(known) if not (first.edtf or "").startswith(date.edtf or "")]
    return first, (*others, *([accepted] if accepted else []))


def _date(parts: Parts, kind: str) -> Date | None:
    said = parts.date_parts[0] if parts.date_parts else None
    numbers = []
    for number in said or ():
        if not isinstance(number, int) and not (isinstance(number, str) and number.isdecimal()):
            break
        numbers.append(int(number))
    if numbers:
        return _of_numbers(tuple(numbers[:3]), kind)
    date = parse_date(parts.raw or parts.literal or "", kind)
    return date if date.edtf else None


@functools.lru_cache(maxsize=16384)
def _of_numbers(numbers: tuple[int, ...], kind: str) -> Date | None:
    """Give the date of a year, a month and a day; a month or day that cannot be is left out."""
    for count in range(len(numbers), 0, -1):
        text = "-".join([f"{numbers[0]:04}", *(f"{number:02}" for number in numbers[1:count])])
        date = parse_date(text, kind)
        if date.edtf is not None:
            return date
    return None


def _pages(work: Work) -> Pages | None:
    pages = parse_pages(str(work.page)) if work.page is not None else None
    article = _text(work.article_number)
    return pages or (Pages(article, article=article) if article else None)


def _container(work: Work) -> Container | None:
    titles = _texts(work.container_title)
    if not titles:
        return None
    isbn = () if work.type in SELF_ISBN else read_issns(_texts(work.isbn), "isbn")
    return Container(titles[0], CONTAINERS.get(work.type or ""), read_issns(_texts(work.issn), "issn"), isbn)


def _types(work: Work) -> tuple[Term, ...]:
    for word in (work.subtype, work.type):
        facts = classify_type(word) if word else None
        if facts is not None and facts.known and facts.resource_type:
            return (facts.resource_type,)
    facts = classify_type(work.type) if work.type else None
    return (facts.resource_type,) if facts is not None and facts.resource_type else ()


def _updates(work: Work) -> tuple[tuple[Term, ...], tuple[Link, ...]]:
    """Give the status that notices on a work give it, and the links between notice and work.

    A work that was retracted in its own place may be its own notice.
    """
    links: list[Link] = []
    for update in work.updated_by or ():
        links += _update_link("is_updated_by", update, work.doi)
    for update in work.update_to or ():
        links += _update_link("updates", update, work.doi)
    on_it = [*(work.updated_by or ()), *(update for update in work.update_to or () if _names(update, work.doi))]
    return status_of(normal_kind(update.type) for update in on_it), tuple(dict.fromkeys(links))


def _names(update: Update, own: str) -> bool:
    return find_doi(update.doi or "") == read_own_doi(own)


def _update_link(relation: str, update: Update, own: str) -> list[Link]:
    doi = find_doi(update.doi or "")
    return [Link(relation, doi=doi)] if doi and not _names(update, own) else []


def _funding(funders: Iterable[Funder] | None) -> tuple[Funding, ...]:
    found = []
    for funder in funders or ():
        name = clean_text(funder.name or "") or None
        doi = find_doi(funder.doi or "")
        uri = doi_address(doi) if doi else None
        numbers = [text for award in funder.award or () if award and (text := clean_text(award))]
        if name or uri:
            found += [Funding(name, uri, number) for number in numbers] or [Funding(name, uri)]
    return tuple(dict.fromkeys(found))


def _identifiers(work: Work, doi: str | None) -> tuple[Identifier, ...]:
    own = parse_identifier(doi) if doi else None
    isbn = read_issns(_texts(work.isbn), "isbn") if work.type in SELF_ISBN else ()
    return (*([own] if own else []), *(Identifier("isbn", number) for number in isbn))


def _languages(said: str | None) -> tuple[Language, ...]:
    return (parse_language(said),) if said and said.strip() else ()


def _rights(said: list[Licence] | str | None) -> tuple[Rights, ...]:
    """Give the licences of the work; those for text mining alone allow readers nothing."""
    if isinstance(said, str):
        said = [Licence(said)]
    addresses = [licence.url for licence in said or () if licence.url and licence.content_version != "tdm"]
    found = [facts.rights for address in addresses if (facts := parse_rights(address)).rights]
    return tuple(dict.fromkeys(rights for rights in found if rights is not None))


def _links(relation: dict[str, list[Named] | Named | None] | None, own: str | None) -> tuple[Link, ...]:
    links = []
    for kind, targets in (relation or {}).items():
        for target in [targets] if isinstance(targets, Named) else targets or ():
            text = target.id or ""
            doi = find_doi(text) if (target.id_type or "doi").lower() == "doi" else None
            if doi and doi != own:
                links.append(Link(normal_relation(kind), doi=doi))
            elif not doi and text.startswith(("http://", "https://")):
                links.append(Link(normal_relation(kind), url=text))
    return tuple(dict.fromkeys(links))
