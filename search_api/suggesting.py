"""What is offered while a person types: values of properties that begin so, and items whose titles hold the words."""

from typing import Final

from msgspec import Struct, structs

from indexer.fields import label, shown_label
from indexer.query import Query, Sort
from indexer.text import MIN_PREFIX_CHARACTERS
from indexer.tokens import fold, stands_alone, tokens
from search_api.grammar import render_token
from search_api.hub import Hub
from search_api.params import SIZE, Pairs, Parameter, collect_single, read_size
from search_api.render import item_address, read_item

MIN_CHARACTERS: Final = 2
MOST_WORDS: Final = 20
MOST: Final = 20
DEFAULT_SIZE: Final = 8

TYPED: Final = Parameter(
    name="q",
    meaning=f"What is typed so far; from {MIN_CHARACTERS} characters on something is offered.",
    schema={"type": "string"},
    example="improv",
)
MANY: Final = structs.replace(
    SIZE,
    meaning="How many values, and how many items.",
    schema={"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_SIZE},
)
SUGGEST_PARAMETERS: Final = (TYPED, MANY)


class SuggestedValue(Struct, frozen=True):
    """A value of a property that begins as typed; `filter` is the token that asks for its `count` items."""

    property: str
    property_label: str
    value: str
    label: str
    count: int
    filter: str


class SuggestedItem(Struct, frozen=True):
    """An item whose title has the words typed, the last of them maybe unfinished."""

    id: str
    title: str
    url: str


class Suggestions(Struct, frozen=True):
    """What is offered: values with most items first, and items by relevance."""

    values: list[SuggestedValue]
    items: list[SuggestedItem]


def suggest(hub: Hub, pairs: Pairs) -> Suggestions:
    """Offer values and items. Raises: BadQueryError naming the parameter, IndexUnavailableError."""
    given = collect_single(pairs, SUGGEST_PARAMETERS)
    size = read_size(given["size"], MOST) if "size" in given else DEFAULT_SIZE
    typed = given.get("q", "").strip()
    if len(fold(typed)) < MIN_CHARACTERS:
        return Suggestions([], [])
    return Suggestions(_values(hub, typed, size), _items(hub, typed, size))


def _values(hub: Hub, typed: str, size: int) -> list[SuggestedValue]:
    return [
        SuggestedValue(
            one.name,
            shown_label(one.name),
            one.value,
            label(one.name, one.value),
            one.count,
            render_token(one.name, one.value),
        )
        for one in hub.index.suggest(typed, size)
    ]


def _items(hub: Hub, typed: str, size: int) -> list[SuggestedItem]:
    words = tokens(typed)[:MOST_WORDS]
    if not words:
        return []
    if typed[-1].isalnum() and len(words[-1]) >= MIN_PREFIX_CHARACTERS and not stands_alone(words[-1]):
        words[-1] += "*"
    text = " ".join(f"title:{word}" for word in words)
    hits = hub.index.search(Query(text=text, sort=Sort("relevance"), size=size, with_total=False)).hits
    found = [read_item(hit.item) for hit in hits]
    return [SuggestedItem(item.id, item.title[0].value, item_address(item.id, hub.public_url)) for item in found]
