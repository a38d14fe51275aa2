"""Plays: only added. `at` is when it began."""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

from pydantic import model_validator

from mcma.domain.events import Status
from mcma.services.claims.lookup import Wanted
from mcma.services.claims.said import SaidRecording
from mcma.services.listening.playlog import PlayEvent, record_plays
from mcma.services.listening.recorded import Recorded
from mcma.services.sync.push.batch import APPLIED, DUPLICATE, REUSED, Outcome, rejected
from mcma.services.sync.push.data import Count, EventData
from mcma.services.sync.push.events.likes import SOURCE
from mcma.services.sync.push.handler import Event, InBulk, Work


class PlayData(EventData):
    track_id: UUID | None = None
    claim: SaidRecording | None = None
    ms_played: Count | None = None
    """Left out: to the end."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.track_id is None) == (self.claim is None):
            raise ValueError("names a track_id or a claim")
        return self

    @property
    def what(self) -> UUID | Wanted:
        if self.claim is not None:
            return self.claim.wanted()
        assert self.track_id is not None
        return self.track_id


class Play(InBulk[PlayData]):
    data = PlayData

    async def apply(self, work: Work, events: Sequence[Event[PlayData]]) -> Sequence[Outcome]:
        said = [_said(one) for one in events]
        made = await record_plays(work.transaction, work.caller, said, SOURCE, work.notify)
        return [_outcome(made[one.id]) for one in events]


def _said(one: Event[PlayData]) -> PlayEvent:
    data = one.data
    return PlayEvent(one.id, data.what, one.at, one.reported_at, one.received_at, data.ms_played, one.n)


def _outcome(made: Recorded) -> Outcome:
    if made.status is Status.REJECTED:
        return REUSED if made.code == "id_reused" else rejected("not_found", "There is no such track.")
    return DUPLICATE if made.status is Status.DUPLICATE else APPLIED
