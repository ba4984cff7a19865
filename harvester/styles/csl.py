"""Items as CSL-JSON (Citation Style Language 1.0.2), the form that citation programs read."""

from harvester.item import Agent, Item, Metadata
from harvester.styles.dates import date_parts, is_in_press
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
    write_pages,
)

CslItem = dict[str, object]


def to_csl(item: Metadata) -> CslItem:
    """Give an item as one object of CSL-JSON; what the item does not say has no key. An `Item` keeps its id."""
    kind = find_kind(item)
    found: CslItem = {
        "id": item.id if isinstance(item, Item) else item.doi or "item",
        "type": kind.csl,
        "title": find_title(item),
        "author": _names(find_authors(item)),
        "editor": _names(find_editors(item)),
        "issued": _issued(item),
        "status": "in press" if is_in_press(item) else None,
        "container-title": item.container.title if item.container else None,
        "publisher": (find_institution(item) if kind.shape == "thesis" else None) or next(iter(item.publisher), None),
        "volume": item.volume,
        "issue": item.issue,
        **_numbers(item, kind),
        "edition": find_edition(item),
        "version": find_version(item),
        "genre": kind.bracket if kind.shape in {"thesis", "preprint"} else None,
        "event-title": find_event(item),
        "abstract": item.abstract[0].value if item.abstract else None,
        "language": item.language[0].tag if item.language else None,
        "DOI": item.doi,
        "URL": find_url(item),
        "ISSN": _joined(item.container.issn if item.container else ()),
        "ISBN": _joined(item.container.isbn if item.container else ()),
    }
    return {name: value for name, value in found.items() if value}


def _numbers(item: Metadata, kind: Kind) -> CslItem:
    """Give pages and number: an article's number where it has one, a report's own."""
    pages = item.pages
    number = find_number(item) if kind.shape == "report" else pages.article if pages else None
    return {"page": write_pages(pages) if pages and not pages.article else None, "number": number}


def _names(agents: list[Agent]) -> list[dict[str, str]]:
    return [_name(agent) for agent in agents]


def _name(agent: Agent) -> dict[str, str]:
    if not (agent.family and agent.given):
        return {"literal": agent.name}
    before = f"{agent.family}, {agent.given}, "
    suffix = {"suffix": agent.name[len(before) :]} if agent.name.startswith(before) else {}
    return {"family": agent.family, "given": agent.given, **suffix}


def _issued(item: Metadata) -> CslItem | None:
    if item.date is None:
        return None
    parts = date_parts(item.date)
    if parts is None:
        return {"literal": item.date.literal} if item.date.literal else None
    circa = {"circa": 1} if item.date.edtf and item.date.edtf[-1] in "?~%" else {}
    return {"date-parts": parts, **circa}


def _joined(numbers: tuple[str, ...]) -> str | None:
    return " ".join(numbers) or None
