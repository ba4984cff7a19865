"""The parts of an item that citations are made of, as plain texts."""

import re
from typing import Final

from harvester.item import Agent, Link, Metadata, Pages
from harvester.values.dois import doi_address

_EDITIONS: Final = ("edition", "citation_edition")
_VERSIONS: Final = ("version", "software_version")
_NUMBERS: Final = ("report_number", "number")
_EVENTS: Final = ("conference_name", "event_name", "conference", "event", "citation_conference_name")
_PLACES: Final = ("conference_place", "event_place", "citation_conference_place")
_GRANTORS: Final = ("degree_grantor", "thesis_degree_grantor", "grantor", "institution")
_GRANTING_ROLES: Final = frozenset(["degree grantor", "degree granting institution", "hostinginstitution", "dgg"])
_EDITING_ROLES: Final = frozenset(["editor", "editors", "ed", "ed.", "eds", "eds.", "edt", "hrsg.", "volume editor"])
_URL_SCHEMES: Final = ("handle", "url", "arxiv", "urn")
_HYPHEN: Final = re.compile(r"(?<=[^\W_])\s*[-‐‑‒−—]+\s*(?=[^\W_])")


def find_title(metadata: Metadata) -> str:
    """Give the title with its subtitle; "" where there is none. It is never re-cased."""
    if not metadata.title:
        return ""
    title = metadata.title[0].value
    for other in metadata.alternative:
        if other.kind == "subtitle" and other.value.casefold() not in title.casefold():
            joint = " " if title[-1:] in "?!:" else ": "
            return f"{title}{joint}{other.value}"
    return title


def find_authors(metadata: Metadata) -> list[Agent]:
    """Give those who made the work, but not those creators that are said to be its editors."""
    return [agent for agent in metadata.creator if not _is_editor(agent)]


def find_editors(metadata: Metadata) -> list[Agent]:
    """Give the editors, whether the source has them as creators or as contributors; each once."""
    named = {agent.name: agent for agent in (*metadata.creator, *metadata.contributor) if _is_editor(agent)}
    return list(named.values())


def find_url(metadata: Metadata) -> str | None:
    """Give the address of a work: its DOI's, else that of its own identifier that lasts longest."""
    if metadata.doi:
        return doi_address(metadata.doi)
    own = {
        identifier.scheme: identifier.url or (identifier.value if identifier.scheme == "url" else None)
        for identifier in reversed(metadata.identifier)
        if identifier.role == "self"
    }
    return next((url for scheme in _URL_SCHEMES if (url := own.get(scheme))), None)


def link_address(link: Link) -> str | None:
    """Give the address of what a link leads to: its DOI's, else the one that is said."""
    return doi_address(link.doi) if link.doi else link.url


def find_edition(metadata: Metadata) -> str | None:
    """Give the edition in the source's words."""
    return _first(metadata, _EDITIONS)


def find_version(metadata: Metadata) -> str | None:
    """Give the version of software or data, without the word for it."""
    version = _first(metadata, _VERSIONS)
    return re.sub(r"(?i)^v(?:ersion|er\.|\.)?\s*(?=\d)", "", version) if version else None


def find_number(metadata: Metadata) -> str | None:
    """Give the number of a report."""
    return _first(metadata, _NUMBERS)


def find_event(metadata: Metadata) -> str | None:
    """Give the conference, with its place where the source has one."""
    event, place = _first(metadata, _EVENTS), _first(metadata, _PLACES)
    return f"{event}, {place}" if event and place and place not in event else event


def find_institution(metadata: Metadata) -> str | None:
    """Give the institution that granted the degree; where the source does not say it, its first publisher."""
    granting = (agent.name for agent in metadata.contributor if (agent.role or "").casefold() in _GRANTING_ROLES)
    return _first(metadata, _GRANTORS) or next(granting, None) or next(iter(metadata.publisher), None)


def write_pages(pages: Pages) -> str:
    """Give pages with an en dash; an article number is none of them."""
    if pages.start and pages.end and pages.start != pages.end:
        return f"{pages.start}–{pages.end}"
    return pages.start or _HYPHEN.sub("–", pages.literal)


def _is_editor(agent: Agent) -> bool:
    return agent.role is not None and agent.role.casefold() in _EDITING_ROLES


def _first(metadata: Metadata, names: tuple[str, ...]) -> str | None:
    extra = metadata.extra
    return next((extra[name][0] for name in names if extra.get(name)), None) if extra else None
