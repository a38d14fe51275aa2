"""What credits artists that were made one, or several, is told again: at once, or by a job."""

from collections.abc import Sequence
from uuid import UUID

from mcma.services.entities.recrediting import count_artists, credited_tracks, recredit
from mcma.services.jobs import Jobs
from mcma.store.engine import WriteTransaction
from mcma_plugins.ids import UserId

RECREDIT = "recredit"
"""The job kind: tracks are told again."""
AT_ONCE = 200
"""Tracks that are told again in the same transaction; more are a job."""


async def follow(
    jobs: Jobs, transaction: WriteTransaction, by: UserId | None, artists: Sequence[UUID]
) -> list[tuple[str, object]]:
    """The news for plugins. The job exists when the transaction does."""
    found = await credited_tracks(transaction.connection, artists)
    if sum(map(len, found.values())) <= AT_ONCE:
        return await recredit(transaction.connection, found, artists)
    await count_artists(transaction.connection, artists)
    payload = {"artists": [str(id_) for id_ in artists]}
    await jobs.enqueue(transaction, RECREDIT, payload, created_by=by)
    return []
