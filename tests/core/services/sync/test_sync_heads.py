"""Whoever waits for a change of this process is told at once, not at the next look."""

import asyncio

import pytest

from mcma.services.listening.listening import ListeningService
from mcma.services.sync.heads import Heads
from mcma.store.engine import Database
from mcma.store.queries.sync_state import head
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.catalogue import seed

pytestmark = pytest.mark.anyio


async def test_what_this_process_writes_is_told_without_waiting_for_a_look(database: Database) -> None:
    lib = await seed(database, tracks=12)
    async with database.read() as connection:
        seq = await head(connection)
    heads = Heads(database, every=3600)
    waiting = asyncio.create_task(heads.beyond(seq, 30))
    await asyncio.wait([waiting], timeout=0.3)
    assert not waiting.done(), "there is nothing new"
    await ListeningService(database).like(lib.user, [ItemRef(ItemKind.TRACK, lib.tracks[0])], True)
    assert await waiting
    await heads.close()
