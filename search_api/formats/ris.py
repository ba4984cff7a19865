"""Items as RIS, by the tags that Zotero, EndNote and Mendeley read. Lines end with CR LF, as the format says."""

import re
from collections.abc import Iterator
from typing import Final

from harvester.item import Agent, Item
from harvester.styles.dates import date_parts
from harvester.styles.kinds import Kind, find_kind
from harvester.styles.parts import find_authors, find_edition, find_editors, find_institution, find_title, find_url

TYPES: Final = {
    "article-journal": "JOUR",
    "article-magazine": "MGZN",
    "article-newspaper": "NEWS",
    "book": "BOOK",
    "chapter": "CHAP",
    "paper-conference": "CPAPER",
    "report": "RPRT",
    "dataset": "DATA",
    "software": "COMP",
    "graphic": "ART",
    "motion_picture": "VIDEO",
    "song": "SOUND",
    "map": "MAP",
    "webpage": "ELEC",
    "post-weblog": "BLOG",
    "thesis": "THES",
    "article": "UNPB",
}
LINE: Final = re.compile(r"\s+")


def write_ris(item: Item) -> str:
    """Give the record of an item."""
    kind = find_kind(item)
    lines = [f"TY  - {TYPES.get(kind.csl, 'GEN')}"]
    lines += [f"{tag}  - {LINE.sub(' ', value).strip()}" for tag, value in _tags(item, kind) if value]
    return "\r\n".join([*lines, "ER  - ", ""])


def _tags(item: Item, kind: Kind) -> Iterator[tuple[str, str | None]]:
    yield "ID", item.id
    yield "TI", find_title(item)
    yield from (("AU", _name(agent)) for agent in find_authors(item))
    yield from (("ED", _name(agent)) for agent in find_editors(item))
    year, day = _dates(item)
    yield "PY", year
    yield "DA", day
    yield "T2", item.container.title if item.container else None
    yield "VL", item.volume
    yield "IS", item.issue
    if item.pages is not None:
        yield "SP", item.pages.start or item.pages.article or item.pages.literal
        yield "EP", item.pages.end
    is_thesis = kind.shape == "thesis"
    yield "PB", find_institution(item) if is_thesis else next(iter(item.publisher), None)
    yield "M3", kind.bracket
    yield "ET", find_edition(item)
    yield "DO", item.doi
    yield "UR", find_url(item)
    if item.container is not None:
        yield from (("SN", number) for number in (*item.container.issn, *item.container.isbn))
    yield "LA", next((language.tag for language in item.language if language.tag), None)
    yield from (("KW", subject.value) for subject in item.subject)
    yield from (("AB", text.value) for text in item.abstract[:1])


def _dates(item: Item) -> tuple[str | None, str | None]:
    """Give the year, and the date as RIS has it (2017/05/12/)."""
    parts = date_parts(item.date) if item.date else None
    if not parts:
        return None, None
    year, *rest = parts[0]
    padded = [f"{number:02}" for number in rest] + [""] * (2 - len(rest))
    return str(year), f"{year}/{padded[0]}/{padded[1]}/"


def _name(agent: Agent) -> str:
    return f"{agent.family}, {agent.given}" if agent.family and agent.given else agent.name
