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

SHARED_OR_EMBEDDED: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
        "192.0.0.0/24",
    )  # an IPv4 address inside; IETF
)


class ForbiddenAddressError(httpcore.ConnectError):
    """The host is not at a public address."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet.

    `is_global` alone passes multicast, NAT64, 6to4 and 192.0.0.8 (seen with Python 3.11).
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in SHARED_OR_EMBEDDED)


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
        """Connect to the first checked address that answers. Raises: ForbiddenAddressError, httpcore.ConnectError."""
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
        for address in found:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"no address is known for {host}")
