"""DOIs in whatever form a repository writes them, given in lower case without any prefix.

Form: DOI Handbook 2.2 (prefix 10.registrant, suffix of any printable characters); registrants of 4 to 9 digits with
sub-registrants (10.1000.10/123).
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, unquote

from harvester.values.texts import unescape

_UNQUOTED: Final = re.compile(r"[\w./()-]+", re.ASCII)
_START: Final = re.compile(r"(?<!\d)(?<!\d\.)10\.\d{4,9}(?:\.\d+)*(?:/|%(?:25)?2[Ff])\S")
# A DOI and nothing else, as most are written, without any sign of which the rules below speak.
_USUAL: Final = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|(?:doi|DOI): ?)?(10\.\d{4,9}/[\w./-]{0,200}[a-zA-Z0-9])", re.ASCII
)
_NEXT: Final = re.compile(r"[,;|]+(?=(?:https?:|doi:|10\.\d{4,9}[./]))", re.IGNORECASE)
# A tag ends a DOI; a SICI's `<693::AID-ASI4>` begins with a digit and stays.
_END: Final = re.compile(r"[\s\"“”«»`{}^]|<[/!a-zA-Z]|&(?:amp;)?\w+=|\?[\w.-]+=|\\[nrt]")
_FRAGMENT: Final = re.compile(r"(?<!CO;2-)#.*", re.IGNORECASE)
_ENCODED: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_RESOLVER: Final = re.compile(r"doi[.-]org(?:[./:-]|$)|handle\.net/", re.IGNORECASE)
_PAGE_OF_PUBLISHER: Final = re.compile(
    r"(?:/(?:abstract|full|pdf|epdf|pdfdirect|summary|references|fulltext|full-text|meta|html|epub|issuetoc|suppl_file"
    r"|suppinfo|citedby|figures|tables|xml|download)(?:[/.?].*)?|\.(?:pdf|html?|full|abstract|xml))$",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(
    r"[<(\[\s]*(?:https?://[\w.-]*doi[.-]org[\w.:-]*/+|(?:dx\.|www\.)?doi\.org/+|https?://hdl\.handle\.net/)?"
    r"(?:info:eu-repo/semantics/altidentifier/doi/|info:doi/|urn:doi:|doi\b[\s:=/.]*)*"
    r"(?:https?://(?:dx\.|www\.)?doi\.org/+)?(?:doi:\s*)?",
    re.IGNORECASE,
)
_INVISIBLE: Final = {ord(mark): None for mark in "\u00ad\u200b\u200c\u200d\u2060\ufeff"}
_HYPHENS: Final = {0x2010: "-", 0x2011: "-", 0x2012: "-", 0x2013: "-", 0x2212: "-", 0x00A0: " "}
_TRAILING: Final = ".,;:!?'’‘*/\\|\ufffd…"
_BRACKETS: Final = re.compile(r"[()<>\[\]]")
_CLOSERS: Final = {")": "(", "]": "[", ">": "<"}
_OPENERS: Final = frozenset(_CLOSERS.values())


def find_doi(text: str) -> str | None:
    """Give the first DOI in a text in lower case, None where there is none."""
    if "10." not in text:
        return None
    return _read_usual(text) or next(_iter_dois(text), None)


def find_dois(text: str) -> list[str]:
    """Give all DOIs in a text, each once, in lower case and in their order."""
    return list(dict.fromkeys(_iter_dois(text)))


def is_doi(text: str) -> bool:
    """Tell whether a text is one DOI and nothing else: bare, labelled or as the address of a resolver."""
    return read_doi(text) is not None


def doi_address(doi: str) -> str:
    """Give the address that resolves a DOI in normal form."""
    path = doi if _UNQUOTED.fullmatch(doi) else quote(doi, safe="/:;()@!$'*,+=&~")
    return f"https://doi.org/{path}"


def read_doi(text: str) -> str | None:
    """Give the DOI of a text that is one and nothing else, as `is_doi` tells; None for any other text."""
    if "10." not in text:
        return None
    usual = _read_usual(text)
    if usual is not None:
        return usual
    readable = _readable(text).strip()
    lead = _LEAD.match(readable)
    start = lead.end() if lead else 0
    if _START.match(readable, start) is None or any(mark.isspace() for mark in readable[start:].rstrip()):
        return None
    return find_doi(text) if len(find_dois(readable)) == 1 else None


def _read_usual(text: str) -> str | None:
    found = _USUAL.fullmatch(text) if text.count("10.") == 1 else None
    return found[1].lower() if found else None


def _iter_dois(text: str) -> Iterator[str]:
    if "10." not in text:
        return
    text = _readable(text)
    for match in _START.finditer(text):
        doi = _trim(text, match.start())
        if doi:
            yield doi


def _readable(text: str) -> str:
    if not text.isascii():
        text = text.translate(_INVISIBLE).translate(_HYPHENS)
    return unescape(text) if "&" in text else text


def _trim(text: str, start: int) -> str | None:
    """Give the DOI that begins at `start`."""
    candidate = text[start : start + 2000].split(None, 1)[0]
    candidate = _NEXT.split(candidate, maxsplit=1)[0]
    for _ in range(2):
        if not _ENCODED.search(candidate):
            break
        candidate = unquote(candidate)
    before = text[max(0, start - 200) : start].rsplit(None, 1)
    address = before[-1] if before else ""
    end = _END.search(candidate, 7)
    if end:
        candidate = candidate[: end.start()]
    if "#" in candidate:
        candidate = _FRAGMENT.sub("", candidate)
    if "://" in address and not _RESOLVER.search(address):
        candidate = _PAGE_OF_PUBLISHER.sub("", candidate)
    candidate = _balance(candidate)
    suffix = candidate.partition("/")[2]
    return candidate.lower() if any(mark.isalnum() for mark in suffix) else None


def _balance(candidate: str) -> str:
    """Cut at the first bracket that closes what the DOI did not open, and take off what a sentence put behind it."""
    opened: list[str] = []
    for found in _BRACKETS.finditer(candidate):
        mark = found[0]
        if mark in _OPENERS:
            opened.append(mark)
        elif not opened or opened.pop() != _CLOSERS[mark]:
            candidate = candidate[: found.start()]
            break
    candidate = candidate.rstrip(_TRAILING)
    while candidate and candidate[-1] in _OPENERS:
        candidate = candidate[:-1].rstrip(_TRAILING)
    return candidate
