"""Which addresses are somebody's on the internet, and which are of this network, this machine or nobody.

A table of our own: what the standard library calls global differs between its versions, and counts forms that
carry another address within (NAT64, 6to4, Teredo, mapped ones) and multicast.
"""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from mcma_plugins.errors import RetryLater

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, as texts; raises `RetryLater` when it cannot tell."""

_NOT_PUBLIC_4: Final = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
"""IANA's special-purpose registry (RFC 6890 and its successors), multicast and what is reserved."""
_PUBLIC_6: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_6: Final = tuple(
    IPv6Network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20")
)
"""Of those that are global unicast: protocol assignments (Teredo among them), documentation, 6to4, 6bone."""


def is_public(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return not any(found in one for one in _NOT_PUBLIC_4)
    return _is_public_6(found)


def _is_public_6(found: IPv6Address) -> bool:
    return found.scope_id is None and found in _PUBLIC_6 and not any(found in one for one in _NOT_PUBLIC_6)


async def resolve(host: str, port: int) -> Sequence[str]:
    """By the system, which also knows the older ways to write an address (`127.1`, `0x7f000001`)."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise _unknown(host, error) from error
    return list(dict.fromkeys(_address(str(sockaddr[0]), sockaddr) for *_, sockaddr in found))


def _address(text: str, sockaddr: tuple[object, ...]) -> str:
    scope = sockaddr[3] if len(sockaddr) == 4 else 0
    return f"{text}%{scope}" if scope and "%" not in text else text


def _unknown(host: str, error: Exception) -> RetryLater:
    offline = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
    if offline:
        return RetryLater("No name server answers: there seems to be no network.", code="no_network")
    return RetryLater(f"The name {host} is not known.", code="unreachable")


def is_offline(error: BaseException) -> bool:
    """Whether a failed connection says that there is no way out at all."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in (errno.ENETUNREACH, errno.ENETDOWN):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
