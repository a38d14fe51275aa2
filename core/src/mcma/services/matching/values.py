"""What may be what a claim means, how it was judged, and what came of it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.matching import Compared, Facts
from mcma_plugins.ids import ClaimId, TrackId

LIBRARY = "library"
"""The provider of candidates that are found among the tracks."""


class Thing(NamedTuple):
    """A track, or something of a source."""

    track_id: TrackId | None = None
    source: str | None = None
    source_id: str | None = None

    @property
    def key(self) -> str:
        if self.track_id is not None:
            return f"track:{self.track_id}"
        return f"source:{self.source}:{self.source_id}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Somebody's word that this may be it. The score is made here, of the facts."""

    thing: Thing
    facts: Facts
    provider: str
    links: Sequence[str] = ()
    """Pages for people."""
    claimed_score: float | None = None
    """What a plugin thinks of it: it can bring about a question, never a decision."""
    claimed_reason: str = ""


class Judged(NamedTuple):
    proposal: Proposal
    compared: Compared
    recording_id: UUID | None = None

    @property
    def thing(self) -> Thing:
        return self.proposal.thing

    @property
    def score(self) -> float:
        return self.compared.score


class Outcome(StrEnum):
    AUTOMATIC = "automatic"
    HELD = "held"
    """A person is asked."""
    PERSON = "person"
    """A person has decided before; nothing was changed."""
    NONE = "none"


class Verdict(NamedTuple):
    outcome: Outcome
    thing: Thing | None = None
    """What was decided; None as well where a person said that it is none of those."""
    score: float = 0.0


class Decision(NamedTuple):
    """Told in the transaction that makes it."""

    claim_id: ClaimId
    user_id: UUID | None
    """Whose claim it is."""
    kind: str
    """automatic, person or undone."""
    thing: Thing | None
    """What stands now; of a source: what is to be got."""
    before: Thing | None
    """What stood before."""
    at: datetime


OnDecided = Callable[[AsyncConnection, Decision], Awaitable[None]]
