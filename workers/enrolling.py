"""From what a person typed to an endpoint: a key that we know, or an URL that becomes one."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import msgspec

from harvester.endpoint import KEY_FORM, Endpoint
from harvester.errors import cut
from harvester.harvesting import Harvesting
from harvester.store import Store
from harvester.store.endpoints import get_endpoint, list_endpoints, put_endpoint
from workers.errors import UsageError
from workers.probing import keep_findings
from workers.surveying import DEFAULT_PREFIX, Surveyed, Wanted, read_address, survey


def endpoint_for(
    harvesting: Harvesting,
    key_or_url: str,
    *,
    prefix: str | None,
    sets: tuple[str, ...],
    allow_private: bool,
    tell: Callable[[Surveyed], None] | None = None,
) -> Endpoint:
    """Give the endpoint of a key, or the one of an URL, which is probed and kept where there is none.

    `tell` is told of a new one. Raises: UsageError for an unknown key, and what look_at raises for an URL that is new.
    """
    store = harvesting.store
    if "://" not in key_or_url:
        return _known(store, key_or_url, prefix=prefix, sets=sets, allow_private=allow_private)
    found = find_endpoint(store, read_address(key_or_url), prefix, sets)
    if found is None:
        wanted = Wanted(prefix=prefix, sets=sets, allow_private=allow_private)
        surveyed = look_at(harvesting, key_or_url, wanted, thorough=False)
        found = find_endpoint(store, surveyed.endpoint.base_url, prefix, sets)
        if found is None:
            keep(store, surveyed)
            if tell is not None:
                tell(surveyed)
            return surveyed.endpoint
    return _allowed(store, found, allow_private=allow_private)


def enrol(harvesting: Harvesting, url: str, wanted: Wanted) -> Endpoint:
    """Probe the repository at an URL, shortly, and keep it as an endpoint. Raises: what look_at raises."""
    surveyed = look_at(harvesting, url, wanted, thorough=False)
    keep(harvesting.store, surveyed)
    return surveyed.endpoint


def look_at(harvesting: Harvesting, url: str, wanted: Wanted, *, probe: bool = True, thorough: bool = True) -> Surveyed:
    """Survey what is at an URL, under the key that is wanted or one from its host's name; nothing is kept.

    Raises: UsageError where the key is taken or the URL is no address, and what survey raises.
    """
    base_url = read_address(url)
    if wanted.key is not None and get_endpoint(harvesting.store, wanted.key) is not None:
        raise UsageError(f"there is an endpoint {wanted.key} already: choose another key, or remove that one first")
    key = wanted.key or _free_key(harvesting.store, base_url, wanted.prefix or DEFAULT_PREFIX)
    return survey(harvesting, base_url, key, wanted, probe=probe, thorough=thorough)


def keep(store: Store, surveyed: Surveyed) -> None:
    """Keep an endpoint that was surveyed, and what was found of it."""
    put_endpoint(store, surveyed.endpoint)
    if surveyed.findings is not None:
        keep_findings(store, surveyed.endpoint.key, surveyed.findings, now=store.now(), by_person=True)


def find_endpoint(store: Store, base_url: str, prefix: str | None, sets: tuple[str, ...]) -> Endpoint | None:
    """Give the endpoint of a repository, format and choice of sets; without a format that of oai_dc, else any."""
    found = [one for one in list_endpoints(store) if (one.base_url, one.sets) == (base_url, sets)]
    found.sort(key=lambda one: one.metadata_prefix != DEFAULT_PREFIX)
    return next((one for one in found if prefix in {None, one.metadata_prefix}), None)


def _known(store: Store, key: str, *, prefix: str | None, sets: tuple[str, ...], allow_private: bool) -> Endpoint:
    endpoint = get_endpoint(store, key)
    if endpoint is None and not KEY_FORM.fullmatch(key):
        raise UsageError(
            f"{cut(key)!r} is neither the key of an endpoint nor an address: an address begins with https:// or http://"
        )
    if endpoint is None:
        known = ", ".join(endpoint.key for endpoint in list_endpoints(store)) or "none yet"
        raise UsageError(
            f"there is no endpoint {key!r} (there are: {known}); `oaihub endpoints add {key} URL` makes it"
        )
    if prefix is not None or sets:
        raise UsageError(f"--prefix and --set make a new endpoint and need an URL; {key} has its own")
    return _allowed(store, endpoint, allow_private=allow_private)


def _allowed(store: Store, endpoint: Endpoint, *, allow_private: bool) -> Endpoint:
    if not allow_private or endpoint.allow_private:
        return endpoint
    endpoint = msgspec.structs.replace(endpoint, allow_private=True)
    put_endpoint(store, endpoint)
    return endpoint


def _free_key(store: Store, base_url: str, prefix: str) -> str:
    """Give a key from the host's name, and the prefix where it is not oai_dc; with a number where that is taken."""
    host = (urlsplit(base_url).hostname or "").removeprefix("www.")
    stem = host if prefix == DEFAULT_PREFIX else f"{host}-{prefix}"
    stem = re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("-._")[:58] or "endpoint"
    taken = {endpoint.key for endpoint in list_endpoints(store)}
    number = 2
    key = stem
    while key in taken:
        key = f"{stem}-{number}"
        number += 1
    return key
