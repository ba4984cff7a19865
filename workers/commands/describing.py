"""An item in words: a summary of three lines, and all its properties as they are filtered by."""

from collections.abc import Iterator
from typing import Final

from harvester.item import Item
from harvester.values.dois import doi_address
from indexer.fields import FIELDS, label

SHOWN_AGENTS: Final = 3


def title_of(item: Item) -> str:
    """Give the first title."""
    return item.title[0].value if item.title else "(without a title)"


def summary_of(item: Item) -> tuple[str, ...]:
    """Give who made it and when, where it appeared, and where it is; a part that the source lacks is left out."""
    names = [agent.name for agent in item.creator[:SHOWN_AGENTS]]
    if len(item.creator) > SHOWN_AGENTS:
        names.append("et al.")
    year = "" if item.date is None or item.date.year is None else f" ({item.date.year})"
    return tuple(filter(None, (("; ".join(names) + year).strip(), _appeared(item), _address(item))))


def properties_of(item: Item) -> Iterator[tuple[str, str]]:
    """Yield name and value of each property, declared ones first; the name stands at its first value only."""
    for name, values in values_of(item).items():
        for place, value in enumerate(values):
            yield "" if place else name, value


def values_of(item: Item) -> dict[str, list[str]]:
    """Give the values of each property that an item has, declared ones first."""
    found = {name: [label(name, value) for value in field.read(item) if value] for name, field in FIELDS.items()}
    return {name: list(dict.fromkeys(values)) for name, values in {**found, **item.extra}.items() if values}


def _appeared(item: Item) -> str:
    number = (item.volume or "") + (f"({item.issue})" if item.issue else "")
    parts = (item.container.title if item.container else "", number, item.pages.literal if item.pages else "")
    return ", ".join(part for part in parts if part)


def _address(item: Item) -> str:
    if item.doi:
        return doi_address(item.doi)
    return next((identifier.url for identifier in item.identifier if identifier.url), "")
