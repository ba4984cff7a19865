"""Connect only to addresses that the endpoint may use.

The check sits where a connection is made, so it holds for every redirect, and the address that was checked is the one
connected: a second DNS answer cannot slip in between.
"""

import ipaddress
import socket
import typing
from collections.abc import Iterable
from typing import Final

import httpcore

ALLOCATED: Final = ipaddress.ip_network("2000::/3")  # of IPv6 nothing else is given out for the public internet
SHARED_OR_EMBEDDED: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "2001::/32",  # an IPv4 address inside (Teredo, 6to4)
        "2002::/16",
        "3fff::/20",  # for documents; newer than Python 3.11
        "192.0.0.0/24",  # IETF
        "192.88.99.0/24",  # 6to4 relays
    )
)
MAX_TRIED: Final = 4


class ForbiddenAddressError(httpcore.ConnectError):
    """The host is not at a public address."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet.

    `is_global` alone passes multicast, NAT64, 6to4, fec0::/10, ::127.0.0.1 and 192.0.0.8 (seen with Python 3.11).
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.version == 6 and ip not in ALLOCATED:
        return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in SHARED_OR_EMBEDDED)


def open_backend(*, public_only: bool) -> httpcore.NetworkBackend:
    """Give a network backend for all addresses, or for public ones only."""
    return PublicBackend() if public_only else httpcore.SyncBackend()


class PublicBackend(httpcore.SyncBackend):
    """A network backend that resolves a name once and refuses it where any of its addresses is not public."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[typing.Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the checked addresses that answers, of at most four.

        Raises: ForbiddenAddressError, httpcore.ConnectError, httpcore.ConnectTimeout.
        """
        try:
            found = list(
                dict.fromkeys(str(answer[4][0]) for answer in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            )
        except OSError as error:
            raise httpcore.ConnectError(f"no address is known for {host}: {error}") from error
        private = [address for address in found if not is_public(address)]
        if private:
            raise ForbiddenAddressError(f"{host} is at {', '.join(private)}")
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in found[:MAX_TRIED]:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"no address is known for {host}")
