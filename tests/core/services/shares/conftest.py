from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcma.media.ffmpeg import Ffmpegs
from mcma.services.people.secretbox import SecretBox
from mcma.services.renditions import Bounds, Renditions, Room
from mcma.services.shares.opened import OpenShares
from mcma.services.shares.shares import ShareService
from mcma.services.shares.visits import Visits
from mcma.services.streaming import Streams
from mcma.store.engine import Database
from mcma.store.tables.people import library_access, users
from tests.support.catalogue import EPOCH, a_user, insert, seed
from tests.support.household import KEY
from tests.support.jobs import Workshop
from tests.support.sharing import Home


@pytest.fixture
async def home(database: Database, tmp_path: Path) -> AsyncIterator[Home]:
    lib = await seed(database, tracks=36)
    row, friend = a_user("friend")
    access = {"user_id": row["id"], "library_id": lib.library_id, "created_at": EPOCH}
    async with database.write() as transaction:
        await insert(transaction.connection, users, [row])
        await insert(transaction.connection, library_access, [access])
    renditions = Renditions(
        database, Workshop(database).jobs, Ffmpegs(None), tmp_path, Bounds(1, 1), Room(0, EPOCH - EPOCH)
    )
    shares = ShareService(database, SecretBox(KEY))
    streams = Streams(database, tmp_path / "artwork", renditions)
    visits = Visits(database)
    made = Home(database, lib, friend, shares, OpenShares(database, shares, streams, visits, known_seconds=0))
    yield made
    await visits.flush()
