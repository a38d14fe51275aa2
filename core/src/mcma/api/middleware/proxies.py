"""Whom to believe about where a request comes from."""

import ipaddress
from collections.abc import Iterable, Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class TrustedProxies:
    """X-Forwarded-For and -Proto count when the peer is one of `networks`, and nobody else's word does.

    The client is the right-most address that is no trusted proxy: what stands left of it anybody may have
    written.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks: tuple[Network, ...] = tuple(
            ipaddress.ip_network(one, strict=False) for one in networks
        )

    def apply(self, scope: Scope) -> None:
        peer = scope.get("client")
        if not self._networks or not peer or not self._trusts(_address(peer[0])):
            return
        headers = Headers(scope=scope)
        found = self._client(_listed(headers.getlist("x-forwarded-for")))
        if found is not None:
            scope["client"] = (str(found), 0)
        scheme = _listed(headers.getlist("x-forwarded-proto"))[-1:]
        if scheme in (["http"], ["https"]):
            scope["scheme"] = scheme[0]

    def _client(self, named: Sequence[str]) -> Address | None:
        """None when the first that is read is no address: then the proxy itself is all that is known."""
        found: Address | None = None
        for text in reversed(named):
            address = _address(text)
            if address is None:
                return found
            found = address
            if not self._trusts(address):
                return found
        return found

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def _listed(values: Iterable[str]) -> list[str]:
    return [part for value in values for one in value.split(",") if (part := one.strip().lower())]


def _address(text: str) -> Address | None:
    """Also with a port, in brackets, or as IPv4 in IPv6."""
    bare = text.partition("]")[0].lstrip("[") if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
