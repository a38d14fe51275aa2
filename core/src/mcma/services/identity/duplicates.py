"""What is here twice, as administrators see it and decide: merged, or no duplicates after all."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, NotFound
from mcma.services.callers import person_of, require_admin
from mcma.services.identity import duplicate_groups
from mcma.services.identity.merges import Merges, MergeView
from mcma.services.identity.waiting import waiting
from mcma.store.engine import Database
from mcma.store.queries import duplicates as rows
from mcma.store.queries.duplicates import DuplicateFile
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Caller

__all__ = ["MOST", "DuplicateFile", "DuplicateGroup", "DuplicateTrack", "Duplicates", "Merged", "Summary"]

MOST = 100
"""Groups of a page."""
SHOWN = 20
"""Tracks of each group of a page."""
MOST_TRACKS = 200
"""Of one group, as it is shown alone and merged at once."""


class DuplicateTrack(NamedTuple):
    track_id: UUID
    title: str
    artist: str
    album: str | None
    library_id: UUID
    library: str
    managed: bool
    files: tuple[DuplicateFile, ...]
    """The one that is played first."""
    apart_from: tuple[UUID, ...] = ()
    """Tracks of the group that a person said are no duplicates of it."""
    more: int = 0
    """Files of it that are of the group as well."""


class DuplicateGroup(NamedTuple):
    id: UUID
    kind: str
    """exact: the same sound to the sample; recording: their fingerprints are alike."""
    similarity: float
    """Of the two that are least alike; 1.0: the same."""
    found_at: datetime
    dismissed_at: datetime | None
    dismissed_by: UUID | None
    tracks: tuple[DuplicateTrack, ...]
    """The oldest first."""
    more: int = 0
    """Tracks that are of the group as well."""


class Merged(NamedTuple):
    group_id: UUID
    into: UUID
    merges: tuple[MergeView, ...]
    left: tuple[UUID, ...]
    """Tracks of other libraries, which cannot be one with it, and those that a person said are no
    duplicates."""
    more: int = 0
    """Tracks of the group that were not looked at: it may be merged once more."""


class Summary(NamedTuple):
    fingerprints: int
    refused: int
    """Files that have none: they cannot be decoded, or are too short."""
    waiting: int
    """Files that nothing has fingerprinted yet, of those that were there at the last round."""
    reason: str | None
    """Why nothing does: no_fingerprinter."""


class Duplicates:
    """For administrators: `Forbidden` for others."""

    def __init__(self, database: Database, merges: Merges, able: Callable[[], bool]) -> None:
        self._database, self._merges, self._able = database, merges, able

    async def groups(
        self,
        caller: Caller,
        *,
        limit: int,
        kind: str | None = None,
        dismissed: bool = False,
        after: UUID | None = None,
    ) -> Sequence[DuplicateGroup]:
        """Those whose files are of several tracks now, the first found first. Three short queries a
        page: which may be, which are, and what they are."""
        require_admin(caller)
        async with self._database.read() as connection:
            ids = await rows.page(connection, kind, dismissed, after, min(limit, MOST))
            return await _groups(connection, ids, SHOWN)

    async def group(self, caller: Caller, group: UUID) -> DuplicateGroup:
        """Also one that was merged. Raises `NotFound`."""
        require_admin(caller)
        async with self._database.read() as connection:
            return await _one(connection, group)

    async def summary(self, caller: Caller) -> Summary:
        require_admin(caller)
        async with self._database.read() as connection:
            made, refused = await rows.counts(connection)
            left = await waiting(connection)
        return Summary(made, refused, left, None if self._able() else "no_fingerprinter")

    async def merge(self, caller: Caller, group: UUID, into: TrackId | None = None) -> Merged:
        """All its tracks become one: `into`, else the oldest. Files stay where they are. Each merge can be
        taken back (`Merges.undo`). Done in part (one failed, or they are more than `MOST_TRACKS`), it may be
        asked for again. Those that a person
        said are no duplicates stay apart; of a group that was dismissed as a whole that is taken as another
        word.

        Raises `NotFound`, and `Conflict`: `not_in_group`, `same_item` where nothing is left to merge,
        `other_library` where all others are of other libraries, `said_apart` where a person said that the
        others are none.
        """
        require_admin(caller)
        async with self._database.read() as connection:
            found = await _one(connection, group, into)
            winner = _winner(found, into)
            others = [one for one in found.tracks if one.track_id != winner.track_id]
            here = _joinable(found, winner, others)
            if not here and found.more:
                here = await _joinable_later(connection, found, winner)
        if not others:
            raise Conflict("These are one track already.", code="same_item")
        if not here:
            raise _refused(winner, others)
        made = [
            await self._merges.merge_track(caller, TrackId(one), TrackId(winner.track_id)) for one in here
        ]
        left = tuple(one.track_id for one in others if one.track_id not in here)
        more = len(others) + found.more - len(made) - len(left)
        return Merged(group, winner.track_id, tuple(made), left, more)

    async def dismiss(self, caller: Caller, group: UUID) -> DuplicateGroup:
        """They are no duplicates: not shown until one more file joins, and never merged by themselves, also
        then."""
        require_admin(caller)
        async with self._database.write() as transaction:
            await duplicate_groups.dismiss(transaction.connection, group, person_of(caller))
            return await _one(transaction.connection, group)

    async def ask_again(self, caller: Caller, group: UUID) -> DuplicateGroup:
        """Takes a dismissal back."""
        require_admin(caller)
        async with self._database.write() as transaction:
            await duplicate_groups.ask_again(transaction.connection, group)
            return await _one(transaction.connection, group)


async def _one(connection: AsyncConnection, group: UUID, first: UUID | None = None) -> DuplicateGroup:
    found = await _groups(connection, [group], MOST_TRACKS, first)
    if not found:
        raise NotFound("There is no such group of duplicates.")
    return found[0]


async def _groups(
    connection: AsyncConnection, ids: Sequence[UUID], most: int, first: UUID | None = None
) -> list[DuplicateGroup]:
    return _told(ids, await rows.members(connection, ids, most, first))


def _told(ids: Sequence[UUID], found: Sequence[rows.MemberRow]) -> list[DuplicateGroup]:
    listed: dict[UUID, list[rows.MemberRow]] = {}
    for one in found:
        listed.setdefault(one.group_id, []).append(one)
    return [_group(listed[id_]) for id_ in ids if id_ in listed]


def _group(listed: Sequence[rows.MemberRow]) -> DuplicateGroup:
    first = listed[0]
    by_track: dict[UUID, list[rows.MemberRow]] = {}
    for one in listed:
        by_track.setdefault(one.track_id, []).append(one)
    said = {id_: {one.apart for one in found} - {None} for id_, found in by_track.items()}
    apart = {id_: tuple(other for other in sorted(said) if other != id_ and said[other] & said[id_])
             for id_ in said}  # fmt: skip
    tracks = tuple(_track(found, apart[id_]) for id_, found in sorted(by_track.items()))
    return DuplicateGroup(
        first.group_id, first.kind, first.least, first.found_at, first.dismissed_at, first.dismissed_by,
        tracks, first.tracks - len(tracks),
    )  # fmt: skip


def _track(listed: Sequence[rows.MemberRow], apart: tuple[UUID, ...]) -> DuplicateTrack:
    one = listed[0]
    files = tuple(found.file for found in sorted(listed, key=lambda found: not found.preferred))
    return DuplicateTrack(
        one.track_id, one.title, one.artist, one.album, one.library_id, one.library, one.managed, files,
        apart, one.files - len(files),
    )  # fmt: skip


def _joinable(group: DuplicateGroup, winner: DuplicateTrack, others: Sequence[DuplicateTrack]) -> list[UUID]:
    joined = [winner.track_id]
    for one in others:
        apart = group.dismissed_at is None and any(id_ in joined for id_ in one.apart_from)
        if one.library_id == winner.library_id and not apart:
            joined.append(one.track_id)
    return joined[1:]


async def _joinable_later(
    connection: AsyncConnection, group: DuplicateGroup, winner: DuplicateTrack
) -> list[UUID]:
    """Of a group of which none of those that are shown can be, the first that can."""
    said = (
        set()
        if group.dismissed_at is not None
        else await rows.apart_of(connection, group.id, winner.track_id)
    )
    beside = rows.Beside(winner.track_id, winner.library_id, said)
    found = await rows.members(connection, [group.id], MOST_TRACKS, winner.track_id, beside)
    [seen] = _told([group.id], found)
    return _joinable(seen, winner, [one for one in seen.tracks if one.track_id != winner.track_id])


def _refused(winner: DuplicateTrack, others: Sequence[DuplicateTrack]) -> Conflict:
    if all(one.library_id != winner.library_id for one in others):
        return Conflict("Tracks of two libraries cannot be one: files stay in their library.",
                        code="other_library")  # fmt: skip
    return Conflict("Somebody said that these are no duplicates.", code="said_apart",
                    hint="Take that back first, or merge the tracks themselves.")  # fmt: skip


def _winner(group: DuplicateGroup, into: UUID | None) -> DuplicateTrack:
    if into is None:
        return group.tracks[0]
    for one in group.tracks:
        if one.track_id == into:
            return one
    raise Conflict("This track is none of the group.", code="not_in_group")
