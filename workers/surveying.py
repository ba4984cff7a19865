"""What is at an address, and how it would be harvested: looked at before anything is kept."""

import itertools
from typing import Final, Literal
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from harvester.endpoint import Endpoint, check_endpoint
from harvester.errors import HarvestError, cut
from harvester.harvesting import Harvesting, describe_repository, list_prefixes
from harvester.item import Metadata
from harvester.oai import RefusedError
from harvester.parsing.record import NotOaiError, Page
from harvester.probe import Findings, look_around, settings_from
from harvester.probe.places import base_of
from harvester.probe.richness import normalised
from harvester.transport.redaction import redact
from workers.errors import UsageError
from workers.probing import probe_endpoint, turn_of

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
    mapping: str = ""


class Surveyed(Struct, frozen=True):
    """An endpoint as it could be kept, and what was seen: findings (None: not probed) and some normalised records.

    `instead_of` is the address that was given, where the repository was found at another one.
    """

    endpoint: Endpoint
    findings: Findings | None = None
    samples: tuple[Metadata, ...] = ()
    instead_of: str = ""


def survey(
    harvesting: Harvesting, base_url: str, key: str, wanted: Wanted, *, probe: bool = True, thorough: bool = True
) -> Surveyed:
    """Find out what is at an address, or at the usual places of its host, and how it would be harvested.

    Without `probe` it is only asked for its identity. Raises: BadEndpointError, UsageError where it has not the format
    that is wanted, and what describe_repository raises.
    """
    draft = _draft(wanted, key, base_url)
    check_endpoint(draft)
    look = _look if probe else _describe
    try:
        return look(harvesting, draft, wanted, thorough=thorough)
    except (NotOaiError, RefusedError):
        found = look_around(harvesting.http(draft), draft, wait_turn=turn_of(harvesting, draft))
        if found is None:
            raise
    surveyed = look(harvesting, replace(draft, base_url=found), wanted, thorough=thorough)
    return replace(surveyed, instead_of=base_url)


def read_address(url: str) -> str:
    """Give the base URL of what a person typed or copied. Raises: UsageError where it is no address."""
    try:
        _ = urlsplit(url.strip()).port
    except ValueError as error:
        raise UsageError(
            f"{cut(redact(url))!r} is no address ({error}): give the whole of it, such as https://repository.example/oai"
        ) from error
    return base_of(url)


def _look(harvesting: Harvesting, draft: Endpoint, wanted: Wanted, *, thorough: bool) -> Surveyed:
    samples: list[Metadata] = []
    findings = probe_endpoint(
        harvesting,
        draft,
        choose_format=wanted.prefix is None,
        thorough=thorough,
        look=lambda page, prefix: samples.extend(_samples(page, prefix)),
    )
    _check_prefix(draft, [found.prefix for found in findings.formats])
    return Surveyed(settings_from(findings, draft), findings, tuple(samples))


def _describe(harvesting: Harvesting, draft: Endpoint, wanted: Wanted, *, thorough: bool) -> Surveyed:  # noqa: ARG001  as _look
    identity = describe_repository(harvesting, draft)
    if draft.metadata_prefix != DEFAULT_PREFIX:
        try:
            _check_prefix(draft, list_prefixes(harvesting, draft))
        except UsageError:
            raise
        except HarvestError:  # a list that cannot be had proves nothing; the harvest tells
            pass
    return Surveyed(replace(draft, label=draft.label or identity.name))


def _check_prefix(endpoint: Endpoint, prefixes: list[str]) -> None:
    """Raise UsageError where the repository lists its formats and the prefix is not among them; all have oai_dc."""
    if endpoint.metadata_prefix != DEFAULT_PREFIX and prefixes and endpoint.metadata_prefix not in prefixes:
        raise UsageError(
            f"{redact(endpoint.base_url)} has no metadataPrefix {cut(endpoint.metadata_prefix)!r}: "
            f"choose one of {cut(', '.join(prefixes))} by --prefix"
        )


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
        mapping=wanted.mapping,
        by_hand=tuple(name for name, is_given in by_hand.items() if is_given),
    )


def _samples(page: Page, prefix: str) -> list[Metadata]:
    """Give the first live records of a page that can be normalised."""
    return [metadata for _, metadata in itertools.islice(normalised(page, prefix), SAMPLES)]
