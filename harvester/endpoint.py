"""An endpoint: our configured entry for one repository, metadata format and choice of sets."""

import re
from typing import Final, Literal

from msgspec import Struct

from harvester.errors import FatalError, cut
from harvester.transport.redaction import redact

KEY_FORM: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


class Endpoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where to harvest and how.

    `pace_s` is the least time between two requests to the host, `parallel` the most requests to it at once; `sets`
    empty means the whole repository. What a probe found (None, or empty: not known): `selective`, whether from and
    until give what they say; `until_inclusive`; `earliest`, `granularity` and `deleted_record` as in Identify, or as
    the repository really takes them. `overlap_s` is how far an incremental run reaches back before its watermark
    (None: an hour, or a day where datestamps are days). `hold_deletions` is the number of vanished records from which
    a deletion plan waits for a person, besides the share that always holds it. `mapping` is the text of its own mapping
    (harvester.crosswalk.overlay), empty where its records are read as those of every other endpoint. `alert_mail` are
    the addresses, parted by commas, that are written to when something is wrong with it; empty: those of the hub.
    `by_hand` names the fields that a person has set, which no probe changes.
    """

    key: str
    base_url: str
    metadata_prefix: str = "oai_dc"
    sets: tuple[str, ...] = ()
    label: str = ""
    pace_s: float = 0.0
    allow_private: bool = False
    parallel: int = 1
    selective: bool | None = None
    until_inclusive: bool | None = None
    granularity: str = ""
    earliest: str = ""
    deleted_record: str = ""
    overlap_s: float | None = None
    hold_deletions: int | None = None
    http_method: Literal["GET", "POST"] = "GET"
    repeat_arguments: bool = False
    verify_tls: bool = True
    mapping: str = ""
    alert_mail: str = ""
    by_hand: tuple[str, ...] = ()


class BadEndpointError(FatalError):
    """An endpoint that cannot be saved; the text says which part and why."""


def is_imported(endpoint: Endpoint) -> bool:
    """Tell whether an endpoint stands for a dump on this machine, which no network is asked for."""
    return endpoint.base_url.startswith("file:")


def check_endpoint(endpoint: Endpoint, *, imported: bool = False) -> None:
    """Raise BadEndpointError where the key or the address of an endpoint has not the form it needs.

    The address of a dump (file:///…) is one only where an import makes its endpoint (`imported`).
    """
    if not KEY_FORM.fullmatch(endpoint.key):
        raise BadEndpointError(
            f"endpoint key {cut(endpoint.key)!r}: use up to 63 small letters, digits, dots, dashes and underscores"
        )
    if not re.fullmatch(r"file:///\S*" if imported else r"https?://[^/\s]+\S*", endpoint.base_url):
        raise BadEndpointError(
            f"base URL {cut(redact(endpoint.base_url))!r}: give the whole address, such as https://repository.example/oai"
        )
