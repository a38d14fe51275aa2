"""Limits on failed logins, in memory: OWASP Authentication Cheat Sheet, "Protect Against Automated Attacks".

Two of them: per account and address, with growing pauses; and per address, whatever the account. People who
share one address (a household behind a proxy) do not lock each other out: an account that logged in from an
address lately is held to the first limit alone.
"""

import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mcma.domain.errors import TooManyRequests

FREE_FAILURES = 5
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 300.0
FORGOTTEN_AFTER = 900.0
PER_ADDRESS = 20
WINDOW = 60.0
TRUSTED_FOR = 86_400.0
"""Seconds, all but the two counts."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Recent(Generic[K, V]):
    """A dictionary that forgets what was used longest ago."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._items: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        return self._items.get(key)

    def put(self, key: K, value: V) -> None:
        self._items[key] = value
        self._items.move_to_end(key)
        if len(self._items) > self._capacity:
            self._items.popitem(last=False)

    def drop(self, key: K) -> None:
        self._items.pop(key, None)

    def __len__(self) -> int:
        return len(self._items)


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the next try; doubling from the fifth failure on."""
        if self.count < FREE_FAILURES:
            return 0.0
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(30, self.count - FREE_FAILURES))
        return max(0.0, self.last + pause - now)


@dataclass(slots=True)
class _Window:
    times: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        while self.times and self.times[0] <= now - WINDOW:
            self.times.popleft()
        return self.times[0] + WINDOW - now if len(self.times) >= PER_ADDRESS else 0.0


class LoginLimits:
    """Every try is paid for before it is made, so that tries in parallel count; a good one gets it back."""

    def __init__(self, *, capacity: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pairs: _Recent[tuple[str, str], _Failures] = _Recent(capacity)
        self._addresses: _Recent[str, _Window] = _Recent(capacity)
        self._trusted: _Recent[tuple[str, str], float] = _Recent(capacity)

    def spend(self, account: str, address: str) -> None:
        """Counts a try. Raises `TooManyRequests`, and then counts nothing."""
        pair, now = _pair(account, address), self._clock()
        failures = self._failures(pair, now)
        window = self._addresses.get(pair[1]) or _Window()
        wait = max(failures.wait(now), 0.0 if self._is_trusted(pair, now) else window.wait(now))
        if wait > 0:
            raise TooManyRequests("Too many failed logins; wait a little.", retry_after=wait)
        failures.count, failures.last = failures.count + 1, now
        window.times.append(now)
        while len(window.times) > PER_ADDRESS:
            window.times.popleft()
        self._pairs.put(pair, failures)
        self._addresses.put(pair[1], window)

    def refund(self, account: str, address: str) -> None:
        """The try was good: it and the account's failures from there are forgotten."""
        pair = _pair(account, address)
        self._pairs.drop(pair)
        window = self._addresses.get(pair[1])
        if window is not None and window.times:
            window.times.pop()
        self._trusted.put(pair, self._clock())

    def welcome(self, account: str, address: str) -> None:
        """A good login that was never counted as a try."""
        self._trusted.put(_pair(account, address), self._clock())

    def __len__(self) -> int:
        return len(self._pairs) + len(self._addresses) + len(self._trusted)

    def _failures(self, pair: tuple[str, str], now: float) -> _Failures:
        found = self._pairs.get(pair)
        return _Failures() if found is None or found.last <= now - FORGOTTEN_AFTER else found

    def _is_trusted(self, pair: tuple[str, str], now: float) -> bool:
        since = self._trusted.get(pair)
        return since is not None and since > now - TRUSTED_FOR


def _pair(account: str, address: str) -> tuple[str, str]:
    return account[:128], _network(address)


def _network(address: str) -> str:
    """An IPv6 client has a whole /64 to choose addresses from, so that counts as one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
