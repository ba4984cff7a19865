"""Probes of endpoints: within the host's budget, kept with what has changed, and once a month by themselves."""

import logging
import time
from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict, replace

from harvester.endpoint import Endpoint
from harvester.harvesting import Harvesting, naming
from harvester.http import RetryLaterError
from harvester.parsing.record import Page
from harvester.probe import Findings, drift, probe_repository, settings_from
from harvester.store import Store
from harvester.store.endpoints import change_endpoint, get_endpoint
from harvester.store.hosts import block_host, reserve
from harvester.store.locking import host_of
from harvester.store.probes import Attempt, latest_probe, put_probe, take_probe

log = logging.getLogger(__name__)

LONGEST_BLOCK_S: Final = 86_400.0
MOST_DRIFT: Final = 50


class Kept(Struct, frozen=True):
    """A probe that was kept: the endpoint with its settings now, and what has changed since the probe before."""

    endpoint: Endpoint
    drift: tuple[str, ...]


def turn_of(harvesting: Harvesting, endpoint: Endpoint) -> Callable[[], float]:
    """Give what takes the next slot of an endpoint's host: 0 where it was free, else the seconds to wait for one."""
    host = host_of(endpoint.base_url)
    return lambda: reserve(harvesting.store, host, pace_s=endpoint.pace_s, now=harvesting.store.now()).wait_s


def probe_endpoint(
    harvesting: Harvesting,
    endpoint: Endpoint,
    *,
    choose_format: bool = False,
    thorough: bool = True,
    look: Callable[[Page, str], None] | None = None,
) -> Findings:
    """Probe the repository of an endpoint within its host's budget; a host that asks to be left alone is.

    Arguments, and what it raises, are those of probe_repository, with the base URL before what is told of an answer.
    """
    try:
        with naming(endpoint.base_url):
            findings = probe_repository(
                harvesting.http(endpoint),
                endpoint,
                choose_format=choose_format,
                thorough=thorough,
                wait_turn=turn_of(harvesting, endpoint),
                look=look,
            )
    except RetryLaterError as error:
        _leave_alone(harvesting.store, endpoint, error.seconds)
        raise
    if findings.left_alone_s is not None:
        _leave_alone(harvesting.store, endpoint, findings.left_alone_s)
    return findings


def keep_findings(
    store: Store, key: str, findings: Findings, *, now: float, by_person: bool, attempt: Attempt | None = None
) -> Kept | None:
    """Keep what a probe of an endpoint found, and change those settings of it that nobody has set by hand.

    What has changed since the probe before is logged, and stands with the endpoint until a person probes it. None
    where the endpoint is gone, or another worker has taken the attempt over; nothing is kept then.
    """
    before = latest_probe(store, key)
    changes = () if before is None else drift(before.findings, findings)
    day = time.strftime("%Y-%m-%d", time.gmtime(now))
    standing = () if by_person or before is None else before.findings.drift
    standing += () if by_person else tuple(f"{day}: {change}" for change in changes)
    if not put_probe(store, key, replace(findings, drift=standing[-MOST_DRIFT:]), now=now, attempt=attempt):
        return None
    if changes:
        log.warning("repository has changed", extra={"endpoint": key, "changes": changes})
    endpoint = get_endpoint(store, key)
    if endpoint is None:
        return None
    # A harvest may have learned what a probe cannot see; a person who probes wants what the probe sees.
    settled = settings_from(findings, endpoint, None if by_person or before is None else before.findings)
    was = asdict(endpoint)
    changed = {name: value for name, value in asdict(settled).items() if value != was[name]}
    return Kept(change_endpoint(store, key, **changed) or endpoint, changes) if changed else Kept(endpoint, changes)


def probe_due(harvesting: Harvesting, offered: Attempt) -> None:
    """Make a monthly probe that was offered, unless somebody else makes it or has made it.

    Raises: what probe_repository raises; the attempt is offered again some hours later then.
    """
    attempt = take_probe(harvesting.store, offered, harvesting.store.now())
    endpoint = get_endpoint(harvesting.store, offered.endpoint)
    if attempt is None or endpoint is None:
        return
    findings = probe_endpoint(harvesting, endpoint)
    kept = keep_findings(
        harvesting.store, endpoint.key, findings, now=harvesting.store.now(), by_person=False, attempt=attempt
    )
    if kept is not None:
        extra = {"endpoint": endpoint.key, "requests": findings.requests, "changes": len(kept.drift)}
        log.info("endpoint probed", extra=extra)


def _leave_alone(store: Store, endpoint: Endpoint, seconds: float) -> None:
    now = store.now()
    block_host(store, host_of(endpoint.base_url), now + min(seconds, LONGEST_BLOCK_S), now)
