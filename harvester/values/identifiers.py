"""Identifiers in normal form, with the address that resolves them."""

import re
from collections.abc import Callable
from operator import mul
from typing import Final

from harvester.item import Identifier
from harvester.values.dois import doi_address, read_doi

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
        return Identifier("doi", doi, doi_address(doi))
    if _is_plain_address(text):
        return _url(text) or Identifier("other", text)
    start = text[0].lower()
    for read in _READERS_BY_START.get(start, ()) if start.isascii() else _READERS:
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
    return Identifier("issn", f"{number[:4]}-{number[4:]}") if _is_checked(number) else None


def _isbn(text: str) -> Identifier | None:
    found = _ISBN.fullmatch(text)
    if not found:
        return None
    number = "".join(found[2].replace("-", "").split()).upper()
    if len(number) == 13:
        return Identifier("isbn", number) if _ean(number[:12]) == number[12] else None
    # Ten digits without a label or hyphens are anybody's number.
    if not found[1] and "-" not in found[2]:
        return None
    return Identifier("isbn", f"978{number[:9]}{_ean('978' + number[:9])}") if _is_checked(number) else None


def _urn(text: str) -> Identifier | None:
    found = _URN.fullmatch(text)
    if not found:
        return None
    urn = found[1]
    resolved = urn.lower().startswith(_RESOLVED_URNS)
    return Identifier("urn", urn, f"https://nbn-resolving.org/{urn}" if resolved else None)


def _is_checked(number: str) -> bool:
    """Tell whether an ISSN or an ISBN of ten digits ends in its check digit (modulo 11, X is 10)."""
    total: int = sum(map(mul, range(len(number), 1, -1), map(int, number[:-1])))
    return (total + (10 if number[-1] == "X" else int(number[-1]))) % 11 == 0


def _ean(digits: str) -> str:
    total = sum(map(int, digits[::2])) + 3 * sum(map(int, digits[1::2]))
    return str(-total % 10)


Reader = Callable[[str], Identifier | None]
_STARTS: Final[dict[Reader, str]] = {
    _handle: "hi", _arxiv: "ahiow", _pubmed: "hip", _url: "fh", _issn: "eipu-0123456789", _isbn: "iu0123456789",
    _urn: "u",
}  # fmt: skip
"""Every reader in the order in which they are asked, with the characters that its texts may begin with in ASCII."""
_READERS: Final = tuple(_STARTS)
_READERS_BY_START: Final = {
    start: tuple(read for read, starts in _STARTS.items() if start in starts)
    for start in set("".join(_STARTS.values()))
}
