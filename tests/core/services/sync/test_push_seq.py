"""`seq`: who has followed the changes up to it has seen what the event did, whoever writes meanwhile."""

import asyncio
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.services.playlists.playlists import PlaylistService
from mcma.services.sync.push import Push
from mcma.store.engine import Database
from mcma.store.tables.machinery import changes
from tests.support.catalogue import Seeded
from tests.support.pushing import Device

pytestmark = pytest.mark.anyio
ROUNDS, EVENTS = 6, 2


async def _told(database: Database, up_to: int) -> dict[tuple[UUID, UUID], int]:
    """Of everybody: what the feed says by then, with its number."""
    query = sa.select(changes.c.scope_id, changes.c.item_id, changes.c.seq).where(changes.c.seq <= up_to)
    async with database.read() as connection:
        rows = await connection.execute(query)
        return {(row.scope_id, row.item_id): row.seq for row in rows}


async def test_what_was_pushed_is_told_up_to_its_seq(database: Database, lib: Seeded, push: Push) -> None:
    people = [lib.user, lib.user, lib.admin]
    devices = [await Device(push, person).register(database) for person in people]
    answers: list[tuple[int, dict[tuple[UUID, UUID], int]]] = []

    async def push_away(number: int, device: Device) -> None:
        own = iter(lib.tracks[number % 2 :: 2])  # of one user, each track is liked once
        for _ in range(ROUNDS):
            items = [next(own) for _ in range(EVENTS)]
            liked = [device.did("like.set", kind="track", item_id=str(item), liked=True) for item in items]
            found = await device.send(*liked)
            told = await _told(database, found.head)
            for item, result in zip(items, found.results, strict=True):
                assert result.seq is not None
                assert told[device.caller.user_id, item] <= result.seq <= found.head
            answers.append((found.head, told))

    async def write_playlists() -> None:
        service = PlaylistService(database)
        for number in range(3 * ROUNDS):
            await service.create(lib.user, f"List {number}")

    pushing = [push_away(number, device) for number, device in enumerate(devices)]
    await asyncio.gather(*pushing, write_playlists(), write_playlists())
    for head, told in answers:
        assert (await _told(database, head)).keys() <= told.keys(), (
            "a change came late, below a number that was told"
        )
