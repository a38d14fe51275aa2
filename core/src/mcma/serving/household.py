"""This machine's addresses as the other devices of the household see them."""

import ipaddress
import socket
import struct
from contextlib import suppress

_SIOCGIFADDR = 0x8915
_INSIDE = ("lo", "docker", "br-", "veth", "virbr", "lxc", "lxd", "podman", "cni", "tun", "tap", "wg")
"""Interfaces that lead to containers and tunnels, not to the living room."""
_ANYWHERE = ("192.0.2.1", 9)
"""Nothing is sent there: connecting a datagram socket only looks up the route."""


def household_addresses() -> list[str]:
    """Private IPv4 addresses, the one of the default route first."""
    found = [*_routed(), *_of_interfaces()]
    return [one for one in dict.fromkeys(found) if _is_private(one)]


def _is_private(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return (
        parsed.is_private
        and not parsed.is_loopback
        and not parsed.is_link_local
        and not parsed.is_unspecified
    )


def _routed() -> list[str]:
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_ANYWHERE)
        return [str(probe.getsockname()[0])]
    return []


def _of_interfaces() -> list[str]:
    try:
        import fcntl
    except ImportError:
        return []
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            if name.startswith(_INSIDE):
                continue
            with suppress(OSError):
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                found.append(socket.inet_ntoa(answer[20:24]))
    return found
