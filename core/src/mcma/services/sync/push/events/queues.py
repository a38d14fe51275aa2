"""The queue of the device that pushes: each field is as it was said last."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from mcma.domain.stamps import Stamp
from mcma.services.catalogue.lookup import reachable
from mcma.services.listening import queue_rows
from mcma.services.listening.queues import MOST, placed
from mcma.services.sync.lines import current
from mcma.services.sync.push.batch import APPLIED, Outcome, superseded
from mcma.services.sync.push.data import Count, EventData
from mcma.services.sync.push.handler import Event, InBulk, Work
from mcma_plugins.values import ItemKind


class QueueData(EventData):
    """What is left out stays; null is left out."""

    track_ids: list[UUID] | None = Field(None, max_length=MOST)
    current_index: Count | None = None
    position_ms: Count | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.track_ids is None and self.current_index is None and self.position_ms is None:
            raise ValueError("says track_ids, current_index or position_ms")
        if self.track_ids is not None and (self.current_index or 0) >= max(len(self.track_ids), 1):
            raise ValueError("current_index is none of track_ids")
        return self


class QueueSet(InBulk[QueueData]):
    data = QueueData

    async def apply(self, work: Work, events: Sequence[Event[QueueData]]) -> Sequence[Outcome]:
        found = await _found(work, [event.data for event in events])
        made = [
            await queue_rows.say(
                work.connection, work.caller, work.device_id, _fields(found, event.data),
                Stamp(event.at, event.id),
            )
            for event in events
        ]  # fmt: skip
        late = {queue for queue, stands in made if not stands}
        standing = await current(work.connection, work.caller, "play_queue", list(late))
        return [APPLIED if stands else superseded(standing.get(queue)) for queue, stands in made]


async def _found(work: Work, said: Iterable[QueueData]) -> Mapping[UUID, UUID]:
    wanted = list(dict.fromkeys(id_ for data in said for id_ in data.track_ids or ()))
    return await reachable(work.connection, work.caller, ItemKind.TRACK, wanted)


def _fields(found: Mapping[UUID, UUID], data: QueueData) -> dict[str, Any]:
    """Tracks that are not there are left out, and the index is that of the same track, or the next one."""
    said = {"current_index": data.current_index, "position_ms": data.position_ms}
    fields: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    if data.track_ids is None:
        return fields
    kept = [found.get(id_) for id_ in data.track_ids]
    index, position = placed(kept, data.current_index, data.position_ms or 0)
    moved = {"current_index": index, "position_ms": position}
    fields = {name: moved[name] for name in fields}
    return {"track_ids": [str(id_) for id_ in kept if id_ is not None], **fields}
