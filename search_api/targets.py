"""Which items a link leads to, and by which names other items link to this one: looked up when asked, never stored.

So a link to an item that comes later leads to it from then on, and the inverse side needs no row of its own. A link
leads to an item where its target is a name of the item; both directions go by that.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from msgspec import structs

from harvester.item import Item, Link
from harvester.store import Store
from harvester.store.items import get_item, list_parts
from harvester.values.targets import ARXIV, normal_target, target_of
from indexer.fields import MAX_VALUE_CHARACTERS, link_value
from indexer.index import Index
from indexer.query import Condition, Query, Sort
from search_api.render import item_path, read_item

MAX_NAMES: Final = 500
ASKED_AT_ONCE: Final = 500
SHARERS_LOOKED_AT: Final = 50
ARXIV_VERSIONS: Final = range(1, 10)
ITEM_ID: Final = re.compile(re.escape(item_path("")) + r"([A-Za-z0-9_-]{1,64})/?")
HANDLE: Final = re.compile(r"https://hdl\.handle\.net/(.+)")
PUBMED: Final = re.compile(r"https://(?:pubmed\.ncbi\.nlm\.nih\.gov|www\.ncbi\.nlm\.nih\.gov/pmc/articles)/([^/]+)/")
BY_TITLE: Final = Sort("title", descending=False)


def names_of(store: Store, index: Index, item: Item, public_url: str) -> frozenset[str]:
    """Give the forms in which the target of a link names an item: by its identifiers, its page and its old pages.

    An address that other items have as well names none of them. Raises: IndexUnavailableError.
    """
    own = _names(item)
    addresses = {name for name in own if "://" in name}
    paths = [item_path(item_id) for item_id in (item.id, *list_parts(store, item.id))]
    pages = [public_url.rstrip("/") + path for path in paths] if public_url else []
    return own - _shared(index, item, addresses) | {*paths, *pages}


def find_targets(store: Store, index: Index, links: Sequence[Link], public_url: str) -> dict[Link, Item]:
    """Give the live items that links lead to, by link. Raises: IndexUnavailableError."""
    found = {link: item for link in links if (item := _ours(store, link, public_url)) is not None}
    targets = {link: link_value(link) for link in links if link not in found and (link.doi or link.url)}
    items = _search(index, set(targets.values()))
    return found | {link: items[target] for link, target in targets.items() if target in items}


def any_of(name: str, values: Iterable[str]) -> tuple[Condition, ...]:
    """Give the filters that find what has one of some values of a property."""
    return tuple(Condition(name, "is", value) for value in sorted(values))


def _names(item: Item) -> frozenset[str]:
    """Give the names of an item by its own identifiers."""
    own = (one for one in item.identifier if one.role == "self")
    targets = ([item.doi] if item.doi else []) + [target for one in own if (target := target_of(one))]
    spelt = itertools.chain.from_iterable(map(_spellings, targets))
    return frozenset(itertools.islice((name for name in spelt if len(name) <= MAX_VALUE_CHARACTERS), MAX_NAMES))


def _shared(index: Index, item: Item, addresses: set[str]) -> set[str]:
    """Give those of some addresses that another item has, too: a journal's, a person's, a search form's."""
    if not addresses:
        return addresses
    asked = Query(filters=any_of("identifier", addresses), sort=BY_TITLE, size=SHARERS_LOOKED_AT)
    others = (read_item(hit.item) for hit in index.search(asked).hits if hit.id != item.id)
    return addresses & {name for other in others for name in _names(other)}


def _ours(store: Store, link: Link, public_url: str) -> Item | None:
    """Give the live item whose page a link names, also by an old id."""
    if not link.url:
        return None
    parts, hub = urlsplit(link.url), urlsplit(public_url)
    is_here = not parts.netloc or parts.netloc.lower() == hub.netloc.lower()
    named = ITEM_ID.fullmatch(parts.path.removeprefix(hub.path.rstrip("/"))) if is_here else None
    item = get_item(store, named[1]) if named else None
    if item is not None and item.merged_into is not None:
        item = get_item(store, item.merged_into)
    return None if item is None or item.deleted else item


def _search(index: Index, targets: set[str]) -> dict[str, Item]:
    """Give for each target the item that it names; of several with one DOI the first, of an address none."""
    values = sorted({value for target in targets for value in _values(target)})
    found: dict[str, Item] = {}
    named: Counter[str] = Counter()
    for item in sorted(_all_with(index, values), key=lambda item: item.id):
        for name in _names(item) & targets:
            named[name] += 1
            found.setdefault(name, item)
    return {name: item for name, item in found.items() if named[name] == 1 or "://" not in name}


def _all_with(index: Index, values: Sequence[str]) -> Iterator[Item]:
    """Yield the items that have one of some identifiers, each once."""
    seen: set[str] = set()
    for begin in range(0, len(values), ASKED_AT_ONCE):
        asked = Query(
            filters=any_of("identifier", values[begin : begin + ASKED_AT_ONCE]), sort=BY_TITLE, size=ASKED_AT_ONCE
        )
        hits = index.search(asked).hits
        while hits:
            yield from (read_item(hit.item) for hit in hits if hit.id not in seen)
            seen |= {hit.id for hit in hits}
            is_end = len(hits) < asked.size
            hits = () if is_end else index.search(structs.replace(asked, after=hits[-1].key)).hits


def _values(target: str) -> Iterable[str]:
    """Give the identifiers, as they are indexed, of what a target may name."""
    if len(target) > MAX_VALUE_CHARACTERS:
        return ()
    found = HANDLE.fullmatch(target) or PUBMED.fullmatch(target)
    paper = target.removeprefix(ARXIV)
    arxiv = (paper, *(f"{paper}v{number}" for number in ARXIV_VERSIONS)) if paper != target else ()
    return (*_spellings(target), *((found[1],) if found else ()), *arxiv)


def _spellings(target: str) -> Iterable[str]:
    """Give the ways in which people write one address: by either scheme, with a slash at its end or without."""
    scheme, separator, rest = target.partition("://")
    if not separator or scheme not in {"http", "https"} or normal_target(target) != target:
        return (target,)
    bare = rest.rstrip("/")
    return tuple(f"{scheme}://{bare}{slash}" for scheme in ("https", "http") for slash in ("", "/"))
