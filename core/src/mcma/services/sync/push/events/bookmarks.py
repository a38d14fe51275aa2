"""Bookmarks: each field is as it was said last; one that was removed comes back when it is set later."""

from collections.abc import Mapping, Sequence
from typing import Any, Self
from uuid import UUID

from pydantic import model_validator

from mcma.domain.stamps import Stamp
from mcma.services.catalogue.lookup import reachable
from mcma.services.listening.bookmark_rows import BookmarkRows
from mcma.services.sync.lines import current
from mcma.services.sync.push.batch import APPLIED, Outcome, rejected, superseded
from mcma.services.sync.push.data import Count, EventData, LongText
from mcma.services.sync.push.handler import Event, InBulk, Work
from mcma.store.redirects import merged_into
from mcma_plugins.values import ItemKind


class BookmarkData(EventData):
    track_id: UUID
    position_ms: Count = 0
    comment: LongText | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.said:
            raise ValueError("says a position_ms, a comment or both")
        return self

    @property
    def said(self) -> Mapping[str, Any]:
        """What is left out stays."""
        named = self.model_fields_set & {"position_ms", "comment"}
        return {name: getattr(self, name) or _EMPTY[name] for name in named}


_EMPTY = {"position_ms": 0, "comment": None}


class BookmarkGone(EventData):
    track_id: UUID


class BookmarkSet(InBulk[BookmarkData]):
    data = BookmarkData

    async def apply(self, work: Work, events: Sequence[Event[BookmarkData]]) -> Sequence[Outcome]:
        meant, rows = await _begun(work, [event.data.track_id for event in events])
        await rows.load(set(meant.values()))
        stands = {
            event.id: rows.set(meant[event.data.track_id], event.data.said, Stamp(event.at, event.id))
            for event in events if event.data.track_id in meant
        }  # fmt: skip
        await rows.write()
        return await _outcomes(work, [(event.id, event.data.track_id) for event in events], meant, stands)


class BookmarkDelete(InBulk[BookmarkGone]):
    data = BookmarkGone

    async def apply(self, work: Work, events: Sequence[Event[BookmarkGone]]) -> Sequence[Outcome]:
        meant, rows = await _begun(work, [event.data.track_id for event in events])
        losers = await merged_into(work.connection, set(meant.values()))
        await rows.load({*meant.values(), *losers})
        stands = {}
        for event in events:
            track = meant.get(event.data.track_id)
            if track is not None:
                same = [loser for loser, winner in losers.items() if winner == track]
                stands[event.id] = rows.remove(track, same, Stamp(event.at, event.id))
        await rows.write()
        return await _outcomes(work, [(event.id, event.data.track_id) for event in events], meant, stands)


async def _begun(work: Work, tracks: Sequence[UUID]) -> tuple[dict[UUID, UUID], BookmarkRows]:
    wanted = list(dict.fromkeys(tracks))
    meant = await reachable(work.connection, work.caller, ItemKind.TRACK, wanted)
    return meant, BookmarkRows(work.connection, work.caller.user_id)


async def _outcomes(
    work: Work,
    said: Sequence[tuple[UUID, UUID]],
    meant: Mapping[UUID, UUID],
    stands: Mapping[UUID, bool],
) -> list[Outcome]:
    late = {meant[track] for id_, track in said if not stands.get(id_, True)}
    standing = await current(work.connection, work.caller, "bookmark", list(late))
    made = []
    for id_, track in said:
        if id_ not in stands:
            made.append(rejected("not_found", "There is no such track."))
        else:
            made.append(APPLIED if stands[id_] else superseded(standing.get(meant[track])))
    return made
