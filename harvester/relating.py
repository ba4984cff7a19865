"""What a work is called by, what it is linked to, and who paid for it: readings of identifier, relation and link.

A DOI in a relation stays a relation: a wrong DOI of its own is the worst error an item can have (research of the
project, data 2).
"""

from typing import Final

from msgspec import Struct, structs

from harvester.item import Funding, Identifier, Link
from harvester.reading import Reading, snake_case
from harvester.values.dois import find_doi
from harvester.values.funding import known_funder, parse_grant_agreement, parse_sponsorship
from harvester.values.identifiers import parse_identifier
from harvester.values.texts import clean_text

ALTERNATIVE_IDENTIFIER: Final = "info:eu-repo/semantics/altIdentifier/"
GRANT_AGREEMENT: Final = "info:eu-repo/grantAgreement/"
SCHEMES: Final = {
    "doi": "doi:", "hdl": "hdl:", "handle": "hdl:", "isbn": "isbn:", "020": "isbn:", "issn": "issn:", "arxiv": "arxiv:",
    "pmid": "pmid:", "pmc": "pmc", "pmcid": "pmc",
}  # fmt: skip
LINK_KINDS: Final = ("isPartOf", "hasPart", "isVersionOf", "hasVersion", "references", "isReferencedBy", "replaces")


class Named(Struct, frozen=True):
    """The work's own DOI, and its identifiers in the source's order."""

    doi: str | None
    identifiers: tuple[Identifier, ...]


def name_work(targets: dict[str, list[Reading]], cited_doi: str | None, sentence: str | None) -> Named:
    """Find the work's own DOI and its other identifiers; `sentence` is the citation, which is none.

    The DOI is the first that stands alone in an identifier, else one inside an identifier's sentence, else the one of
    the citation.
    """
    own = [doi for reading in targets.get("doi", ()) if (doi := find_doi(reading.text))]
    alone: list[str] = []
    within: list[str] = []
    identifiers: dict[tuple[str, str], Identifier] = {}
    for reading in targets.get("identifier", ()):
        text = _schemed(reading).replace("&amp;", "&")  # addresses escaped twice (bepress)
        identifier = parse_identifier(text)
        is_doi = identifier is not None and identifier.scheme == "doi"
        doi = identifier.value if identifier is not None and is_doi else find_doi(text)
        if doi is not None:
            (within if " " in text else alone).append(doi)
        if identifier is not None and not (" " in text and sentence == clean_text(text)):
            identifiers.setdefault((identifier.scheme, identifier.value), _with_role(identifier, reading.kind))
    for reading in targets.get("isbn", ()):
        isbn = parse_identifier(f"isbn:{reading.text}")
        if isbn is not None and isbn.scheme == "isbn":
            identifiers.setdefault((isbn.scheme, isbn.value), isbn)
    said = [reading.text for reading in targets.get("relation", ()) if reading.text.startswith(ALTERNATIVE_IDENTIFIER)]
    alone += [doi for text in said if (doi := find_doi(text))]
    doi = next(iter([*own, *alone, *within]), cited_doi)
    if doi is not None:
        identifiers.setdefault(("doi", doi), Identifier("doi", doi, f"https://doi.org/{doi}"))
    return Named(doi, tuple(_own_first(doi, identifier) for identifier in identifiers.values()))


def link_work(targets: dict[str, list[Reading]]) -> tuple[Link, ...]:
    """Give the links of a record: typed where it says the type, else by `relation`."""
    links = [_link(snake_case(reading.kind) or "relation", reading.text) for reading in targets.get("link", ())]
    for reading in targets.get("relation", ()):
        text = reading.text
        if text.startswith((GRANT_AGREEMENT, ALTERNATIVE_IDENTIFIER)):
            continue
        relation = "relation"
        head, separator, tail = text.rpartition(";")
        if separator and tail.strip() in LINK_KINDS:
            relation, text = snake_case(tail.strip()), head
        links.append(_link(relation, text))
    for reading in targets.get("related_item", ()):
        if reading.kind not in {"", "IsPublishedIn"}:
            kind = "is_part_of" if reading.kind == "Series" else reading.kind
            target = next((value for name in ("doi", "title") for value in reading.parts.get(name, ())), "")
            links.append(_link(snake_case(kind), target))
    return tuple(dict.fromkeys(link for link in links if link.doi or link.url or link.title))


def fund_work(targets: dict[str, list[Reading]]) -> tuple[tuple[Funding, ...], list[Reading]]:
    """Give the funding of a record, and its descriptions without those that only named a sponsor."""
    found = [_funding(reading) for reading in targets.get("funding", ())]
    agreements = [
        reading.text
        for name in ("relation", "rights", "identifier")
        for reading in targets.get(name, ())
        if reading.text.startswith(GRANT_AGREEMENT)
    ]
    found += [funding for text in agreements if (funding := parse_grant_agreement(text))]
    descriptions = []
    for reading in targets.get("description", ()):
        sponsor = parse_sponsorship(reading.text) if not reading.kind and len(reading.text) < 300 else None
        if sponsor is None:
            descriptions.append(reading)
        else:
            found.append(sponsor)
    return tuple(dict.fromkeys(funding for funding in found if funding.funder or funding.number)), descriptions


def _schemed(reading: Reading) -> str:
    """Give an identifier with its scheme before it where the source says it beside it."""
    if not reading.parts:
        return reading.text
    text = (next(iter(reading.parts.get("text", ())), "") or reading.text).strip()
    scheme = SCHEMES.get(next(iter(reading.parts.get("scheme", ())), "").lower(), "")
    if not scheme or text.lower().startswith((scheme, "http")):
        return text
    return f"{scheme}{text}"


def _with_role(identifier: Identifier, kind: str) -> Identifier:
    return structs.replace(identifier, role="alternate") if kind == "alternate" else identifier


def _own_first(doi: str | None, identifier: Identifier) -> Identifier:
    """Make every DOI but the work's own an alternate one."""
    if identifier.scheme != "doi" or identifier.role != "self" or identifier.value == doi:
        return identifier
    return structs.replace(identifier, role="alternate")


def _link(relation: str, text: str) -> Link:
    doi = find_doi(text) if "10." in text else None
    if doi is not None:
        return Link(relation, doi=doi)
    if text.startswith(("http://", "https://")) and " " not in text:
        return Link(relation, url=text)
    return Link(relation, title=clean_text(text) or None)


def _funding(reading: Reading) -> Funding:
    said = _part(reading, "funder") or _part(reading, "name")
    name, uri = known_funder(said) if said else (None, None)
    return Funding(
        funder=name or said,
        funder_id=_part(reading, "funder_id") or uri,
        number=_part(reading, "number"),
        title=_part(reading, "title"),
        uri=_part(reading, "uri"),
    )


def _part(reading: Reading, name: str) -> str | None:
    return next((text for value in reading.parts.get(name, ()) if (text := clean_text(value))), None)
