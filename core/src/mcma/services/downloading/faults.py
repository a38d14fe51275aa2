"""What goes wrong while something is got: how it is told, and whether it is tried again."""

import random
from errno import EDQUOT, ENOSPC
from typing import Final, NamedTuple

from mcma.domain.errors import (
    InvalidInput,
    McmaError,
    NotFound,
    OutOfSpace,
    TooManyRequests,
    Unavailable,
)
from mcma.services.outside import SourceFault
from mcma.store.tables.wanted import FOR_QUOTA, FOR_SOURCE, FOR_SPACE
from mcma_plugins.errors import AuthorisationNeeded, PermanentError, RetryLater

MOST: Final = 8
"""Attempts that may fail before it is given up."""
NO_ROOM_SECONDS: Final = 600.0
_CAP: Final = 6 * 3600.0
_LONGEST: Final = 500


class Fault(NamedTuple):
    code: str
    """Stable."""
    message: str
    """For people."""
    final: bool = False
    after: float | None = None
    """The least seconds to wait, where somebody said so."""
    waiting_for: str | None = FOR_SOURCE
    counts: bool = True


class Held(Exception):
    """The source asked to be left alone for so many seconds, when something else was got from it."""

    def __init__(self, seconds: float, message: str) -> None:
        super().__init__(message)
        self.seconds, self.message = seconds, message


class OverQuota(Exception):
    """Nothing more may be got today; the rest is begun another day."""


def judged(error: Exception) -> Fault:
    if isinstance(error, OverQuota):
        words = "That is as much as may be got in 24 hours; the rest follows."
        return Fault("quota_exceeded", words, False, 3600.0, FOR_QUOTA, counts=False)
    if isinstance(error, SourceFault):
        return _of_source(error)
    if isinstance(error, Held):
        return Fault("source_paused", error.message, after=error.seconds, counts=False)
    if isinstance(error, OutOfSpace) or (isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT)):
        words = error.message if isinstance(error, OutOfSpace) else "The disk that holds music is full."
        return Fault("out_of_space", words, False, NO_ROOM_SECONDS, FOR_SPACE, counts=False)
    if isinstance(error, AuthorisationNeeded | PermanentError):
        return Fault(error.stable_code, error.message[:_LONGEST], final=True, waiting_for=None)
    if isinstance(error, RetryLater):
        limited = error.after is not None and error.stable_code == RetryLater.code
        return Fault("rate_limited" if limited else error.stable_code, error.message[:_LONGEST],
                     after=error.after)  # fmt: skip
    if isinstance(error, Unavailable | TooManyRequests):
        return Fault(error.stable_code, error.message[:_LONGEST], after=error.retry_after)
    return _unforeseen(error)


def _of_source(error: SourceFault) -> Fault:
    final = error.permanent or error.state == "auth_required"
    return Fault(error.state, error.words[:_LONGEST], final, error.retry_after,
                 None if final else FOR_SOURCE)  # fmt: skip


def _unforeseen(error: Exception) -> Fault:
    """What a plugin's libraries say may hold anything: only its name is told."""
    if isinstance(error, TimeoutError):
        return Fault("took_too_long", "It was not there in time.")
    if isinstance(error, NotFound | InvalidInput):
        return Fault(error.stable_code, error.message[:_LONGEST], final=True, waiting_for=None)
    if isinstance(error, McmaError):
        return Fault(error.stable_code, error.message[:_LONGEST])
    return Fault("source_failed", f"The source failed ({type(error).__name__}).")


def delay(fault: Fault, faults: int, base: float) -> float:
    """Seconds: twice as long each time, with jitter, and never less than was asked for."""
    longest = min(_CAP, base * 2.0 ** min(max(faults, 1) - 1, 20))
    waited = longest * random.uniform(0.5, 1.0)  # noqa: S311 - to spread attempts
    if fault.after is None:
        return waited
    return fault.after + random.uniform(0, 1) + 0.1 * waited  # noqa: S311 - the same
