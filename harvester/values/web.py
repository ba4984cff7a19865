"""Addresses of the web among the texts that sources send."""

from typing import Final
from urllib.parse import quote, urlsplit

SAFE: Final = ":/?#[]@!$&'()*+,;=%~"
"""What a URI has besides letters, digits and -._ (RFC 3986, 2.2), and the sign of what is encoded already."""


def web_address(text: str) -> str | None:
    """Give a text as a URI in ASCII where it is an address that a browser may open: http and https alone."""
    if not text.startswith(("https://", "http://")):
        return None
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:  # no IPv6 address in brackets, or a port above 65535
        return None
    return quote(text, safe=SAFE) if is_whole else None
