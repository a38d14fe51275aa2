"""Who may get what from outside, and how much of it."""

from dataclasses import dataclass
from typing import Literal

from mcma_plugins.values import Caller, Right

Fetchers = Literal["everyone", "admins", "nobody"]
_GB = 10**9


@dataclass(frozen=True, slots=True)
class Policy:
    allowed: Fetchers = "everyone"
    per_day: int = 500
    """Tracks that one person may have got in 24 hours; 0 for no limit."""
    most_bytes: int = 2 * 2**30
    seconds: float = 1800.0
    """For one attempt."""
    reserve_bytes: int = _GB
    """What is left free on the disk that holds music."""
    backoff_seconds: float = 30.0
    """After the first fault; twice as long after each further one."""
    per_source: int = 2
    """Downloads of one source at the same time, over all workers."""

    def may_fetch(self, caller: Caller) -> bool:
        """Others may ask, and an administrator decides."""
        if self.allowed == "everyone":
            return caller.may(Right.FETCH)
        return self.allowed == "admins" and caller.is_admin

    def quota_of(self, own: int | None, *, is_admin: bool) -> int:
        """0: no limit."""
        return 0 if is_admin and own is None else self.per_day if own is None else own
