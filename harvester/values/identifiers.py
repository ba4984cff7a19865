"""Identifiers in normal form, with the address that resolves them."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from harvester.item import Identifier
from harvester.values.dois import read_doi

_HANDLE: Final = re.compile(
    r"(?:https?://hdl\.handle\.net/|hdl:\s*/*|info:hdl/|handle:\s*)(\d[\w.]*/\S+)", re.IGNORECASE
)
_ARXIV: Final = re.compile(
    r"(?:(?:https?://)?(?:www\.)?arxiv\.org/(?:abs|pdf)/|(?:oai:)?arxiv(?:\.org)?:\s*|info:arxiv/)"
    r"((?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})(?:v\d+)?)(?:\.pdf)?",
    re.IGNORECASE,
)
_PMID: Final = re.compile(
    r"(?:pmid:?\s*|pubmed(?:\s*id)?:\s*|info:pmid/|https?://(?:www\.)?ncbi\.nlm\.nih\.gov/pubmed/"
    r"|https?://pubmed\.ncbi\.nlm\.nih\.gov/)(\d{1,8})/?",
    re.IGNORECASE,
)
_PMCID: Final = re.compile(
    r"(?:pmcid:?\s*|https?://(?:www\.)?ncbi\.nlm\.nih\.gov/pmc/articles/|https?://pmc\.ncbi\.nlm\.nih\.gov/articles/)?"
    r"(PMC\d{3,9})/?",
    re.IGNORECASE,
)
_ISSN: Final = re.compile(
    r"(?:(?:urn:|info:)?[ep]?-?issn(?:-?l)?\s*[:=/]?\s*)?(\d{4})[-–‐]?(\d{3}[\dX])", re.IGNORECASE
)
_ISBN: Final = re.compile(
    r"((?:urn:|info:)?isbn(?:-1[03])?\s*[:=/]?\s*)?((?:97[89][-\s]?)?(?:\d[-\s]?){9}[\dX])\.?", re.IGNORECASE
)
_URN: Final = re.compile(r"(?:urn:\s*)?(urn:[a-z0-9][a-z0-9-]{1,31}:\S+)", re.IGNORECASE)
_URL: Final = re.compile(r"(?:https?|ftp)://[^\s/]\S*", re.IGNORECASE)
_UNQUOTED: Final = re.compile(r"[\w./()-]+", re.ASCII)
_YEARS: Final = re.compile(r"(?:1[5-9]|20)\d\d[-–‐](?:1[5-9]|20)\d\d")
_RESOLVED_URNS: Final = ("urn:nbn:de:", "urn:nbn:at:", "urn:nbn:ch:")


def parse_identifier(text: str) -> Identifier | None:
    """Give an identifier with its scheme, normal value and address; None where the text is empty.

    ISSN and ISBN must pass their check digits (ISBN is given with 13 digits); what has no known form is `other`.
    """
    text = text.strip()
    if not text:
        return None
    doi = read_doi(text)
    if doi is not None:
        path = doi if _UNQUOTED.fullmatch(doi) else quote(doi, safe="/:;()@!$'*,+=&~")
        return Identifier("doi", doi, f"https://doi.org/{path}")
    if _is_plain_address(text):
        return _url(text) or Identifier("other", text)
    for read in _READERS:
        if found := read(text):
            return found
    return Identifier("other", text)


def _is_plain_address(text: str) -> bool:
    """Tell whether a text begins as an address and names no service that another reader than that of URLs knows."""
    if not text.startswith(("http://", "https://")) or not text.isascii():
        return False
    small = text.lower()
    return not ("handle.net" in small or "arxiv.org" in small or ".nih.gov" in small)


def _url(text: str) -> Identifier | None:
    return Identifier("url", text, text) if _URL.fullmatch(text) else None


def _handle(text: str) -> Identifier | None:
    found = _HANDLE.fullmatch(text)
    return Identifier("handle", found[1], f"https://hdl.handle.net/{found[1]}") if found else None


def _arxiv(text: str) -> Identifier | None:
    found = _ARXIV.fullmatch(text)
    return Identifier("arxiv", found[1], f"https://arxiv.org/abs/{found[1]}") if found else None


def _pubmed(text: str) -> Identifier | None:
    if found := _PMID.fullmatch(text):
        return Identifier("pmid", found[1], f"https://pubmed.ncbi.nlm.nih.gov/{found[1]}/")
    if found := _PMCID.fullmatch(text):
        number = found[1].upper()
        return Identifier("pmcid", number, f"https://www.ncbi.nlm.nih.gov/pmc/articles/{number}/")
    return None


def _issn(text: str) -> Identifier | None:
    found = _ISSN.fullmatch(text)
    if not found or _YEARS.fullmatch(text) or (text.isdigit()):
        return None
    number = (found[1] + found[2]).upper()
    total = sum(weight * _digit(mark) for weight, mark in zip(range(8, 0, -1), number, strict=True))
    return Identifier("issn", f"{number[:4]}-{number[4:]}") if total % 11 == 0 else None


def _isbn(text: str) -> Identifier | None:
    found = _ISBN.fullmatch(text)
    if not found:
        return None
    number = found[2].replace("-", "").replace(" ", "").upper()
    if len(number) == 13:
        return Identifier("isbn", number) if _ean(number[:12]) == number[12] else None
    # Ten digits without a label or hyphens are anybody's number.
    if not found[1] and "-" not in found[2]:
        return None
    total = sum(weight * _digit(mark) for weight, mark in zip(range(10, 0, -1), number, strict=True))
    return Identifier("isbn", f"978{number[:9]}{_ean('978' + number[:9])}") if total % 11 == 0 else None


def _urn(text: str) -> Identifier | None:
    found = _URN.fullmatch(text)
    if not found:
        return None
    urn = found[1]
    resolved = urn.lower().startswith(_RESOLVED_URNS)
    return Identifier("urn", urn, f"https://nbn-resolving.org/{urn}" if resolved else None)


def _digit(mark: str) -> int:
    return 10 if mark == "X" else int(mark)


def _ean(digits: str) -> str:
    total = sum((3 if place % 2 else 1) * int(mark) for place, mark in enumerate(digits))
    return str(-total % 10)


_READERS: Final[tuple[Callable[[str], Identifier | None], ...]] = (
    _handle, _arxiv, _pubmed, _url, _issn, _isbn, _urn,
)  # fmt: skip
