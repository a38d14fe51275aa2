"""Likes and ratings: logs, whose last event by (at, id) decides."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from mcma.domain.events import Status
from mcma.services.listening.recorded import Recorded
from mcma.services.listening.recording import Event as Said
from mcma.services.listening.recording import Recording
from mcma.services.sync.lines import current
from mcma.services.sync.push.batch import APPLIED, DUPLICATE, REUSED, Outcome, rejected, superseded
from mcma.services.sync.push.data import Flag, OfItem
from mcma.services.sync.push.handler import Event, InBulk, Work

SOURCE = "sync"


class LikeData(OfItem):
    liked: Flag


class RatingData(OfItem):
    rating: Annotated[int, Field(strict=True, ge=0, le=5)]
    """0 takes it away."""


class LikeSet(InBulk[LikeData]):
    data = LikeData

    async def apply(self, work: Work, events: Sequence[Event[LikeData]]) -> Sequence[Outcome]:
        said = [_said(work, one, int(one.data.liked)) for one in events]
        made = await Recording(work.transaction, work.caller, work.notify).likes(said)
        return await _outcomes(work, events, made)


class RatingSet(InBulk[RatingData]):
    data = RatingData

    async def apply(self, work: Work, events: Sequence[Event[RatingData]]) -> Sequence[Outcome]:
        said = [_said(work, one, one.data.rating) for one in events]
        made = await Recording(work.transaction, work.caller, work.notify).ratings(said)
        return await _outcomes(work, events, made)


def _said(work: Work, event: Event[Any], value: int) -> Said:
    return Said(
        event.id, event.data.item, value, event.at, event.reported_at, SOURCE, work.device_id, event.n
    )


async def _outcomes(work: Work, events: Sequence[Event[Any]], made: Mapping[UUID, Recorded]) -> list[Outcome]:
    late = {one.item for one in made.values() if one.status is Status.SUPERSEDED and one.item is not None}
    standing = await current(work.connection, work.caller, "user_item", list(late)) if late else {}
    return [_outcome(event, made[event.id], standing) for event in events]


def _outcome(event: Event[Any], made: Recorded, standing: Mapping[UUID, Mapping[str, Any]]) -> Outcome:
    if made.status is Status.REJECTED:
        gone = rejected("not_found", f"There is no such {event.data.kind.value}.")
        return REUSED if made.code == "id_reused" else gone
    if made.status is Status.SUPERSEDED:
        return superseded(standing.get(made.item) if made.item is not None else None)
    return DUPLICATE if made.status is Status.DUPLICATE else APPLIED
