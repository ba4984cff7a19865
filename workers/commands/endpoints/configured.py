"""An endpoint by its key, and its settings in words."""

from collections.abc import Iterator
from typing import Final

from harvester.crosswalk.overlay import overlay_digest
from harvester.endpoint import Endpoint
from harvester.store import Store
from harvester.store.endpoints import get_endpoint
from harvester.store.operating.audit import audit
from harvester.transport.redaction import redact
from workers.commands.acting import actor
from workers.errors import UsageError
from workers.words import span

KNOWN: Final = {True: "yes", False: "no", None: "not known"}
NAMES: Final = {
    "base_url": "base URL",
    "metadata_prefix": "prefix",
    "pace_s": "pace",
    "selective": "can be cut by dates",
    "earliest": "earliest datestamp",
    "deleted_record": "deleted records",
    "overlap_s": "overlap",
    "hold_deletions": "deletions are held",
    "http_method": "asked by",
    "verify_tls": "certificate",
    "allow_private": "private address",
    "alert_mail": "alerts to",
}


def existing_endpoint(store: Store, key: str) -> Endpoint:
    """Give the endpoint of a key. Raises: UsageError."""
    endpoint = get_endpoint(store, key)
    if endpoint is None:
        raise UsageError(f"there is no endpoint {key!r}: `oaihub endpoints list` shows them")
    return endpoint


def audit_endpoint(store: Store, action: str, key: str, **details: object) -> None:
    """Note what was done to an endpoint, whose own table knows nothing of the audit."""
    audit(store, actor=actor(), action=action, object=f"endpoint:{key}", details=details, now=store.now())


def setting_rows(endpoint: Endpoint) -> Iterator[tuple[str, str]]:
    """Yield name and value of each setting; those that a person set by hand say so."""
    inclusive = {True: "", False: ", until is exclusive", None: ""}[endpoint.until_inclusive]
    rows = {
        "key": endpoint.key,
        "label": endpoint.label,
        "base_url": redact(endpoint.base_url),
        "metadata_prefix": endpoint.metadata_prefix,
        "sets": ", ".join(endpoint.sets) or "the whole repository",
        "pace_s": f"{endpoint.pace_s:g} s between requests",
        "parallel": f"{endpoint.parallel} at once" if endpoint.parallel > 1 else "one request at a time",
        "selective": KNOWN[endpoint.selective] + inclusive,
        "granularity": endpoint.granularity or "not known",
        "earliest": endpoint.earliest or "not known",
        "deleted_record": endpoint.deleted_record or "not known",
        "overlap_s": "an hour, or a day" if endpoint.overlap_s is None else span(endpoint.overlap_s),
        "hold_deletions": _held_from(endpoint.hold_deletions),
        "http_method": endpoint.http_method + (", all arguments with a token" if endpoint.repeat_arguments else ""),
        "verify_tls": "checked" if endpoint.verify_tls else "not checked",
        "allow_private": "allowed" if endpoint.allow_private else "refused",
        "alert_mail": endpoint.alert_mail or "as of the hub",
    }
    rows["mapping"] = f"its own, version {overlay_digest(endpoint.mapping)}" if endpoint.mapping else "as of its format"
    for name, text in rows.items():
        yield NAMES.get(name, name), text + (" (by hand)" if name in endpoint.by_hand else "")


def _held_from(vanished: int | None) -> str:
    return "by share only" if vanished is None else f"from {vanished:,} records on"
