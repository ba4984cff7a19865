"""What registries are asked, as addresses: lists that fit into a request line, single works, agencies, negotiation.

No request is conditional (If-None-Match): nearly all are lists, which change with what is asked for, and no service
that answers single ones is known to give ETags that last. An answer that says the same again changes no item anyway.

A DOI is percent-encoded once (rcrossref#254). Crossref cuts request lines at 4,096 bytes (rest-api-doc#251).
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlsplit

from msgspec import Struct

JSON: Final = "application/json"
CSL: Final = "application/vnd.citationstyles.csl+json"
MOST_LINE_BYTES: Final = 4_000
NOTICES_AT_ONCE: Final = 1_000
_METHOD_AND_VERSION: Final = len("GET  HTTP/1.1")


class Registries(Struct, frozen=True):
    """The addresses of the services, without a last slash, and who asks."""

    crossref_url: str
    datacite_url: str
    doi_url: str
    contact: str


class Question(Struct, frozen=True):
    """A request: its address, and the media types that are wanted."""

    url: str
    accept: str


def list_question(route: str, registries: Registries, dois: Sequence[str]) -> Question:
    """Give the request for many DOIs on a route that has lists."""
    if route == "crossref":
        names = ",".join(f"doi:{_encoded(doi)}" for doi in dois)
        return Question(f"{registries.crossref_url}/works?filter={names}&rows={len(dois)}{_mailto(registries)}", JSON)
    names = quote(" OR ".join(_quoted(doi) for doi in dois), safe="/:()")
    size = f"page%5Bsize%5D={len(dois)}"
    return Question(f"{registries.datacite_url}/dois?query=doi:({names})&{size}&affiliation=true", JSON)


def fitting(route: str, registries: Registries, dois: Sequence[str]) -> int:
    """Give how many of the DOIs, from the first on, fit into one request; 0 where the first alone is too long."""
    count = len(dois)
    while count and not fits(list_question(route, registries, dois[:count])):
        count -= max(1, count // 10)
    return count


def fits(question: Question) -> bool:
    """Tell whether a request line is short enough."""
    parts = urlsplit(question.url)
    return len(parts.path) + len(parts.query) + 1 + _METHOD_AND_VERSION <= MOST_LINE_BYTES


def single_question(route: str, registries: Registries, doi: str) -> Question:
    """Give the request for one DOI on a route that has no lists; on the route `doubt` it asks for its agency.

    The route `respelled` asks by its other spelling: see `undoubled`.
    """
    if route == "crossref_single":
        mailto = _mailto(registries).replace("&", "?", 1)
        return Question(f"{registries.crossref_url}/works/{quote(doi, safe='')}{mailto}", JSON)
    if route == "doubt":
        return agency_question(registries, doi)
    name = undoubled(doi) if route == "respelled" else doi
    return Question(f"{registries.doi_url}/{quote(name or doi, safe='/:;()')}", CSL)


def undoubled(doi: str) -> str | None:
    """Give the other spelling of a DOI that has a double slash behind its prefix; None where it has none to be tried.

    Only APA's 10.1037 was written with one by mistake; elsewhere many such DOIs are right (research of the project,
    doi 1.3).
    """
    return doi.replace("//", "/", 1) if doi.startswith("10.1037//") else None


def notices_question(registries: Registries, days: tuple[str, str], cursor: str) -> Question:
    """Give the request for a page of the notices that Crossref has indexed from one day to another (YYYY-MM-DD).

    The day of the index is asked for and not that of the deposit: what Retraction Watch says of a notice is no deposit.
    """
    first, last = days
    names = f"filter=is-update:true,from-index-date:{first},until-index-date:{last}&select=DOI,update-to"
    place = f"rows={NOTICES_AT_ONCE}&cursor={quote(cursor, safe='*')}{_mailto(registries)}"
    return Question(f"{registries.crossref_url}/works?{names}&{place}", JSON)


def agency_question(registries: Registries, name: str) -> Question:
    """Give the request for the agency of a prefix or a DOI."""
    return Question(f"{registries.doi_url}/doiRA/{quote(name, safe='/:;()')}", JSON)


def _encoded(doi: str) -> str:
    return quote(doi, safe="/:;()@!$'*~")


def _quoted(doi: str) -> str:
    escaped = doi.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _mailto(registries: Registries) -> str:
    return f"&mailto={quote(registries.contact)}" if registries.contact else ""
