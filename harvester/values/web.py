"""Addresses of the web among the texts that sources send."""

from urllib.parse import urlsplit


def web_address(text: str) -> str | None:
    """Give a text where it is an address that a browser may open: http and https alone."""
    if not text.startswith(("https://", "http://")):
        return None
    try:
        return text if urlsplit(text).hostname else None
    except ValueError:
        return None
