"""A merge and an edit of one playlist at the same moment: one waits for the other, and both are done."""

import asyncio

import pytest
import sqlalchemy as sa

from mcma.services.identity.merging import record_merge
from mcma.services.playlists.playlist_edit import editing
from mcma.services.playlists.playlists import PlaylistService
from mcma.store.engine import Database
from mcma.store.tables.listening import playlist_items, playlist_libraries
from mcma_plugins.ids import TrackId
from tests.support.catalogue import seed
from tests.support.jobs import until

pytestmark = pytest.mark.anyio
_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


async def test_a_merge_waits_for_an_edit_and_neither_fails(database: Database) -> None:
    lib = await seed(database, tracks=3)
    loser, winner, other = (TrackId(id_) for id_ in lib.tracks)
    service = PlaylistService(database)
    made = await service.create(lib.user, "Mix", [loser, loser, other])

    async def merge() -> None:
        async with database.write() as transaction:
            await record_merge(transaction.connection, "track", loser, winner, "test")

    async def blocked() -> bool:
        if database.is_sqlite:
            return True  # one writer: its turn comes when the edit is done
        async with database.read() as connection:
            return bool(await connection.scalar(sa.text(_WAITING)))

    async with editing(database, lib.user, made.id) as edit:
        merging = asyncio.create_task(merge())
        await until(blocked)
        await edit.dedupe()
    await merging

    async with database.read() as connection:
        live = playlist_items.c.deleted_at.is_(None)
        tracks = (await connection.scalars(sa.select(playlist_items.c.track_id).where(live))).all()
        counted = await connection.scalar(sa.select(sa.func.sum(playlist_libraries.c.song_count)))
    assert set(tracks) == {loser, other}
    assert len(tracks) == counted == 2
