"""The signed links of mails, by which a subscription is confirmed or ended: nothing of them is kept."""

import base64
import hmac
from typing import Final

PATH: Final = "/subscriptions"
PURPOSE: Final = b"oaihub subscriptions"
SIGNATURE_BYTES: Final = 18


def link_path(secret: bytes, number: int) -> str:
    """Give the path of the page of a subscription, by its id."""
    return f"{PATH}/{number}.{_signature(secret, number)}"


def read_link(secret: bytes, token: str) -> int | None:
    """Give the id of a subscription by the last part of its path; None where that is not ours."""
    number, _, signature = token.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        return None
    expected = _signature(secret, int(number))
    return int(number) if hmac.compare_digest(signature.encode(), expected.encode()) else None


def _signature(secret: bytes, number: int) -> str:
    key = hmac.digest(secret, PURPOSE, "sha256")
    return base64.urlsafe_b64encode(hmac.digest(key, str(number).encode(), "sha256")[:SIGNATURE_BYTES]).decode()
