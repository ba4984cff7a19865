"""Addresses of the web among the texts that sources send."""

from urllib.parse import urlsplit


def web_address(text: str) -> str | None:
    """Give a text where it is an address that a browser may open: http and https alone."""
    if not text.startswith(("https://", "http://")):
        return None
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:  # no IPv6 address in brackets, or a port above 65535
        return None
    return text if is_whole else None
