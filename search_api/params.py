"""The parameters of a search: one table for the parser, the OpenAPI document and the page about the API."""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from msgspec import Struct

from harvester.errors import cut
from indexer.conditions import SORTS, check_query
from indexer.errors import BadQueryError
from indexer.fields import FIELDS
from indexer.query import Condition, FacetRequest, Query, Sort
from indexer.text import parse_text
from search_api.cursor import continued
from search_api.grammar import parse_condition, render_name, split_name

MAX_SIZE: Final = 1_000
MAX_FACET_VALUES: Final = 1_000
MAX_FILTERS: Final = 200
MAX_FACETS: Final = 100
MAX_VALUES_IN_ALL: Final = 10_000
"""Values of all facets of one query together: what one answer can cost is bounded by it, not by facets x values."""

DEFAULT_SIZE: Final = 20
DEFAULT_FACET_VALUES: Final = 10

SORT_NAMES: Final = ("relevance", *(sign + name for name in SORTS if name != "relevance" for sign in ("", "-")))

_FACET_PARTS: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,])+', re.DOTALL)
_COUNT: Final = re.compile(r"[0-9]{1,6}")


class Parameter(Struct, frozen=True, kw_only=True):
    """One query parameter; `schema` is the JSON schema of one value, `repeatable` ones may be given many times."""

    name: str
    meaning: str
    schema: dict[str, Any]
    example: str
    repeatable: bool = False


Q: Final = Parameter(
    name="q",
    meaning='Words that must all occur, a "quoted phrase" as one, title:word in one property, improv* for what begins '
    "so, AND, OR, NOT and parentheses; a DOI or another identifier finds its item. Case and accents do not matter.",
    schema={"type": "string"},
    example="improvement",
)
FILTER: Final = Parameter(
    name="filter",
    meaning="name:value, -name:value (not), name:* (has a value), name:! (has none), name:a..b (a range of dates or "
    "years, either end may be left out). Filters on one property are alternatives, different properties must all hold, "
    'every -filter must hold. "Quotes" keep *, !, and .. in a value as they are.',
    schema={"type": "string"},
    example="genre:Empirical",
    repeatable=True,
)
FACET: Final = Parameter(
    name="facet",
    meaning="Properties to count by value, parted by commas; name:50 gives up to 50 values "
    f"(1 to {MAX_FACET_VALUES:,}, {DEFAULT_FACET_VALUES} without). "
    "A facet's counts leave out the filters on its own property.",
    schema={"type": "string"},
    example="genre,year:50",
    repeatable=True,
)
SORT: Final = Parameter(
    name="sort",
    meaning="The order, a minus for descending; without it relevance where there are words, else -date. "
    "Items without a date come last.",
    schema={"type": "string", "enum": list(SORT_NAMES)},
    example="-date",
)
GROUP: Final = Parameter(
    name="group",
    meaning="work gives of the versions of one work (same title, same first author) the first only, and ends after "
    "10,000 works; total and facets count items all the same.",
    schema={"type": "string", "enum": ["work"]},
    example="work",
)
SIZE: Final = Parameter(
    name="size",
    meaning="Items on a page.",
    schema={"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE},
    example="20",
)
CURSOR: Final = Parameter(
    name="cursor",
    meaning="The next of the page before, unchanged; q, filter, sort and group must be the same. Empty is the first "
    "page.",
    schema={"type": "string"},
    example="",
)

SEARCH_PARAMETERS: Final = (Q, FILTER, FACET, SORT, GROUP, SIZE, CURSOR)
SELECTION_PARAMETERS: Final = (Q, FILTER)

Pairs = Iterable[tuple[str, str]]


def parse_query(
    pairs: Pairs,
    *,
    is_known: Callable[[str], bool],
    secret: bytes,
    parameters: Sequence[Parameter] = SEARCH_PARAMETERS,
) -> Query:
    """Read a query from names and values as they stand in a URL, in any order.

    `is_known` tells whether an undeclared property occurs. Raises: BadQueryError naming the parameter.
    """
    given = collect(pairs, parameters)
    text = _single(given, "q").strip()
    query = Query(
        text=text,
        filters=_filters(given.get("filter", ()), is_known),
        facets=_facets(given.get("facet", ()), is_known),
        sort=_sort(given["sort"][0] if "sort" in given else None, text),
        size=read_size(given["size"][0]) if "size" in given else DEFAULT_SIZE,
        by_work=_is_by_work(given),
    )
    check_query(query)
    cursor = _single(given, "cursor")
    return continued(query, cursor, secret) if cursor else query


def collect(pairs: Pairs, parameters: Sequence[Parameter]) -> dict[str, list[str]]:
    """Give the values by parameter. Raises: BadQueryError for an unknown one, and for a repeated single one."""
    table = {parameter.name: parameter for parameter in parameters}
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in table:
            raise BadQueryError(name, say_unknown("parameter", name, table, f"this address takes {_listed(table)}"))
        given.setdefault(name, []).append(value)
        if len(given[name]) > 1 and not table[name].repeatable:
            raise BadQueryError(name, f"{name} is given more than once; give it once")
    return given


def collect_single(pairs: Pairs, parameters: Sequence[Parameter]) -> dict[str, str]:
    """Give one value by parameter, the last of a repeatable one. Raises: as `collect`."""
    return {name: values[-1] for name, values in collect(pairs, parameters).items()}


def read_size(text: str, most: int = MAX_SIZE) -> int:
    """Read the size of a page. Raises: BadQueryError (size)."""
    if not _COUNT.fullmatch(text) or not 1 <= int(text) <= most:
        raise BadQueryError("size", f"size {cut(text)!r}: give a number from 1 to {most:,}")
    return int(text)


def say_unknown(kind: str, name: str, known: Iterable[str], advice: str) -> str:
    """Say that a name is not known, with the nearest that is, and what to do."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"unknown {kind} {cut(name)!r}; " + (f"did you mean {near[0]}? " if near else "") + advice


def _single(given: dict[str, list[str]], name: str) -> str:
    return given.get(name, [""])[0]


def _filters(texts: Sequence[str], is_known: Callable[[str], bool]) -> tuple[Condition, ...]:
    if len(texts) > MAX_FILTERS:
        raise BadQueryError("filter", f"{len(texts)} filters; a query takes at most {MAX_FILTERS}")
    found = tuple(dict.fromkeys(parse_condition(text) for text in texts))
    for condition in found:
        check_name("filter", condition.name, is_known)
    return found


def _facets(texts: Sequence[str], is_known: Callable[[str], bool]) -> tuple[FacetRequest, ...]:
    parts = [part.strip() for text in texts for part in _FACET_PARTS.findall(text)]
    found = tuple(_facet(part) for part in parts if part)
    if len(found) > MAX_FACETS:
        raise BadQueryError("facet", f"{len(found)} facets; a query takes at most {MAX_FACETS}")
    if sum(facet.size for facet in found) > MAX_VALUES_IN_ALL:
        raise BadQueryError(
            "facet",
            f"the facets ask for more than {MAX_VALUES_IN_ALL:,} values in all; ask for fewer of each, "
            "or page through one by /api/v1/properties/NAME/values",
        )
    for facet in found:
        check_name("facet", facet.name, is_known)
    return found


def _facet(text: str) -> FacetRequest:
    name, rest = split_name(text) or ("", "")
    if not name:
        raise BadQueryError("facet", f"facet {cut(text)!r} is not of the form name or name:size, such as genre:50")
    if not rest:
        return FacetRequest(name, DEFAULT_FACET_VALUES)
    size = rest.removeprefix(":").strip()
    if not rest.startswith(":") or not _COUNT.fullmatch(size) or not 1 <= int(size) <= MAX_FACET_VALUES:
        raise BadQueryError(
            "facet",
            f"facet {cut(text)!r}: the size after the colon is a number from 1 to {MAX_FACET_VALUES:,}; "
            "a name with a colon or comma stands in quotes",
        )
    return FacetRequest(name, int(size))


def check_name(parameter: str, name: str, is_known: Callable[[str], bool]) -> None:
    """Raise BadQueryError where no property has this name."""
    if name not in FIELDS and not is_known(name):
        fault = say_unknown("property", name, FIELDS, "/api/v1/properties lists those that occur here")
        raise BadQueryError(parameter, f"{parameter} {render_name(cut(name))}: {fault}")


def _is_by_work(given: dict[str, list[str]]) -> bool:
    text = given.get("group", [None])[0]
    if text not in {None, "work"}:
        raise BadQueryError("group", f"group {cut(text)!r}: work is the only one; leave it out for every item")
    return text is not None


def _sort(text: str | None, words: str) -> Sort:
    if text is None:
        return Sort("relevance") if parse_text(words) else Sort()
    if text not in SORT_NAMES:
        raise BadQueryError("sort", f"sort {cut(text)!r}: use one of {_listed(SORT_NAMES)}")
    if text == "relevance" and not parse_text(words):
        raise BadQueryError("sort", "sort relevance needs words to be relevant to: give q, or sort by -date")
    return Sort(text.removeprefix("-"), descending=text.startswith("-") or text == "relevance")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
