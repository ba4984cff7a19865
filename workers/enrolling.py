"""From what a person typed to an endpoint: a key that we know, or an URL that becomes one."""

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import msgspec

from harvester.endpoint import KEY_FORM, Endpoint, check_endpoint
from harvester.errors import HarvestError, cut
from harvester.harvesting import Harvesting, describe_repository, list_prefixes
from harvester.redaction import redact
from harvester.store import Store
from harvester.store.endpoints import get_endpoint, list_endpoints, put_endpoint
from workers.errors import UsageError

DEFAULT_PREFIX: Final = "oai_dc"


def endpoint_for(
    harvesting: Harvesting, key_or_url: str, *, prefix: str | None, sets: tuple[str, ...], allow_private: bool
) -> Endpoint:
    """Give the endpoint of a key, or the one of an URL, which is made and kept where there is none.

    Raises: UsageError for an unknown key, and what describe_repository raises for an URL that is new.
    """
    if "://" not in key_or_url:
        return _known(harvesting.store, key_or_url, prefix=prefix, sets=sets, allow_private=allow_private)
    base_url = without_verb(key_or_url)
    wanted = prefix or DEFAULT_PREFIX
    for endpoint in list_endpoints(harvesting.store):
        if (endpoint.base_url, endpoint.metadata_prefix, endpoint.sets) == (base_url, wanted, sets):
            return _allowed(harvesting.store, endpoint, allow_private=allow_private)
    return enrol(harvesting, base_url, prefix=wanted, sets=sets, allow_private=allow_private)


def enrol(
    harvesting: Harvesting,
    base_url: str,
    *,
    key: str | None = None,
    prefix: str = DEFAULT_PREFIX,
    sets: tuple[str, ...] = (),
    label: str = "",
    pace_s: float = 0.0,
    allow_private: bool = False,
) -> Endpoint:
    """Ask the repository what it is, and keep it as an endpoint; without a key it gets one from its host's name.

    Raises: BadEndpointError, UsageError where the key is taken or the format is not there, and what
    describe_repository raises.
    """
    store = harvesting.store
    if key is not None and get_endpoint(store, key) is not None:
        raise UsageError(f"there is an endpoint {key} already: choose another key, or remove that one first")
    endpoint = Endpoint(
        key=key or _free_key(store, base_url, prefix),
        base_url=base_url,
        metadata_prefix=prefix,
        sets=sets,
        label=label,
        pace_s=pace_s,
        allow_private=allow_private,
    )
    check_endpoint(endpoint)
    identity = describe_repository(harvesting, endpoint)
    _check_prefix(harvesting, endpoint)
    endpoint = msgspec.structs.replace(endpoint, label=label or identity.name)
    put_endpoint(store, endpoint)
    return endpoint


def _check_prefix(harvesting: Harvesting, endpoint: Endpoint) -> None:
    """Raise UsageError where the repository lists its formats and the prefix is not among them; all have oai_dc."""
    if endpoint.metadata_prefix == DEFAULT_PREFIX:
        return
    try:
        prefixes = list_prefixes(harvesting, endpoint)
    except HarvestError:  # a list that cannot be had proves nothing; the harvest tells
        return
    if prefixes and endpoint.metadata_prefix not in prefixes:
        raise UsageError(
            f"{redact(endpoint.base_url)} has no metadataPrefix {cut(endpoint.metadata_prefix)!r}: "
            f"choose one of {cut(', '.join(prefixes))} by --prefix"
        )


def without_verb(url: str) -> str:
    """Give a base URL without what people copy with it: the query with its verb, and the fragment.

    Raises: UsageError where it is no address.
    """
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError as error:
        raise UsageError(
            f"{cut(redact(url))!r} is no address ({error}): give the whole of it, such as https://repository.example/oai"
        ) from error
    query = "" if "verb=" in parts.query else parts.query
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


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
