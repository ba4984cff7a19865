"""Where a work appeared: container, volume, issue and pages, from their own elements or else from a citation sentence.

In oai_dc these are nearly always inside a sentence in identifier, source or bibliographicCitation (research of the
project, data 6). Structured values win; what came from a sentence is named so, and the sentence is kept.
"""

import functools
import re
from typing import Final

from msgspec import Struct, structs

from harvester.crosswalk.reading import Reading
from harvester.item import Agent, Citation, Container, Pages
from harvester.values.citations import CitationFacts, parse_citation
from harvester.values.identifiers import parse_identifier
from harvester.values.pages import parse_pages
from harvester.values.texts import clean_text
from harvester.values.types import classify_type

CONTAINER_MAX_CHARACTERS: Final = 200
SHORT_WORD: Final = 3
IS_NO_TITLE: Final = re.compile(r"https?:|info:|doi:|urn:|oai:|issn\b|isbn\b|[\W\d]*$", re.IGNORECASE)
FIGURE: Final = re.compile(r"\d")
NUMBERED: Final = re.compile(r"\d[\d\s:;,()./–-]*$|10\.\d{4,9}/")
YEARS: Final = re.compile(
    r"\s*\(\d{4}\s*[-–]\s*(?:\d{4}|[Pp]resent)?\)$"
)  # of a series: "Dissertations (2014-Present)"
IN_ISSUE: Final = re.compile(r";\s*(?:[Vv]ol|[Vv]\.|[Nn]o\b|[Nn][úu]m|[Nn]r\b|Bd)")
PLACE_IN_ADDRESS: Final = re.compile(r"/vol(\d{1,4})/iss(\w{1,10})(?:/|$)")  # bepress
UNBOUND: Final = frozenset(
    {"image", "still image", "photograph", "moving image", "video", "sound", "map", "physical object", "sculpture"}
)
PUBLISHED_IN: Final = ("IsPublishedIn", "IsPartOf", "Series", "")
ENUMERATION: Final = (
    ("volume", re.compile(r"\b(?:vol|v|bd|band|roč|tome?|t|jg)\b\.?\s*(\d+)", re.IGNORECASE)),
    ("issue", re.compile(r"\b(?:no|nr|n|č|iss|issue|h|heft|cis)\b\.?\s*(\d+(?:[/-]\d+)?)", re.IGNORECASE)),
    ("pages", re.compile(r"\b(?:pp?|s|pages?|seiten?)\b\.?\s*(\d+(?:\s*[-–]\s*\d+)?)", re.IGNORECASE)),
)


class Cited(Struct, frozen=True, gc=False):
    """What is known of the place of publication. `by_citation` names the fields that only a citation sentence gave.

    `by_address` names those that only an address gave.
    """

    container: Container | None = None
    volume: str | None = None
    issue: str | None = None
    pages: Pages | None = None
    citation: Citation | None = None
    year: int | None = None
    doi: str | None = None
    authors: tuple[Agent, ...] = ()
    by_citation: tuple[str, ...] = ()
    by_address: tuple[str, ...] = ()


def cite(targets: dict[str, list[Reading]]) -> Cited:
    """Gather where the work appeared from all readings of one record."""
    items = targets.get("related_item", [])
    item = _joined(items) if items else None
    facts = _sentence(targets)
    volume = _first(targets, "volume") or _part(item, "volume")
    issue = _first(targets, "issue") or _part(item, "issue")
    pages = parse_pages(_first(targets, "pages") or _span(item) or _part(item, "pages") or "")
    container = _container(targets, item)
    by_citation = []
    if facts is not None:
        if volume is None and facts.volume:
            volume, issue = facts.volume, issue or facts.issue
            by_citation += ["volume", "issue"] if issue else ["volume"]
        elif volume is None and issue is None and facts.issue:
            issue = facts.issue
            by_citation.append("issue")
        if pages is None and facts.pages:
            pages = facts.pages
            by_citation.append("pages")
        if container is None and facts.container:
            container = Container(facts.container, issn=_issns(targets))
            by_citation.append("container")
    if container is None:
        container = _whole(targets) or _plain_source(targets) or _named_by_citation(targets)
    by_address: tuple[str, ...] = ()
    if volume is None and container is not None and (place := _place_in_address(targets)):
        volume, issue = place
        by_address = ("volume", "issue")
    return Cited(
        container=container,
        volume=volume,
        issue=issue,
        pages=pages,
        citation=_citation(targets, facts),
        year=facts.year if facts else None,
        doi=facts.doi if facts else None,
        authors=facts.authors if facts else (),
        by_citation=tuple(by_citation),
        by_address=by_address,
    )


def _sentence(targets: dict[str, list[Reading]]) -> CitationFacts | None:
    """Give the facts of the first reading that is clearly a citation.

    The citation of another version (arXiv's journal-ref) or a relation does not tell the work's own DOI.
    """
    series = _series(targets.get("description", []))
    for name in ("citation", "identifier", "source", "description"):
        for reading in targets.get(name, ()):
            wanted = " " in reading.text if name != "description" else reading in series
            if wanted and (facts := parse_citation(clean_text(reading.text))) is not None:
                return structs.replace(facts, doi=None) if reading.kind == "version" else facts
    for reading in targets.get("relation", ()):
        if IN_ISSUE.search(reading.text) and (facts := parse_citation(clean_text(reading.text))) is not None:
            return structs.replace(facts, doi=None)
    return None


def _series(descriptions: list[Reading]) -> list[Reading]:
    """Give the descriptions that say in which series a work stands; in Dublin Core DataCite writes so before them."""
    before = ["", *(reading.text for reading in descriptions)]
    pairs = zip(before, descriptions, strict=False)
    return [reading for said, reading in pairs if reading.kind == "series" or said == "SeriesInformation"]


def _citation(targets: dict[str, list[Reading]], facts: CitationFacts | None) -> Citation | None:
    text = _first(targets, "citation") or (facts.text if facts else None)
    return Citation(clean_text(text)) if text else None


def _container(targets: dict[str, list[Reading]], item: Reading | None) -> Container | None:
    title = _part(item, "title")
    if item is None or title is None:
        return None
    issns = tuple(dict.fromkeys([*_checked(item.parts.get("issn", []), "issn"), *_issns(targets)]))
    return Container(
        clean_text(title),
        (_part(item, "type") or "").lower() or None,
        issns,
        _checked(item.parts.get("isbn", []), "isbn"),
    )


def _whole(targets: dict[str, list[Reading]]) -> Container | None:
    """Give what the work is said to be part of by its title, without a number of a volume or series behind it."""
    for reading in targets.get("link", ()):
        if reading.kind not in {"is_part_of", "IsPartOf"} or reading.parts.get("scheme"):
            continue
        text = clean_text(reading.text)
        if text and len(text) <= CONTAINER_MAX_CHARACTERS and not IS_NO_TITLE.match(text) and not NUMBERED.search(text):
            return Container(text, issn=_issns(targets))
    return None


def _plain_source(targets: dict[str, list[Reading]]) -> Container | None:
    """Give the source where it is a mere title.

    That is one without an address, a number or the length of a sentence, of a work that can be part of one; a
    person's own page and a publisher are none.
    """
    for reading in targets.get("source", ()):
        text = clean_text(reading.text)
        if not _may_be_title(text) or _is_own_page(text, targets) or _is_publisher(text, targets):
            continue
        types = (classify_type(type_reading.text).resource_type for type_reading in targets.get("type", ()))
        if any(term is not None and term.label in UNBOUND for term in types):
            return None
        return Container(text, issn=_issns(targets))
    return None


def _may_be_title(text: str) -> bool:
    first = text.partition(" ")
    is_word = first[1] and len(first[0]) > SHORT_WORD and first[0].isalpha() and first[0].islower()
    if is_word or len(text) > CONTAINER_MAX_CHARACTERS or IS_NO_TITLE.match(text):
        return False
    return not FIGURE.search(YEARS.sub("", text) if text.endswith(")") else text)


def _is_publisher(text: str, targets: dict[str, list[Reading]]) -> bool:
    """Tell whether a source is one of the record's publishers, as archives say where a thing came from."""
    return any(reading.text.strip() == text for reading in targets.get("publisher", ()))


def _is_own_page(text: str, targets: dict[str, list[Reading]]) -> bool:
    """Tell whether a source is the name of a creator, which may have initials of more given names."""
    words = frozenset(text.replace(",", " ").split())
    initials = {word for word in words if len(word.rstrip(".")) == 1}
    names = (frozenset(reading.text.replace(",", " ").split()) for reading in targets.get("creator", ()))
    return any(name and name <= words and words - name <= initials for name in names)


def _named_by_citation(targets: dict[str, list[Reading]]) -> Container | None:
    """Give what a citation is where the place in it has elements of its own: the mere title (Cyberleninka)."""
    if not any(name in targets for name in ("volume", "issue", "pages")) or "issn" not in targets:
        return None
    text = clean_text(_first(targets, "citation") or "")
    return Container(text, issn=_issns(targets)) if text and _may_be_title(text) else None


def _place_in_address(targets: dict[str, list[Reading]]) -> tuple[str, str] | None:
    for reading in targets.get("identifier", ()):
        if "/vol" in reading.text and (found := PLACE_IN_ADDRESS.search(reading.text)):
            return found[1], found[2]
    return None


def _issns(targets: dict[str, list[Reading]]) -> tuple[str, ...]:
    said = [reading.text for reading in targets.get("issn", ())]
    said += [reading.text for reading in targets.get("source", ()) if len(reading.text) < 20 and "-" in reading.text]
    return _checked(said, "issn")


def _checked(texts: list[str], scheme: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys([number for text in texts if (number := _number(text, scheme))])) if texts else ()


@functools.lru_cache(maxsize=4096)  # the same journals stand in many records of a repository
def _number(text: str, scheme: str) -> str | None:
    identifier = parse_identifier(f"{scheme}:{text}" if text[:1].isdigit() else text)
    return identifier.value if identifier and identifier.scheme == scheme else None


def _joined(readings: list[Reading]) -> Reading | None:
    """Give what the work appeared in; numbers that stand beside it count as its own."""
    chosen = next((reading for kind in PUBLISHED_IN for reading in readings if reading.kind == kind), None)
    if chosen is None:
        return None
    parts = dict(chosen.parts)
    for reading in readings:
        if not reading.kind:
            parts = {**reading.parts, **parts}
    for text in parts.get("enumeration", ()):
        for name, pattern in ENUMERATION:
            if name not in parts and (found := pattern.search(text)):
                parts[name] = [found[1]]
    if "title" not in parts and "name" in parts:
        parts["title"] = parts["name"]
    return structs.replace(chosen, parts=parts)


def _span(item: Reading | None) -> str:
    first, last = _part(item, "first"), _part(item, "last")
    return f"{first}-{last}" if first and last and first != last else first or ""


def _first(targets: dict[str, list[Reading]], name: str) -> str | None:
    readings = targets.get(name)
    return readings[0].text if readings else None


def _part(reading: Reading | None, name: str) -> str | None:
    found = reading.parts.get(name) if reading else None
    return found[0] if found else None
