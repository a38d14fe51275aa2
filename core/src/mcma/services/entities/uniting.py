"""Artists whose ids MusicBrainz has merged become one here, by the word of an enricher that was taken.

As when a person merges them, and taken back in the same way. What a person decided otherwise stays: a merge
of the two that was taken back, an id that somebody set, an artist that somebody took as theirs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.answers import ARTIST_CHECKS, FORMER_IDS, checked_answer
from mcma.domain.credits import VARIOUS_ARTISTS_MBID
from mcma.domain.layerrules import PERSON, PLUGIN
from mcma.domain.statuses import MANUAL
from mcma.services.enriching.values import KeptCandidate
from mcma.services.entities.artistmerge import join_artists
from mcma.services.entities.following import follow
from mcma.services.entities.recrediting import Notify
from mcma.services.jobs import Jobs
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database, WriteTransaction
from mcma.store.tables.catalogue import artists, field_values, merges
from mcma_plugins.events import ItemsMerged
from mcma_plugins.jobs import JobContext, JobKind, Payload, Schedule
from mcma_plugins.values import ItemKind

UNITE = "unite_artists"
"""The job kind."""


class Uniting:
    """Satisfies `JobOwner`."""

    def __init__(self, database: Database, jobs: Jobs, notify: Notify) -> None:
        self._database, self._jobs, self._notify = database, jobs, notify

    def job_kinds(self) -> Sequence[JobKind]:
        return (JobKind(UNITE, self._run, max_attempts=3),)

    def schedules(self) -> Mapping[str, Schedule]:
        return {}

    async def want(self, transaction: WriteTransaction, taken: KeptCandidate) -> None:
        """The job exists when the answer is taken."""
        ids = [list(pair) for pair in _pairs(taken)]
        if ids:
            await self._jobs.enqueue(transaction, UNITE, {"ids": ids, "by": taken.enricher})

    async def _run(self, job: JobContext) -> Payload:
        reason = f"{PLUGIN}{job.payload['by']}"
        done = [await self.unite(UUID(former), UUID(now), reason) for former, now in job.payload["ids"]]
        return {"united": sum(done)}

    async def unite(self, former: UUID, now: UUID, reason: str) -> bool:
        """Whether there were two, and nobody says that they are."""
        async with self._database.write(bulk=True) as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            found = await _both(connection, former, now)
            if found is None or await _is_decided(connection, *found):
                return False
            loser, winner = found
            await join_artists(connection, loser, winner, None, reason)
            news = await follow(self._jobs, transaction, None, [loser, winner])
        for hook, event in (*news, ("items_merged", ItemsMerged(ItemKind.ARTIST, loser, winner))):
            self._notify(hook, event)
        return True


def _pairs(taken: KeptCandidate) -> Iterator[tuple[str, str]]:
    """Former id, id of today."""
    of_artist = taken.item.kind is ItemKind.ARTIST
    said = {str(taken.fields.get("mbid")): taken.fields} if of_artist else taken.artists
    for mbid, fields in said.items():
        told = checked_answer({"mbid": mbid, FORMER_IDS: fields.get(FORMER_IDS)}, ARTIST_CHECKS).values
        if "mbid" in told:
            yield from ((one, told["mbid"]) for one in told.get(FORMER_IDS, ()) if one != told["mbid"])


async def _both(connection: AsyncConnection, former: UUID, now: UUID) -> tuple[UUID, UUID] | None:
    """Two artists that are here and no person's own."""
    columns = artists.c
    query = sa.select(columns.mbid, columns.id).where(
        columns.mbid.in_([former, now]), columns.deleted_at.is_(None), columns.metadata_status != MANUAL
    )
    found: dict[UUID, UUID] = {row.mbid: row.id for row in await connection.execute(query)}
    special = former == now or VARIOUS_ARTISTS_MBID in (str(former), str(now))
    if special or not {former, now} <= found.keys():
        return None
    return found[former], found[now]


async def _is_decided(connection: AsyncConnection, loser: UUID, winner: UUID) -> bool:
    both, record, said = (loser, winner), merges.c, field_values.c
    parted = sa.exists().where(
        record.item_kind == ItemKind.ARTIST.value, record.loser_id.in_(both), record.winner_id.in_(both),
        record.undone_at.is_not(None),
    )  # fmt: skip
    named = sa.exists().where(
        said.item_kind == ItemKind.ARTIST.value, said.item_id.in_(both), said.field == "mbid",
        said.origin == PERSON,
    )  # fmt: skip
    found: Any = await connection.scalar(sa.select(sa.or_(parted, named)))
    return bool(found)
