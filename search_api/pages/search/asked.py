"""What a search page was asked for, and the addresses of its neighbours: other filters, facets, values, as JSON."""

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote, quote_plus, urlencode

from msgspec import Struct, structs

from indexer.errors import BadQueryError
from indexer.query import FacetRequest, Query
from search_api.addresses import API
from search_api.grammar import render_condition, render_name
from search_api.histogram import MOST_YEARS, PROPERTY
from search_api.hub import Hub, read_query
from search_api.hub_settings import HubSettings
from search_api.labels import Labels, labels_of
from search_api.params import DEFAULT_FACET_VALUES, MAX_FACET_VALUES
from search_api.problems import TOO_LONG, ProblemError, make_problem

PATH: Final = "/items"
VALUES_PATH: Final = f"{PATH}/values"
TRAIL: Final = "back"
MOST_BACK: Final = 10
"""Cursors of earlier pages that an address holds; before them there is only the first page."""

SHOWN_VALUES: Final = 8
MOST_VALUES: Final = 20
MOST_ADDED: Final = 20
MOST_CHARACTERS: Final = 8_000
"""Bounds on a page: every value has two links, each with all that the address has."""

ORDER: Final = ("sort", "group", "size")
"""Of parameters: addresses of one search are the same, however it was come by."""

Pair = tuple[str, str]


class Asked(Struct, frozen=True, kw_only=True):
    """A search as its links keep it.

    `label` gives what pages call a property. `filters` are the conditions in their one form, `added` the facets that
    the address names, `order` what it says of sort, group and size. `stem` is the address with all that, on its first
    page. `cursor` and `trail` are those of this page and of the pages before it.
    """

    query: Query
    settings: HubSettings
    label: Labels
    filters: tuple[str, ...]
    added: tuple[FacetRequest, ...]
    order: tuple[Pair, ...]
    stem: str
    cursor: str
    trail: tuple[str, ...]

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for anything but all items."""
        return bool(self.query.text or self.filters)

    def selection(self) -> list[Pair]:
        """Give what selects the items, without their order and their pages."""
        return pairs_of(self.query.text, self.filters)

    def with_filters(self, filters: Iterable[str]) -> str:
        """Give the address of this search with other filters."""
        return address(PATH, self.pairs(filters))

    def pairs(self, filters: Iterable[str]) -> list[Pair]:
        """Give the parameters of this search with other filters, on its first page."""
        return [*pairs_of(self.query.text, filters), *facet_pairs(self.added), *self.order]

    def toggled(self, token: str) -> str:
        """Give the address with a filter put in, or left out where it is in."""
        if token not in self.filters:
            return with_filter(self.stem, token)
        return self.with_filters(other for other in self.filters if other != token)

    def without_positives(self, name: str) -> list[str]:
        """Give the filters but those that ask for a property's values."""
        pairs = zip(self.filters, self.query.filters, strict=True)
        return [token for token, one in pairs if one.name != name or one.negative]

    def with_facets(self, added: Sequence[FacetRequest]) -> str:
        """Give the address with other added facets."""
        return address(PATH, [*self.selection(), *facet_pairs(added), *self.order])

    def with_text(self, text: str) -> str:
        """Give the address of other words within the same filters."""
        return address(
            PATH, [*pairs_of(text, self.filters), *facet_pairs(self.added), *self.order_without_relevance(text)]
        )

    def order_without_relevance(self, text: str) -> list[Pair]:
        """Give the order as it can be with these words: without any nothing is relevant."""
        return [pair for pair in self.order if text or pair != ("sort", "relevance")]

    def values_address(self, name: str, *more: Pair) -> str:
        """Give the address of the page of all values of a property."""
        return address(f"{VALUES_PATH}/{quote(name, safe='')}", [*self.pairs(self.filters), *more])

    def json_address(self) -> str:
        """Give the address that gives programs the same items and counts."""
        facets = ",".join(f"{render_name(one.name)}:{min(one.size, MAX_FACET_VALUES)}" for one in self.query.facets)
        cursor = [("cursor", self.cursor)] if self.cursor else []
        return address(f"{API}/items", [*self.selection(), ("facet", facets), *self.order, *cursor])


def read_asked(hub: Hub, pairs: Sequence[Pair]) -> Asked:
    """Read what a page is asked for. Raises: as `read_query`, ProblemError (414)."""
    trail = [value for name, value in pairs if name == TRAIL]
    if len(trail) > 1:
        raise BadQueryError(TRAIL, f"{TRAIL} is given more than once; give it once")
    settings = hub.settings()
    query = read_query(hub, [pair for pair in pairs if pair[0] != TRAIL])
    filters = tuple(map(render_condition, query.filters))
    order = tuple(sorted((pair for pair in pairs if pair[0] in ORDER), key=lambda pair: ORDER.index(pair[0])))
    stem = address(PATH, [*pairs_of(query.text, filters), *facet_pairs(query.facets), *order])
    _check(query, stem)
    return Asked(
        query=structs.replace(query, facets=_facets(settings, query.facets)),
        settings=settings,
        label=labels_of(settings),
        filters=filters,
        added=query.facets,
        order=order,
        stem=stem,
        cursor=next((value for name, value in pairs if name == "cursor"), ""),
        trail=tuple(trail[0].split(",")[-MOST_BACK:]) if trail else (),
    )


def _check(query: Query, stem: str) -> None:
    if len(query.facets) > MOST_ADDED:
        raise BadQueryError("facet", f"{len(query.facets)} facets; a page takes at most {MOST_ADDED}, the API more")
    if len(stem) > MOST_CHARACTERS:
        detail = f"A page takes a search of at most {MOST_CHARACTERS:,} characters; the API takes more."
        raise ProblemError(make_problem(TOO_LONG, detail))


def pairs_of(text: str, filters: Iterable[str]) -> list[Pair]:
    """Give the parameters that select items."""
    return [*([("q", text)] if text else []), *(("filter", token) for token in filters)]


def facet_pairs(facets: Sequence[FacetRequest]) -> list[Pair]:
    """Give the parameters of added facets."""
    return [("facet", _facet(one)) for one in facets]


def address(path: str, pairs: Sequence[Pair]) -> str:
    """Give an address."""
    return f"{path}?{urlencode(pairs)}" if pairs else path


def with_filter(stem: str, token: str) -> str:
    """Give an address with a filter at its end."""
    return f"{stem}{'&' if '?' in stem else '?'}filter={quote_plus(token)}"


def _facet(one: FacetRequest) -> str:
    return render_name(one.name) + ("" if one.size == DEFAULT_FACET_VALUES else f":{one.size}")


def _facets(settings: HubSettings, added: Sequence[FacetRequest]) -> tuple[FacetRequest, ...]:
    """Give the facets of the page: the hub's own, then those added; of years all, which are drawn."""
    sizes = dict.fromkeys((*settings.facets, *(one.name for one in added)), SHOWN_VALUES)
    sizes |= {one.name: min(one.size, MOST_VALUES) for one in added if one.size != DEFAULT_FACET_VALUES}
    sizes |= {PROPERTY: MOST_YEARS} if PROPERTY in sizes else {}
    return tuple(FacetRequest(name, size) for name, size in sizes.items())
