"""Items as BibTeX entries, in ASCII-safe braces and UTF-8 (as BibLaTeX and all current tools read it)."""

import re
from typing import Final

from harvester.item import Agent, Item
from harvester.styles.dates import date_parts
from harvester.styles.kinds import Kind, find_kind
from harvester.styles.parts import (
    find_authors,
    find_edition,
    find_editors,
    find_event,
    find_institution,
    find_number,
    find_title,
    find_url,
    find_version,
)

TYPES: Final = {
    "article": "article",
    "periodical": "article",
    "book": "book",
    "chapter": "incollection",
    "paper": "inproceedings",
    "report": "techreport",
}
THESES: Final = {"Doctoral dissertation": "phdthesis"}
SPECIAL: Final = re.compile(r"[\\{}$&#%_^~]")
ESCAPES: Final = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
LINE: Final = re.compile(r"\s+")
VERBATIM: Final = frozenset(["doi", "url", "isbn", "issn"])


def write_bibtex(item: Item) -> str:
    """Give the entry of an item; its key is the item's id, which never changes."""
    kind = find_kind(item)
    entry = _type(kind)
    found = {name: LINE.sub(" ", value).strip() for name, value in _fields(item, kind, entry).items() if value}
    lines = [f"  {name} = {{{value if name in VERBATIM else _escape(value, name)}}}" for name, value in found.items()]
    return f"@{entry}{{{item.id},\n" + ",\n".join(lines) + "\n}\n"


def _type(kind: Kind) -> str:
    if kind.shape == "thesis":
        return THESES.get(kind.bracket or "", "mastersthesis")
    entry = TYPES.get(kind.shape, "misc")
    return "inproceedings" if entry == "incollection" and kind.csl == "paper-conference" else entry


def _fields(item: Item, kind: Kind, entry: str) -> dict[str, str | None]:
    year, month = _date(item)
    container = item.container.title if item.container else None
    publisher = next(iter(item.publisher), None)
    is_thesis, is_report = kind.shape == "thesis", entry == "techreport"
    return {
        "title": find_title(item),
        "author": _names(find_authors(item)),
        "editor": _names(find_editors(item)),
        "journal" if entry == "article" else "booktitle": container if entry != "misc" else None,
        "howpublished": container if entry == "misc" else None,
        "school" if is_thesis else "institution": find_institution(item) if is_thesis or is_report else None,
        "publisher": None if is_thesis or is_report or entry == "article" else publisher,
        "year": year,
        "month": month,
        "volume": item.volume,
        "number": find_number(item) if is_report else item.issue,
        "pages": _pages(item),
        "edition": find_edition(item),
        "version": find_version(item),
        "type": kind.bracket if kind.shape in {"thesis", "preprint", "versioned", "web"} else None,
        "eventtitle": find_event(item),
        "doi": item.doi,
        "url": find_url(item),
        "issn": ", ".join(item.container.issn) if item.container else None,
        "isbn": ", ".join(item.container.isbn) if item.container else None,
        "language": next((language.tag for language in item.language if language.tag), None),
        "keywords": ", ".join(subject.value for subject in item.subject),
        "abstract": item.abstract[0].value if item.abstract else None,
    }


def _date(item: Item) -> tuple[str | None, str | None]:
    parts = date_parts(item.date) if item.date else None
    if not parts:
        return None, None
    return str(parts[0][0]), str(parts[0][1]) if len(parts[0]) > 1 else None


def _pages(item: Item) -> str | None:
    if item.pages is None:
        return None
    if item.pages.start and item.pages.end and item.pages.start != item.pages.end:
        return f"{item.pages.start}--{item.pages.end}"
    return item.pages.article or item.pages.start or item.pages.literal


def _names(agents: list[Agent]) -> str:
    """Give names joined by "and"; one that is no person's, or holds the word itself, is kept together by braces."""
    return " and ".join(map(_name, agents))


def _name(agent: Agent) -> str:
    if agent.family and agent.given:
        return f"{agent.family}, {agent.given}"
    is_whole = agent.kind == "organization" or " and " in agent.name
    return f"\x00{agent.name}\x01" if is_whole else agent.name


def _escape(text: str, name: str) -> str:
    escaped = SPECIAL.sub(lambda found: ESCAPES.get(found[0], "\\" + found[0]), text)
    return f"{{{escaped}}}" if name == "title" else escaped.replace("\x00", "{").replace("\x01", "}")
