"""What hooks are told."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from mcma_plugins.ids import ClaimId, JobId, LibraryId, TrackId, UserId
from mcma_plugins.values import ItemKind, ItemRef


class TracksChanged(NamedTuple):
    library_id: LibraryId
    track_ids: Sequence[TrackId]


class LikeRecorded(NamedTuple):
    user_id: UserId
    item: ItemRef
    liked: bool
    at: datetime


class PlayRecorded(NamedTuple):
    user_id: UserId
    track_id: TrackId
    at: datetime
    ms_played: int | None


class JobFinished(NamedTuple):
    job_id: JobId
    kind: str
    state: str
    """succeeded, failed or cancelled."""
    error: str | None


class ItemsMerged(NamedTuple):
    kind: ItemKind
    loser: UUID
    winner: UUID


class ItemsRemoved(NamedTuple):
    kind: ItemKind
    ids: Sequence[UUID]


class MatchRequest(NamedTuple):
    """Provisional."""

    claim_id: ClaimId
    title: str
    artists: Sequence[str]
    album: str | None
    duration_ms: int | None
    isrc: str | None


class ProposedMatch(NamedTuple):
    """Provisional."""

    track_id: TrackId | None
    source: str | None
    source_id: str | None
    score: float
    reason: str
