"""What a link leads to, in one form however it is written: as a DOI, as the address of an identifier, as a URL."""

import functools
import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from harvester.item import Identifier
from harvester.values.dois import read_doi
from harvester.values.identifiers import parse_identifier

ADDRESSED: Final = frozenset(["handle", "pmid", "pmcid"])
ARXIV: Final = "10.48550/arxiv."
_VERSION: Final = re.compile(r"v\d+$")
_URN: Final = re.compile(r"https?://(?:www\.)?nbn-resolving\.(?:org|de)/(urn:\S+)", re.IGNORECASE)


@functools.lru_cache(maxsize=16_384)
def normal_target(text: str) -> str:
    """Give the one form of what a link's text leads to; a text that is no identifier or address stays as it is.

    arXiv's own DOI stands for a paper there, whatever its version. Giving a normal form again changes nothing.
    """
    doi = read_doi(text)
    if doi is not None:
        return doi
    urn = _URN.fullmatch(text.strip())
    identifier = parse_identifier(urn[1] if urn else text)
    return (target_of(identifier) if identifier is not None else None) or text


def target_of(identifier: Identifier) -> str | None:
    """Give the form in which links lead to what has this identifier; None for a number that many share (ISSN, ISBN)."""
    match identifier.scheme:
        case "doi" | "urn":
            return identifier.value
        case "arxiv":
            return ARXIV + _VERSION.sub("", identifier.value).lower()
        case "url":
            return _address(identifier.value)
        case scheme if scheme in ADDRESSED:
            return identifier.url
    return None


def _address(url: str) -> str:
    """Give an address with scheme and host in small letters."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as a bracket that is no IPv6 address
        return url
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()))
