"""What a work is called by, what it is linked to, and who paid for it: readings of identifier, relation and link.

A DOI in a relation stays a relation: a wrong DOI of its own is the worst error an item can have (research of the
project, data 2).
"""

import re
from typing import Final

from msgspec import Struct, structs

from harvester.crosswalk.reading import Reading
from harvester.item import Funding, Identifier, Link
from harvester.values.dois import doi_address, find_doi, find_dois
from harvester.values.funding import funder_address, known_funder, parse_grant_agreement, parse_sponsorship
from harvester.values.identifiers import parse_identifier
from harvester.values.relations import normal_relation
from harvester.values.texts import clean_text
from harvester.values.types import classify_type

ALTERNATIVE_IDENTIFIER: Final = "info:eu-repo/semantics/altIdentifier/"
GRANT_AGREEMENT: Final = "info:eu-repo/grantAgreement/"
SCHEMES: Final = {
    "doi": "doi:", "hdl": "hdl:", "handle": "hdl:", "isbn": "isbn:", "020": "isbn:", "issn": "issn:", "arxiv": "arxiv:",
    "pmid": "pmid:", "pmc": "pmc", "pmcid": "pmc",
}  # fmt: skip
VERSION: Final = "version"
VERSION_OF_RECORD: Final = "version of record"
NO_FUNDING: Final = re.compile(
    r"(?:(?:no |not )?fund(?:ing|er)(?: information)?(?: (?:is|was))? (?:not available|unknown|not known)|no funding"
    r"|not (?:available|applicable)|n/?a|none|unknown|unfunded|self[- ]funded)\.?",
    re.IGNORECASE,
)
NO_FUNDER: Final = re.compile(r"(?:funding information (?:is )?not available|not applicable|n/a)\.?", re.IGNORECASE)
ADDRESS_BEHIND: Final = re.compile(
    r"\s*(?:https?://\S+|10\.13039/\d+|10000\d{4}|5011\d{8})$"
)  # Crossref has a funder's identifier inside its name
LINK_KINDS: Final = ("isPartOf", "hasPart", "isVersionOf", "hasVersion", "references", "isReferencedBy", "replaces")


class Named(Struct, frozen=True, gc=False):
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
    others: list[str] = []
    identifiers: dict[tuple[str, str], Identifier] = {}
    for reading in targets.get("identifier", ()):
        if reading.kind == VERSION:
            others += find_dois(reading.text)
            continue
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
        identifiers.setdefault(("doi", doi), Identifier("doi", doi, doi_address(doi)))
    for other in others:
        identifiers.setdefault(("doi", other), Identifier("doi", other, doi_address(other), VERSION))
    return Named(doi, tuple([_own_first(doi, identifier) for identifier in identifiers.values()]))


def link_work(targets: dict[str, list[Reading]]) -> tuple[Link, ...]:
    """Give the links of a record: typed where it says the type, else by `relation`."""
    links = [_typed_link(reading) for reading in targets.get("link", ())]
    for reading in targets.get("relation", ()):
        text = reading.text
        if text.startswith((GRANT_AGREEMENT, ALTERNATIVE_IDENTIFIER)):
            continue
        relation = "relation"
        head, separator, tail = text.rpartition(";")
        if separator and tail.strip() in LINK_KINDS:
            relation, text = normal_relation(tail), head
        links.append(_link(relation, text))
    links += [_related(one) for one in targets.get("related_item", ()) if one.kind not in {"", "IsPublishedIn"}]
    return tuple(dict.fromkeys(link for link in links if link.doi or link.url or link.title))


def place_version(targets: dict[str, list[Reading]]) -> None:
    """Hand on what a record says of the version of record (RIOXX): of that version itself it is the own identifier.

    Of any other version, or where the record does not say which it is, it is a link to another version.
    """
    status = [term for name in ("status", "type") for reading in targets.get(name, ()) for term in _status(reading)]
    is_own = any(term.endswith(VERSION_OF_RECORD) for term in status)
    for reading in targets.pop("version_of_record"):
        if is_own:
            targets["identifier"].append(structs.replace(reading, kind=""))
        else:
            targets["identifier"].append(structs.replace(reading, kind=VERSION))
            targets["link"].append(structs.replace(reading, kind="is_version_of"))


def _status(reading: Reading) -> list[str]:
    return [term.label for term in classify_type(reading.text).status]


def fund_work(targets: dict[str, list[Reading]]) -> tuple[tuple[Funding, ...], list[Reading]]:
    """Give the funding of a record, and its descriptions without those that only named a sponsor."""
    found = [funding for reading in targets.get("funding", ()) for funding in _fundings(reading)]
    if "funder" in targets or "grant_number" in targets:
        found += _paired(targets.get("funder", []), targets.get("grant_number", []))
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
    return tuple(dict.fromkeys(funding for funding in found if _is_funding(funding))), descriptions


def _is_funding(funding: Funding) -> bool:
    return bool(funding.number) or bool(funding.funder and not NO_FUNDING.fullmatch(funding.funder))


def _schemed(reading: Reading) -> str:
    """Give an identifier with its scheme before it where the source says it beside it."""
    if not reading.parts and not reading.kind:
        return reading.text
    text = (next(iter(reading.parts.get("text", ())), "") or reading.text).strip()
    scheme = SCHEMES.get((next(iter(reading.parts.get("scheme", ())), "") or reading.kind).lower(), "")
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


def _typed_link(reading: Reading) -> Link:
    """Give a link of a known relation: to what its text names, or to an address that stands beside its title."""
    relation = normal_relation(reading.kind)
    if not reading.parts:
        return _link(relation, reading.text)
    address = next(iter(reading.parts.get("uri", ())), "")
    if address:
        title = clean_text(reading.text)
        return structs.replace(_link(relation, address), title=title if title and title != address else None)
    identifier = parse_identifier(_schemed(reading))
    if identifier is None or identifier.scheme == "doi" or identifier.url is None:
        return _link(relation, reading.text)
    return Link(relation, url=identifier.url)


def _related(reading: Reading) -> Link:
    """Give a link to a resource that is described by parts, with its title beside its DOI or address."""
    target = next((value for name in ("doi", "uri", "title") for value in reading.parts.get(name, ())), "")
    link, title = _link(normal_relation(reading.kind), target), _part(reading, "title")
    return structs.replace(link, title=title) if title else link


def _link(relation: str, text: str) -> Link:
    doi = find_doi(text) if "10." in text else None
    if doi is not None:
        return Link(relation, doi=doi)
    if text.startswith(("http://", "https://")) and " " not in text:
        return Link(relation, url=text)
    return Link(relation, title=clean_text(text) or None)


def _paired(funders: list[Reading], numbers: list[Reading]) -> list[Funding]:
    """Pair funders and grant numbers that stand apart by their places, where there are as many of both."""
    found = [_funder(reading) for reading in funders]
    grants = [Funding(number=clean_text(reading.text)) for reading in numbers]
    if len(found) != len(grants):
        return [*found, *grants]
    return [structs.replace(funder, number=grant.number) for funder, grant in zip(found, grants, strict=True)]


def _funder(reading: Reading) -> Funding:
    said = ADDRESS_BEHIND.sub("", clean_text(reading.text))
    name, uri = known_funder(said)
    return Funding(name or said, _part(reading, "uri") or uri)


def _fundings(reading: Reading) -> list[Funding]:
    """Give the funding that a reading says: one for each number of a grant, all of the same funder."""
    first = _funding(reading)
    others = [text for value in reading.parts.get("number", ())[1:] if (text := clean_text(value))]
    return [first, *(structs.replace(first, number=number, title=None, uri=None) for number in others)]


def _funding(reading: Reading) -> Funding:
    agreement = parse_grant_agreement(_part(reading, "agreement") or "")
    if agreement is not None:
        return structs.replace(agreement, title=_part(reading, "title") or agreement.title)
    said = _part(reading, "funder") or _part(reading, "name")
    said = None if said and NO_FUNDER.fullmatch(said) else ADDRESS_BEHIND.sub("", said or "") or None
    name, uri = known_funder(said) if said else (None, None)
    return Funding(
        funder=name or said,
        funder_id=funder_address(_part(reading, "funder_id") or "") or uri,
        number=_part(reading, "number"),
        title=_part(reading, "title"),
        uri=_part(reading, "uri"),
    )


def _part(reading: Reading, name: str) -> str | None:
    return next((text for value in reading.parts.get(name, ()) if (text := clean_text(value))), None)
