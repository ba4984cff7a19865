"""Who sits at the machine of a hub without users: a request from it, of its own browser or shell, and of no page else.

Everything that a proxy or a foreign page could have had a hand in is refused: another address than loopback, a header
of a proxy, HTTP/1.0 (which proxies speak), a Host that is no name of loopback (a foreign name that was made to lead
here, DNS rebinding), and whatever the browser says another page asks for.
"""

from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from search_api.accounts.access import Access
from search_api.accounts.forging import is_from_here

PROXY_HEADERS: Final = ("forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip")
PROXY_PREFIX: Final = "x-forwarded-"


def is_local(access: Access, request: Request) -> bool:
    """Tell whether a request was made at this machine, straight to this server."""
    return (
        not access.is_proxied
        and _is_loopback(urlsplit(access.public_url).hostname or "localhost")
        and request.client is not None
        and _is_loopback(request.client.host)
        and request.scope["http_version"] != "1.0"
        and _is_loopback(_host_of(request))
        and not any(name in PROXY_HEADERS or name.startswith(PROXY_PREFIX) for name in request.headers)
        and (is_from_here(access, request) or _is_followed_link(request))
    )


def _is_followed_link(request: Request) -> bool:
    """Tell whether a person came by a link on a foreign page, which sees nothing of the answer."""
    said = (request.headers.get("sec-fetch-mode"), request.headers.get("sec-fetch-dest"))
    return request.method in {"GET", "HEAD"} and said == ("navigate", "document")


def _host_of(request: Request) -> str:
    given = request.headers.get("host", "")
    try:
        return "" if "@" in given else urlsplit(f"//{given}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
