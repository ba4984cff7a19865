"""The `citation_*` tags of an item's page, by which Google Scholar, Zotero and others read it.

Source: Google Scholar, Inclusion Guidelines for Webmasters, "Indexing"; names beyond it are HighWire Press's.
"""

from collections.abc import Iterator
from typing import Final

from harvester.item import Agent, Item
from harvester.styles.dates import date_parts
from harvester.styles.kinds import find_kind
from harvester.styles.parts import find_authors, find_event, find_institution, find_number, find_title
from search_api.pages.item.values import plain
from search_api.signposting import find_pdf

IN_BOOKS: Final = frozenset(("book", "chapter"))

Tags = list[tuple[str, str]]


def citation_tags(item: Item, address: str) -> Tags:
    """Give names and contents, those of authors once for each; `address` is the page's own."""
    shape = find_kind(item).shape
    found = [
        ("citation_title", find_title(item)),
        *(("citation_author", name_of(agent)) for agent in find_authors(item)),
        ("citation_publication_date", _date(item)),
        *_place(item, shape),
        ("citation_volume", item.volume or ""),
        ("citation_issue", item.issue or ""),
        *_pages(item),
        ("citation_doi", item.doi or ""),
        *(("citation_issn", number) for number in (item.container.issn if item.container else ())),
        *(("citation_isbn", number) for number in (item.container.isbn if item.container else ())),
        ("citation_publisher", "" if shape == "thesis" else next(iter(item.publisher), "")),
        *(("citation_language", language.tag) for language in item.language[:1] if language.tag),
        *(("citation_keywords", subject.value) for subject in item.subject),
        ("citation_pdf_url", find_pdf(item) or ""),
        ("citation_abstract_html_url", address),
    ]
    return [(name, plain(content)) for name, content in found if content.strip()]


def name_of(agent: Agent) -> str:
    """Give a name as Family, Given where both are known."""
    return f"{agent.family}, {agent.given}" if agent.family and agent.given else agent.name


def _place(item: Item, shape: str) -> Iterator[tuple[str, str]]:
    """Give where the work appeared, by the tag for its kind."""
    container = item.container.title if item.container else ""
    if shape == "chapter" and any(term.label.casefold().startswith("conference") for term in item.resource_type):
        shape = "paper"  # which is cited as a chapter of its proceedings, and found as a paper
    match shape:
        case "thesis":
            yield "citation_dissertation_institution", find_institution(item) or ""
        case "report":
            yield "citation_technical_report_institution", next(iter(item.publisher), "")
            yield "citation_technical_report_number", find_number(item) or ""
        case "paper":
            yield "citation_conference_title", container or find_event(item) or ""
        case shape if shape in IN_BOOKS:
            yield "citation_inbook_title", container
        case _:
            yield "citation_journal_title", container


def _pages(item: Item) -> Iterator[tuple[str, str]]:
    if item.pages is not None:
        yield "citation_firstpage", item.pages.start or item.pages.article or ""
        yield "citation_lastpage", item.pages.end or ""


def _date(item: Item) -> str:
    """Give the date as 2017/05/12, no more precise than it is known; of a span its beginning."""
    parts = date_parts(item.date) if item.date else None
    if not parts:
        return ""
    year, *rest = parts[0]
    return "/".join([str(year), *(f"{part:02}" for part in rest)])
