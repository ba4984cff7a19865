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
        return quote(text, safe=SAFE) if urlsplit(text).hostname else None
    except ValueError:
        return None
