"""Alerts as JSON to an address of the operator, signed."""

import hmac
from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct

from harvester.errors import RetryableError
from harvester.http import Http
from harvester.transport.redaction import redact

SIGNATURE: Final = "X-Oaihub-Signature"
TIMEOUT_S: Final = 10.0
MOST_BYTES: Final = 64 * 1024


class WebhookError(RetryableError):
    """The address does not take what is sent."""


class Told(Struct, frozen=True):
    """An alert as it is sent: it begins, or it is over."""

    kind: str
    object: str
    state: Literal["begins", "over", "test"]
    since: float
    text: str


class Call(Struct, frozen=True):
    """What is sent: by which hub, when, and the alerts."""

    hub: str
    at: float
    alerts: Sequence[Told]


def call_webhook(url: str, call: Call, *, secret: str, contact: str, allow_private: bool) -> None:
    """Send alerts; an answer of 200 to 299 takes them. Raises: WebhookError, and what Http.send raises."""
    body = msgspec.json.encode(call)
    headers = {"Content-Type": "application/json"}
    if secret:
        headers[SIGNATURE] = signature(secret, body, int(call.at))
    with Http(
        contact=contact, allow_private=allow_private, timeout_s=TIMEOUT_S, deadline_s=TIMEOUT_S, max_bytes=MOST_BYTES
    ) as http:
        status = http.send(url, body, headers).status
    if not 200 <= status < 300:
        raise WebhookError(f"the webhook {redact(url)} answers {status}")


def signature(secret: str, body: bytes, at: int) -> str:
    """Give what proves that a body is ours and when it was sent: the HMAC-SHA256 of `AT.BODY`."""
    proof = hmac.digest(secret.encode(), b"%d." % at + body, "sha256").hex()
    return f"t={at},v1={proof}"
