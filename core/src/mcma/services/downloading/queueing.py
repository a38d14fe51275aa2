"""Begins downloads: into the line, with a job of the source's own, in the transaction of whoever asks."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from mcma.services.downloading.policy import Policy
from mcma.services.jobs import Jobs
from mcma.services.outside import OutsideSources
from mcma.services.outside.ids import is_id, is_option
from mcma.store.clock import utcnow
from mcma.store.engine import WriteTransaction
from mcma.store.queries import downloads as rows
from mcma.store.queries.downloads import Told
from mcma.store.tables.machinery import jobs as job_rows
from mcma.store.tables.wanted import ACTIVE, QUEUED
from mcma_plugins.ids import UserId
from mcma_plugins.sources import BrowsableSource, FetchableSource, Source, SourceKind

TRACK: Final = SourceKind.TRACK.value
KINDS: Final = frozenset({TRACK, SourceKind.ALBUM.value, SourceKind.PLAYLIST.value})
LOOKING: Final = "download_search"
"""The job that looks for what was asked for without a source."""
ATTEMPTS: Final = 50
"""Of the job: those that end a worker count here, faults of the source on the download itself."""


class SourceOffer(NamedTuple):
    plugin: str
    source: Source


Offers = Callable[[], Mapping[str, SourceOffer]]


def job_kind(offer: SourceOffer, kind: str) -> str:
    """One for each source, so that it has a limit of its own and goes to workers that have its plugin."""
    work = "download" if kind == TRACK else "listing"
    return f"{offer.plugin}.{work}_{offer.source.name}"


class Starting:
    def __init__(self, jobs: Jobs, offers: Offers, outside: OutsideSources, policy: Policy) -> None:
        self._jobs, self._offers, self._outside, self.policy = jobs, offers, outside, policy

    def offer(self, source: str, kind: str) -> SourceOffer | None:
        """Of a source that runs here and can get such a thing."""
        found = self._offers().get(source)
        if found is None or not isinstance(found.source, FetchableSource):
            return None
        return found if kind == TRACK or isinstance(found.source, BrowsableSource) else None

    def accepts(self, source: str, kind: str, source_id: str) -> bool:
        """Judged by its form. Of a source that is not here it may be an id if it may be one at all."""
        if source not in self._offers():
            return is_id(source_id) and not is_option(source_id)
        return self._outside.accepts(source, SourceKind(kind), source_id)

    async def begin(
        self,
        transaction: WriteTransaction,
        row: Any,
        offer: SourceOffer,
        *,
        priority: int,
        user: UserId | None,
        lost: bool = False,
    ) -> UUID:
        """`row` is locked. What is under way goes on, sooner where somebody waits for it, unless its job was
        `lost`. Returns its job."""
        if row.state in ACTIVE and row.job_id is not None and not lost:
            await self._hurry(transaction, row, priority)
            return UUID(bytes=row.job_id.bytes)
        job_id = await self._jobs.enqueue(
            transaction, job_kind(offer, row.kind), {"download": str(row.id)}, dedup_key=str(row.id),
            priority=priority, created_by=user, max_attempts=ATTEMPTS,
        )  # fmt: skip
        more = {"job_id": job_id, "faults": 0, "priority": priority, "listed": False, "user_id": user}
        await rows.tell(transaction.connection, row.id, Told(QUEUED), **more)
        return job_id

    async def at_once(self, transaction: WriteTransaction, id_: UUID) -> bool:
        """What waits until its source is asked again is tried now; False where it does not wait for that."""
        connection = transaction.connection
        row = await rows.get(connection, id_, locked=True)
        offer = None if row is None else self.offer(row.source, row.kind)
        if offer is None or row.code == rows.LIMITED:
            return False
        due = sa.update(job_rows).where(job_rows.c.id == row.job_id, job_rows.c.state == QUEUED)
        if (await connection.execute(due.values(run_after=utcnow()))).rowcount == 0:
            return False
        await self.begin(transaction, row, offer, priority=row.priority, user=row.user_id, lost=True)
        return True

    async def _hurry(self, transaction: WriteTransaction, row: Any, priority: int) -> None:
        if priority < row.priority:
            await rows.put(transaction.connection, row.id, priority=priority)
            waits = job_rows.c.id == row.job_id, job_rows.c.priority > priority
            await transaction.connection.execute(sa.update(job_rows).where(*waits).values(priority=priority))

    async def look(self, transaction: WriteTransaction) -> None:
        """For what was asked for without saying where from."""
        await self._jobs.enqueue(transaction, LOOKING, {}, dedup_key=LOOKING)

    def sources(self) -> Sequence[SourceOffer]:
        """Those that something can be got from."""
        return [one for one in self._offers().values() if isinstance(one.source, FetchableSource)]
