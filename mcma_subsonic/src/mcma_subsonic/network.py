"""Where a call comes from: whether plain http is acceptable, and what web players on other sites may do."""

import ipaddress
from dataclasses import dataclass, field
from logging import Logger

from starlette.types import Scope

from mcma_subsonic.errors import SubsonicError, invalid

_MAX_WARNED = 256
_EXPOSED = (
    "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Retry-After, X-Mcma-Stream"
)


def address_of(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def is_public(address: str) -> bool:
    """False for private, loopback and link-local addresses, for shared ones (VPNs) and for no IP at all."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_global)


@dataclass(slots=True)
class Transport:
    """The rule about plain http: app passwords travel in it."""

    log: Logger
    required: bool
    _warned: set[str] = field(default_factory=set)

    def check(self, scope: Scope) -> None:
        """Raises `SubsonicError` when the call needs https."""
        if scope.get("scheme", "http") == "https":
            return
        address = address_of(scope)
        if is_public(address):
            if self.required:
                raise _tls_needed()
        elif not address.startswith(("127.", "::1")):
            self._warn(address)

    def _warn(self, address: str) -> None:
        if address and address not in self._warned and len(self._warned) < _MAX_WARNED:
            self._warned.add(address)
            self.log.warning(
                "Subsonic over plain http from %s: others on that network can read along.", address
            )


def _tls_needed() -> SubsonicError:
    return invalid("From outside the home network this server answers over https only.")


@dataclass(frozen=True, slots=True)
class Cors:
    """Headers for browsers (Fetch standard, CORS protocol). No cookies are involved, so * is safe."""

    origins: frozenset[str]

    def headers(self, origin: str) -> dict[str, str]:
        allowed = "*" if "*" in self.origins else origin if origin in self.origins else ""
        found = {"vary": "Origin"} if "*" not in self.origins else {}
        if not allowed:
            return found
        return found | {
            "access-control-allow-origin": allowed,
            "access-control-expose-headers": _EXPOSED,
        }

    def preflight(self, origin: str) -> dict[str, str]:
        return self.headers(origin) | {
            "access-control-allow-private-network": "true",
            "access-control-allow-methods": "GET, HEAD, POST, OPTIONS",
            "access-control-allow-headers": "*",
            "access-control-max-age": "86400",
        }
