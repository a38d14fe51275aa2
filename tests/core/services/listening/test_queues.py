"""Play queues: one per device, the last writer wins, songs that are gone are left out."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from mcma.domain.errors import InvalidInput, NotFound, TooLarge
from mcma.services.listening import queues
from mcma.services.listening.queues import QueueService
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import play_queues
from mcma.store.tables.people import devices
from mcma_plugins.ids import DeviceId, TrackId
from mcma_plugins.services import Queues
from mcma_plugins.values import QueueView
from tests.support.catalogue import EPOCH, Seeded, insert, seed, set_row

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lib(database: Database) -> Seeded:
    return await seed(database, tracks=24)


@pytest.fixture
def service(database: Database) -> QueueService:
    return QueueService(database)


async def test_it_is_what_adapters_are_promised(database: Database) -> None:
    promised: Queues = QueueService(database)
    assert promised is not None


def ids(lib: Seeded, *places: int) -> list[TrackId]:
    return [TrackId(lib.tracks[place]) for place in places]


async def a_device(database: Database, lib: Seeded) -> DeviceId:
    id_ = DeviceId(new_id())
    row = {"id": id_, "user_id": lib.user.user_id, "name": "Phone", "created_at": EPOCH, "updated_at": EPOCH}
    async with database.write() as transaction:
        await insert(transaction.connection, devices, [row])
    return id_


def said(view: QueueView | None) -> tuple[list[TrackId], int | None, int] | None:
    return view and ([track.id for track in view.tracks], view.current, view.position_ms)


async def test_saved_and_read(database: Database, lib: Seeded, service: QueueService) -> None:
    assert await service.queue(lib.user) is None
    caller = replace(lib.user, client="Sym\0fonium")
    saved = await service.save(caller, ids(lib, 3, 1, 3), current=2, position_ms=61_000)
    assert said(saved) == (ids(lib, 3, 1, 3), 2, 61_000)
    assert (saved.changed_by, saved.device_id) == ("Symfonium", None)
    assert await service.queue(lib.user) == saved
    assert said(await service.save(caller, [])) == ([], None, 0)
    assert await service.queue(lib.admin) is None
    async with database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(play_queues)) == 1


async def test_each_device_has_its_own(database: Database, lib: Seeded, service: QueueService) -> None:
    phone = await a_device(database, lib)
    await service.save(lib.user, ids(lib, 0))
    await service.save(lib.user, ids(lib, 1, 2), device_id=phone)
    assert said(await service.queue(lib.user)) == (ids(lib, 0), 0, 0)
    assert said(await service.queue(lib.user, phone)) == (ids(lib, 1, 2), 0, 0)
    assert [(one.device_id, one.song_count) for one in await service.queues(lib.user)] == [
        (phone, 2),
        (None, 1),
    ]
    assert await service.queue(lib.admin, phone) is None
    for caller, device in ((lib.admin, phone), (lib.user, DeviceId(new_id()))):
        with pytest.raises(NotFound):
            await service.save(caller, ids(lib, 0), device_id=device)


async def test_the_latest_change_decides(lib: Seeded, service: QueueService) -> None:
    now = utcnow()
    await service.save(lib.user, ids(lib, 0), at=now)
    late = await service.save(lib.user, ids(lib, 1), at=now - timedelta(seconds=1))
    assert said(late) == (ids(lib, 0), 0, 0)
    ahead = await service.save(lib.user, ids(lib, 2), at=now + timedelta(days=1))
    assert said(ahead) == (ids(lib, 2), 0, 0)
    assert ahead.changed_at < utcnow() + timedelta(minutes=1)


async def test_songs_that_are_gone_are_left_out(
    database: Database, lib: Seeded, service: QueueService
) -> None:
    unknown = TrackId(new_id())
    saved = await service.save(lib.user, [unknown, *ids(lib, 0, 1, 2)], current=2, position_ms=9)
    assert said(saved) == (ids(lib, 0, 1, 2), 1, 9)
    await set_row(database, c.tracks, lib.tracks[1], deleted_at=EPOCH)
    assert said(await service.queue(lib.user)) == (ids(lib, 0, 2), 1, 0)
    await set_row(database, c.tracks, lib.tracks[0], deleted_at=EPOCH, replaced_by=lib.tracks[5])
    assert said(await service.queue(lib.user)) == (ids(lib, 5, 2), 1, 0)


async def test_what_is_refused(lib: Seeded, service: QueueService) -> None:
    for current, position in ((1, 0), (-1, 0), (0, -1), (0, 2**53)):
        with pytest.raises(InvalidInput):
            await service.save(lib.user, ids(lib, 0), current=current, position_ms=position)
    with pytest.raises(TooLarge):
        await service.save(lib.user, ids(lib, 0) * 10_001)
    assert await service.queue(lib.user) is None
    longest = await service.save(lib.user, ids(lib, 0) * 10_000, current=9_999)
    assert (len(longest.tracks), longest.current) == (10_000, 9_999)


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.integers(0, 7), st.integers(0, 9))
def test_the_current_song_is_found_again(there: list[bool], asked: int, position: int) -> None:
    current = asked % len(there)
    kept = [place if is_there else None for place, is_there in enumerate(there)]
    place, at = queues.placed(kept, current, position)
    left = [one for one in kept if one is not None]
    if not left:
        assert (place, at) == (None, 0)
        return
    assert place is not None
    following = [one for one in left if one >= current] or left[-1:]
    assert left[place] == following[0]
    assert at == (position if there[current] else 0)
