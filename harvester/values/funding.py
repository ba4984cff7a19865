"""Funders and grants, from OpenAIRE's grant URIs and from the sponsor lines of DSpace."""

import functools
import re
from typing import Final
from urllib.parse import unquote

from harvester.item import Funding
from harvester.values.dois import doi_address
from harvester.values.tables import fold, load_table
from harvester.values.texts import clean_text

_AGREEMENT: Final = re.compile(r"info:eu-repo/grantAgreement/(\S.*)", re.IGNORECASE)
_BRACKET: Final = re.compile(r"(?P<funder>[^\n]{2,150}?)\s*\((?P<grant>[^()]*(?:\([^()]*\)[^()]*)?)\)+\.?")
_KIND: Final = (
    r"(?:grant|award|contract|cooperative agreement|fellowship|project|program(?:me)?|scholarship|agreement)s?"
)
_NUMBER_SIGN: Final = r"(?:\s*(?:number|no|nr|num|ref(?:erence)?|id)s?\b\.?)?\s*[:#]*\s*"
# Everything up to the last word for a grant, if any, then the number as the source writes it.
_LABELLED: Final = re.compile(
    rf"(?:(?P<before>[^()#]{{0,80}}?(?:\([^()]*\)\s*)?)\b{_KIND}\b{_NUMBER_SIGN}|(?:no|nr|ref)\.\s*|#\s*)(?P<number>[^,;]{{2,60}})",
    re.IGNORECASE,
)
_BARE_NUMBER: Final = re.compile(r"[A-Z0-9][A-Z0-9 ._/:-]{2,40}", re.IGNORECASE)
_AFTER_NAME: Final = re.compile(
    rf"(?P<funder>.{{2,120}}?),?\s+{_KIND}\b{_NUMBER_SIGN}(?P<number>\S*\d\S*)\.?", re.IGNORECASE
)
# A sentence, not a sponsor line.
_SENTENCE: Final = re.compile(
    r"\b(?:was|were|is|are|by|we|this|the authors?|acknowledges?|thanks?|supported|funded|study|paper|from|under)\b",
    re.IGNORECASE,
)
_MAX_CHARACTERS: Final = 250
_REGISTRY: Final = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.13039/\d+)", re.IGNORECASE)
_ROR: Final = re.compile(r"(?:(?:https?://)?(?:www\.)?ror\.org/)?(0[a-z0-9]{6}\d\d)/?", re.IGNORECASE)


def known_funder(name: str) -> tuple[str | None, str | None]:
    """Give the full name and the registry's URI of a funder that the table knows by this name, else two None."""
    funder = load_table("funders").get(fold(name))
    return (funder.label, funder.uri) if funder else (None, None)


def funder_address(text: str) -> str | None:
    """Give a funder's identifier as an address where it is of ROR or the Funder Registry, else as it is."""
    text = text.strip()
    if found := _REGISTRY.fullmatch(text):
        return doi_address(found[1])
    if found := _ROR.fullmatch(text):
        return f"https://ror.org/{found[1].lower()}"
    return text or None


def parse_grant_agreement(text: str) -> Funding | None:
    """Give the grant of info:eu-repo/grantAgreement/Funder/Program/ID/Jurisdiction/Name/Acronym, else None.

    Each part is percent-decoded (OpenAIRE Guidelines 3.0, Project Identifier). A known funder has its full name; the
    URI is kept as it is.
    """
    found = _AGREEMENT.fullmatch(text.strip())
    if not found:
        return None
    parts = [unquote(part).strip() or None for part in found[1].split("/")]
    funder, _, number, _, name, acronym = [*parts, *[None] * 6][:6]
    if not number and not funder:
        return None
    label, uri = known_funder(funder) if funder else (None, None)
    return Funding(label or funder, uri, number, name or acronym, text.strip())


@functools.lru_cache(maxsize=4096)
def parse_sponsorship(text: str) -> Funding | None:
    """Give the funder and the grant of a sponsor line, None for anything else.

    Read are `Funder (Grant 123)`, `Known Funder (DMR 14-19807)`, `Known Funder Grant #123` and a known funder's name
    alone. A number that the source writes together with the funder's name is kept in those words.
    """
    text = clean_text(text) if len(text) <= 2 * _MAX_CHARACTERS else ""
    if not text or len(text) > _MAX_CHARACTERS or _SENTENCE.search(text):
        return None
    label, uri = known_funder(text)
    if label:
        return Funding(label, uri)
    found = _BRACKET.fullmatch(text)
    if found:
        return _bracketed(found["funder"], found["grant"].strip())
    after = _AFTER_NAME.fullmatch(text)
    if after:
        label, uri = known_funder(after["funder"])
        return Funding(label, uri, text) if label else None
    return None


def _bracketed(funder: str, grant: str) -> Funding | None:
    label, uri = known_funder(funder)
    labelled = _LABELLED.fullmatch(grant)
    if not funder[0].isupper() or not any(mark.isdigit() for mark in grant):
        return None
    if label and _starts_with_funder(grant):
        return Funding(label, uri, grant)
    if labelled and any(mark.isdigit() for mark in labelled["number"]):
        return Funding(label or funder, uri, labelled["number"].strip(" ()"))
    if label and _BARE_NUMBER.fullmatch(grant):
        return Funding(label, uri, grant)
    return None


def _starts_with_funder(grant: str) -> bool:
    words = grant.split()
    return any(known_funder(" ".join(words[:count]))[0] for count in range(1, min(len(words), 8)))
