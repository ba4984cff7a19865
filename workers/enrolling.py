"""From what a person typed to an endpoint: a key that we know, or an URL that becomes one."""

import re
import time
from collections.abc import Callable
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from harvester.endpoint import Endpoint, check_endpoint
from harvester.harvesting import Harvesting, describe_repository
from harvester.item import Metadata
from harvester.normalize import normalize
from harvester.oai import RefusedError
from harvester.probe import Findings, look_around, settings_from
from harvester.probe.places import base_of
from harvester.record import NotOaiError, Page, RecordError, parse_record
from harvester.store import Store
from harvester.store.endpoints import get_endpoint, list_endpoints, put_endpoint
from workers.errors import UsageError
from workers.probing import keep_findings, probe_endpoint, turn_of

DEFAULT_PREFIX: Final = "oai_dc"
SAMPLES: Final = 3


class Wanted(Struct, frozen=True, kw_only=True):
    """What a person asks of a new endpoint; None, or an empty text, is to be found out."""

    key: str | None = None
    prefix: str | None = None
    sets: tuple[str, ...] = ()
    label: str = ""
    pace_s: float = 0.0
    parallel: int | None = None
    allow_private: bool = False
    verify_tls: bool = True
    http_method: Literal["GET", "POST"] = "GET"
    hold_deletions: int | None = None


class Surveyed(Struct, frozen=True):
    """An endpoint as it could be kept, and what was seen: findings (None: not probed) and some normalised records.

    `instead_of` is the address that was given, where the repository was found at another one.
    """

    endpoint: Endpoint
    findings: Findings | None = None
    samples: tuple[Metadata, ...] = ()
    instead_of: str = ""


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

    `tell` is told of a new one. Raises: UsageError for an unknown key, and what survey raises for an URL that is new.
    """
    store = harvesting.store
    if "://" not in key_or_url:
        return _known(store, key_or_url, prefix=prefix, sets=sets, allow_private=allow_private)
    found = find_endpoint(store, base_of(key_or_url), prefix, sets)
    if found is None:
        wanted = Wanted(prefix=prefix, sets=sets, allow_private=allow_private)
        surveyed = survey(harvesting, key_or_url, wanted, thorough=False)
        found = find_endpoint(store, surveyed.endpoint.base_url, prefix, sets)
        if found is None:
            keep(store, surveyed)
            if tell is not None:
                tell(surveyed)
            return surveyed.endpoint
    return _allowed(store, found, allow_private=allow_private)


def enrol(harvesting: Harvesting, url: str, wanted: Wanted) -> Endpoint:
    """Probe the repository at an URL, shortly, and keep it as an endpoint. Raises: what survey raises."""
    surveyed = survey(harvesting, url, wanted, thorough=False)
    keep(harvesting.store, surveyed)
    return surveyed.endpoint


def survey(harvesting: Harvesting, url: str, wanted: Wanted, *, probe: bool = True, thorough: bool = True) -> Surveyed:
    """Find out what is at an URL, or at the usual places of its host, and how it would be harvested; keep nothing.

    Without `probe` it is only asked for its identity. Raises: BadEndpointError, UsageError where the key is taken,
    and what describe_repository raises.
    """
    store, base_url = harvesting.store, base_of(url)
    if wanted.key is not None and get_endpoint(store, wanted.key) is not None:
        raise UsageError(f"there is an endpoint {wanted.key} already: choose another key, or remove that one first")
    draft = _draft(wanted, wanted.key or _free_key(store, base_url, wanted.prefix or DEFAULT_PREFIX), base_url)
    check_endpoint(draft)
    samples: list[Metadata] = []

    def ask(endpoint: Endpoint) -> Surveyed:
        if not probe:
            label = endpoint.label or describe_repository(harvesting, endpoint).name
            return Surveyed(msgspec.structs.replace(endpoint, label=label))
        findings = probe_endpoint(
            harvesting,
            endpoint,
            choose_format=wanted.prefix is None,
            thorough=thorough,
            look=lambda page, prefix: samples.extend(_normalised(page, prefix)),
        )
        return Surveyed(settings_from(findings, endpoint), findings, tuple(samples))

    try:
        return ask(draft)
    except (NotOaiError, RefusedError):
        found = look_around(harvesting.http(draft), draft, wait_turn=turn_of(harvesting, draft))
        if found is None:
            raise
    return msgspec.structs.replace(ask(msgspec.structs.replace(draft, base_url=found)), instead_of=base_url)


def keep(store: Store, surveyed: Surveyed) -> None:
    """Keep an endpoint that was surveyed, and what was found of it."""
    put_endpoint(store, surveyed.endpoint)
    if surveyed.findings is not None:
        keep_findings(store, surveyed.endpoint.key, surveyed.findings, now=time.time(), by_person=True)


def find_endpoint(store: Store, base_url: str, prefix: str | None, sets: tuple[str, ...]) -> Endpoint | None:
    """Give the endpoint of a repository, format and choice of sets; without a format that of oai_dc, else any."""
    found = [one for one in list_endpoints(store) if (one.base_url, one.sets) == (base_url, sets)]
    found.sort(key=lambda one: one.metadata_prefix != DEFAULT_PREFIX)
    return next((one for one in found if prefix in {None, one.metadata_prefix}), None)


def _draft(wanted: Wanted, key: str, base_url: str) -> Endpoint:
    by_hand = {"metadata_prefix": wanted.prefix is not None, "parallel": wanted.parallel is not None}
    return Endpoint(
        key=key,
        base_url=base_url,
        metadata_prefix=wanted.prefix or DEFAULT_PREFIX,
        sets=wanted.sets,
        label=wanted.label,
        pace_s=wanted.pace_s,
        parallel=wanted.parallel or 1,
        allow_private=wanted.allow_private,
        verify_tls=wanted.verify_tls,
        http_method=wanted.http_method,
        hold_deletions=wanted.hold_deletions,
        by_hand=tuple(name for name, is_given in by_hand.items() if is_given),
    )


def _normalised(page: Page, prefix: str) -> list[Metadata]:
    """Give the first live records of a page that can be normalised."""
    samples: list[Metadata] = []
    for element in page.elements:
        if len(samples) == SAMPLES:
            break
        try:
            record = parse_record(element)
            if not record.deleted:
                samples.append(normalize(record, prefix))
        except RecordError:  # the harvest will set it aside, with its reason
            continue
    return samples


def _known(store: Store, key: str, *, prefix: str | None, sets: tuple[str, ...], allow_private: bool) -> Endpoint:
    endpoint = get_endpoint(store, key)
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
