"""Which items a link leads to, and by which names other items link to this one: looked up when asked, never stored.

So a link to an item that comes later leads to it from then on, and the inverse side needs no row of its own.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from harvester.item import Item, Link
from harvester.store import Store
from harvester.store.items import get_item
from harvester.values.identifiers import parse_identifier
from indexer.fields import link_value
from indexer.index import Index
from indexer.query import Condition, Query, Sort
from search_api.render import item_path, read_item

MAX_FOUND: Final = 1_000
MORE_FORMS: Final = {
    "handle": ("hdl:{}", "http://hdl.handle.net/{}"),
    "arxiv": ("arxiv:{}", "http://arxiv.org/abs/{}"),
    "pmid": ("pmid:{}",),
}


def names_of(item: Item, public_url: str) -> tuple[str, ...]:
    """Give the forms in which another item may name this one as the target of a link."""
    names = {item.doi: None} if item.doi else {}
    for identifier in item.identifier:
        if identifier.role == "self":
            names |= dict.fromkeys(_forms(identifier.scheme, identifier.value, identifier.url))
    path = item_path(item.id)
    return (*names, path, *([public_url.rstrip("/") + path] if public_url else ()))


def find_targets(store: Store, index: Index, links: Sequence[Link], public_url: str) -> dict[Link, Item]:
    """Give the live items that links lead to, by link. Raises: IndexUnavailableError."""
    named = {link: _named(link, public_url) for link in links}
    found: dict[Link, Item] = {}
    wanted: dict[Link, tuple[str, ...]] = {}
    for link, item_id in named.items():
        if item_id:
            item = _live(store, item_id)
            if item is not None:
                found[link] = item
        elif link.doi or link.url:
            wanted[link] = tuple(_identifiers(link_value(link)))
    by_name = _search(index, {name for names in wanted.values() for name in names})
    for link, names in wanted.items():
        item = next((by_name[name] for name in names if name in by_name), None)
        if item is not None:
            found[link] = item
    return found


def _named(link: Link, public_url: str) -> str:
    """Give the id of an item whose page a link names, else nothing."""
    path = (link.url or "").removeprefix(public_url.rstrip("/"))
    before, _, item_id = path.partition(item_path(""))
    return "" if before else item_id


def _live(store: Store, item_id: str) -> Item | None:
    item = get_item(store, item_id)
    if item is not None and item.merged_into is not None:
        item = get_item(store, item.merged_into)
    return None if item is None or item.deleted else item


def _search(index: Index, names: Iterable[str]) -> dict[str, Item]:
    """Give for each name the item that has it as an identifier of its own, of several the one of the least id."""
    asked = tuple(Condition("identifier", "is", name) for name in sorted(names))
    if not asked:
        return {}
    found: dict[str, Item] = {}
    hits = index.search(Query(filters=asked, sort=Sort("title", descending=False), size=MAX_FOUND)).hits
    for item in sorted((read_item(hit.item) for hit in hits), key=lambda item: item.id):
        for identifier in item.identifier:
            if identifier.role == "self":
                found.setdefault(identifier.value, item)
    return found


def _identifiers(target: str) -> Iterable[str]:
    """Give the identifiers that an item has which a link's target may mean."""
    parsed = parse_identifier(target)
    if parsed is None:
        return ()
    return (parsed.value, *_addresses(target)) if parsed.scheme == "url" else (parsed.value, target)


def _forms(scheme: str, value: str, url: str | None) -> Iterable[str]:
    if scheme == "doi":
        return (value,)
    more = (form.format(value) for form in MORE_FORMS.get(scheme, ()))
    return (value, *(_addresses(url) if url else ()), *more)


def _addresses(url: str) -> Iterable[str]:
    """Give the ways in which people write one address: by either scheme, with a slash at its end or without."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"http", "https"}:
        return (url,)
    bare = rest.rstrip("/")
    return tuple(f"{scheme}://{bare}{slash}" for scheme in ("https", "http") for slash in ("", "/"))
