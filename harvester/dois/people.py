"""People, organisations and serial numbers as registries name them."""

import functools
import re
from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from harvester.item import Affiliation, Agent
from harvester.values.identifiers import parse_identifier
from harvester.values.names import is_placeholder, parse_agent
from harvester.values.orcids import find_orcid
from harvester.values.texts import clean_text

_ROR: Final = re.compile(r"(?:https?://)?ror\.org/(0[a-z0-9]{8})|(0[a-hj-km-np-tv-z0-9]{6}\d\d)")


class Place(Struct, gc=False):
    """Where an agent works, in Crossref's form or in DataCite's."""

    name: str | None = None
    id: list[dict[str, object]] | None = None
    identifier: str | None = msgspec.field(default=None, name="affiliationIdentifier")


PLACE_DECODER: Final = msgspec.json.Decoder(str | Place)


def read_person(
    *,
    family: str | None,
    given: str | None,
    suffix: str | None = None,
    name: str | None = None,
    orcid: str | None = None,
    affiliations: Iterable[msgspec.Raw] | None = None,
    role: str | None = None,
    is_organization: bool = False,
) -> Agent | None:
    """Give an agent; None where no name is said. A name that is not separated is read as in any record."""
    number = find_orcid(orcid) if orcid else None
    places = _places(affiliations) if affiliations else ()
    if family and not is_organization:
        family, given = clean_text(family), clean_text(given or "") or None
        shown = ", ".join([family, *([given] if given else []), *([clean_text(suffix)] if suffix else [])])
        return Agent(shown, family, given, "person", role, number, places)
    text = clean_text(name or given or "")
    if not text or is_placeholder(text):
        return None
    agent = Agent(text, kind="organization") if is_organization else _named(text)
    return Agent(
        agent.name,
        agent.family,
        agent.given,
        agent.kind,
        role or agent.role,
        number or agent.orcid,
        places or agent.affiliation,
    )


@functools.lru_cache(maxsize=8192)
def read_issn(text: str, scheme: str) -> str | None:
    """Give an ISSN or ISBN in normal form, None where its check digit is wrong."""
    found = parse_identifier(f"{scheme}:{text.rpartition('/')[2]}")
    return found.value if found is not None and found.scheme == scheme else None


def read_issns(texts: Iterable[str], scheme: str) -> tuple[str, ...]:
    """Give those of many that are right, each once."""
    return tuple(dict.fromkeys(number for text in texts if (number := read_issn(text, scheme))))


@functools.lru_cache(maxsize=8192)
def _named(text: str) -> Agent:
    return parse_agent(text)


def _places(affiliations: Iterable[msgspec.Raw]) -> tuple[Affiliation, ...]:
    found = []
    for raw in affiliations:
        try:
            place = PLACE_DECODER.decode(raw)
        except msgspec.ValidationError:
            continue
        if isinstance(place, str):
            place = Place(place)
        name = clean_text(place.name or "")
        if name:
            found.append(Affiliation(name, _ror(place)))
    return tuple(dict.fromkeys(found))


def _ror(place: Place) -> str | None:
    said = [str(entry.get("id", "")) for entry in place.id or ()] + [place.identifier or ""]
    for text in said:
        match = _ROR.fullmatch(text.strip().rstrip("/"))
        if match:
            return f"https://ror.org/{match[1] or match[2]}"
    return None


def read_own_doi(text: str) -> str | None:
    """Give a registered DOI in lower case, as it is: what a registry says is its DOI is not trimmed like a sentence."""
    doi = text.strip().lower()
    doi = doi.removeprefix("https://doi.org/").removeprefix("http://dx.doi.org/").removeprefix("http://doi.org/")
    return doi if doi.startswith("10.") and "/" in doi else None
