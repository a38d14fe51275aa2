"""What is sent and what is answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from mcma.domain.events import Status

MOST_EVENTS = 500
"""In one batch."""
LARGEST = 1_048_576
"""Bytes of one batch."""
MOST_CANONICAL = 1_048_576
"""Bytes of all `canonical` of one answer: what would be beyond is null."""
LONGEST_TYPE = 100
MOST_N = 2**53 - 1
_LONGEST_MESSAGE = 500


class Sent(NamedTuple):
    """One event as its device sent it: `at` by the device's clock."""

    id: UUID
    n: int
    type: str
    at: datetime
    data: Mapping[str, Any]


class Batch(NamedTuple):
    device_id: UUID
    sent_at: datetime
    events: Sequence[Sent]


class Outcome(NamedTuple):
    """What became of an event, as its handler says. `canonical` is the state that stands."""

    status: Status
    code: str | None = None
    message: str | None = None
    canonical: Mapping[str, Any] | None = None


APPLIED = Outcome(Status.APPLIED)
DUPLICATE = Outcome(Status.DUPLICATE)
GAP = Outcome(Status.DEFERRED, "gap", "The one before it is not here: send from `acked_n` + 1 on.")


def applied(canonical: Mapping[str, Any] | None) -> Outcome:
    return Outcome(Status.APPLIED, canonical=canonical)


def superseded(canonical: Mapping[str, Any] | None) -> Outcome:
    return Outcome(Status.SUPERSEDED, canonical=canonical)


def rejected(code: str, message: str, canonical: Mapping[str, Any] | None = None) -> Outcome:
    """The message may hold words of the client's: what cannot be kept of them is left out."""
    said = "".join(one if one.isprintable() else "?" for one in message[:_LONGEST_MESSAGE])
    return Outcome(Status.REJECTED, code, said, canonical)


REUSED = rejected("id_reused", "This id is that of another event.")


class Result(NamedTuple):
    id: UUID
    n: int
    status: Status
    seq: int | None
    """Who has followed the changes up to it has seen what the event did."""
    code: str | None
    message: str | None
    canonical: Mapping[str, Any] | None


class Pushed(NamedTuple):
    acked_n: int
    """The last of the device's events up to which all were answered for good."""
    head: int
    epoch: str
    server_time: datetime
    results: Sequence[Result]
