"""The envelope: order, repetition, what is answered, and who may."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from mcma.domain.errors import NotAuthenticated, NotFound, TooLarge
from mcma.services.sync.push import Batch, Push, Sent
from mcma.services.sync.push.clocks import Clock
from mcma.services.sync.push.push import PORTION
from mcma.services.sync.retention import Retention
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables.listening import like_events
from mcma.store.tables.people import devices
from mcma.store.tables.push import push_receipts
from tests.support.catalogue import Seeded
from tests.support.pushing import Device, by_n, codes, statuses
from tests.support.replica import Replica

pytestmark = pytest.mark.anyio


async def acked(database: Database, device: Device) -> int:
    async with database.read() as connection:
        return int(
            await connection.scalar(sa.select(devices.c.acked_n).where(devices.c.id == device.id)) or 0
        )


async def logged(database: Database) -> int:
    async with database.read() as connection:
        return int(await connection.scalar(sa.select(sa.func.count()).select_from(like_events)) or 0)


def likes(device: Device, lib: Seeded, count: int) -> list[Sent]:
    return [
        device.did("like.set", kind="track", item_id=str(lib.tracks[n % 24]), liked=True)
        for n in range(count)
    ]


async def test_a_batch_and_the_same_batch_again(
    phone: Device, lib: Seeded, database: Database, replica: Replica
) -> None:
    events = likes(phone, lib, 3)
    first = await phone.send(*events)
    assert statuses(first) == ["applied"] * 3
    assert first.acked_n == 3 == await acked(database, phone)
    assert {one.seq for one in first.results} == {first.head}
    again = await phone.send(*events)
    assert statuses(again) == ["duplicate"] * 3
    assert [one.seq for one in again.results] == [one.seq for one in first.results]
    assert again.acked_n == 3
    assert await logged(database) == 3
    await replica.follow()
    assert set(replica.of("user_item@1")) == {str(id_) for id_ in lib.tracks[:3]}


async def test_half_a_batch_and_the_rest(phone: Device, lib: Seeded, database: Database) -> None:
    events = likes(phone, lib, 5)
    await phone.send(*events[:3])
    rest = await phone.send(*events)
    assert statuses(rest) == ["duplicate"] * 3 + ["applied"] * 2
    assert rest.acked_n == 5
    assert await logged(database) == 5


async def test_batches_that_overtake_each_other(phone: Device, lib: Seeded, database: Database) -> None:
    events = likes(phone, lib, 4)
    late = await phone.send(*events[2:])
    assert statuses(late) == ["deferred"] * 2
    assert codes(late) == ["gap"] * 2
    assert late.acked_n == 0 == await logged(database)
    assert statuses(await phone.send(*events[:2])) == ["applied"] * 2
    assert statuses(await phone.send(*events[2:])) == ["applied"] * 2
    assert await acked(database, phone) == 4


async def test_a_hole_defers_what_comes_after_it_alone(phone: Device, lib: Seeded) -> None:
    events = likes(phone, lib, 4)
    found = await phone.send(events[0], *events[2:])
    assert by_n(found.results) == {1: "applied", 3: "deferred", 4: "deferred"}
    assert found.acked_n == 1


async def test_a_client_that_lost_its_counter_is_heard(phone: Device, lib: Seeded) -> None:
    await phone.send(*likes(phone, lib, 3))
    phone.n = 0
    found = await phone.send(*likes(phone, lib, 2))
    assert statuses(found) == ["applied"] * 2
    assert found.acked_n == 3


async def test_a_client_that_lost_events_numbers_the_others_anew(
    phone: Device, lib: Seeded, database: Database
) -> None:
    """As after a server was put back from a backup that knows less than the client still has."""
    events = likes(phone, lib, 4)
    await phone.send(events[0])
    assert statuses(await phone.send(*events[2:])) == ["deferred"] * 2
    anew = [event._replace(n=n) for n, event in enumerate((events[0], *events[2:]), 2)]
    assert statuses(await phone.send(*anew)) == ["duplicate", "applied", "applied"]
    assert await acked(database, phone) == 4
    assert await logged(database) == 3


async def test_the_same_id_twice_in_a_batch(phone: Device, lib: Seeded, database: Database) -> None:
    [event] = likes(phone, lib, 1)
    other = event._replace(n=3, data={**event.data, "liked": False})
    found = await phone.send(event, event._replace(n=2), other, event)
    assert statuses(found) == ["applied", "duplicate", "rejected", "duplicate"]
    assert codes(found)[2] == "id_reused"
    assert found.acked_n == 3
    assert await logged(database) == 1


async def test_an_id_with_other_content(phone: Device, lib: Seeded) -> None:
    [event] = likes(phone, lib, 1)
    await phone.send(event)
    for change in (
        {"data": {**event.data, "liked": False}}, {"type": "rating.set"},
        {"at": event.at - timedelta(seconds=1)},
    ):  # fmt: skip
        found = await phone.send(event._replace(n=phone.n + 1, **change))
        phone.n += 1
        assert (statuses(found), codes(found)) == (["rejected"], ["id_reused"])
        assert found.acked_n == phone.n


async def test_what_is_rejected_never_blocks(phone: Device, lib: Seeded) -> None:
    track = str(lib.tracks[0])
    events = [
        phone.did("like.set", kind="track", item_id=str(uuid4()), liked=True),
        phone.did("sing", song="it"),
        phone.did("like.set", kind="track", item_id=track, liked="yes"),
        phone.did("like.set", kind="playlist", item_id=track, liked=True),
        phone.did("like.set", kind="track", item_id=track, liked=True, why="so"),
        phone.did("like.set", kind="track", item_id=track, liked=True),
    ]
    found = await phone.send(*events)
    assert codes(found) == ["not_found", "unknown_type", "invalid", "invalid", "invalid", None]
    said = [str(one.message).partition(":")[0] for one in found.results[2:5]]
    assert said == ["data.liked", "data.kind", "data.why"]
    assert found.acked_n == 6
    again = await phone.send(*events)
    assert statuses(again) == ["duplicate"] * 6
    assert codes(again) == codes(found)
    assert [one.message for one in again.results] == [one.message for one in found.results]


async def test_more_events_than_a_transaction_takes(phone: Device, lib: Seeded, database: Database) -> None:
    found = await phone.send(*likes(phone, lib, 2 * PORTION + 1))
    assert found.acked_n == 2 * PORTION + 1 == await acked(database, phone) == await logged(database)
    assert "applied" in statuses(found)


async def test_two_pushes_of_one_device_at_once(phone: Device, lib: Seeded, database: Database) -> None:
    events = likes(phone, lib, 20)
    one, other = await asyncio.gather(phone.send(*events), phone.send(*events))
    assert sorted((statuses(one)[0], statuses(other)[0])) == ["applied", "duplicate"]
    assert one.acked_n == other.acked_n == 20 == await logged(database)


async def test_whose_device_it_is(phone: Device, lib: Seeded, push: Push, database: Database) -> None:
    with pytest.raises(NotFound) as unknown:
        await Device(push, lib.user).send()
    assert unknown.value.stable_code == "unknown_device"
    with pytest.raises(NotFound):
        await Device(push, lib.admin, phone.id).send()
    assert (await phone.send()).results == []
    async with database.write() as transaction:
        gone = sa.update(devices).where(devices.c.id == phone.id).values(revoked_at=utcnow())
        await transaction.connection.execute(gone)
    with pytest.raises(NotAuthenticated) as revoked:
        await phone.send(*likes(phone, lib, 1))
    assert revoked.value.stable_code == "device_revoked"
    assert await logged(database) == 0


async def test_a_batch_has_an_end(phone: Device, lib: Seeded) -> None:
    with pytest.raises(TooLarge):
        await phone.send(*likes(phone, lib, 501))


async def test_receipts_are_forgotten_in_time(phone: Device, lib: Seeded, database: Database) -> None:
    events = [phone.did("bookmark.set", track_id=str(lib.tracks[0]), position_ms=n) for n in range(2)]
    await phone.send(*events)
    retention = Retention(database, days=30)
    [kind] = retention.job_kinds()
    assert kind.name in retention.schedules()
    async with database.write() as transaction:
        old = sa.update(push_receipts).where(push_receipts.c.n == 1)
        aged = old.values(received_at=utcnow() - timedelta(days=91))
        await transaction.connection.execute(aged)
    assert await kind.handler(NO_JOB) == {"forgotten": 0, "receipts": 1}
    assert statuses(await phone.send(events[1])) == ["duplicate"]


NO_JOB: Any = None
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "at", "corrected"),
    [
        (timedelta(), timedelta(hours=-3), timedelta(hours=-3)),
        (timedelta(minutes=-2), timedelta(hours=-3), timedelta(hours=-3)),
        (timedelta(minutes=-3), timedelta(hours=-3), timedelta(hours=-3, minutes=3)),
        (timedelta(days=365), timedelta(days=365, hours=-1), timedelta(hours=-1)),
        (timedelta(days=-365), timedelta(days=-366), timedelta(days=-1)),
        (timedelta(), timedelta(hours=1), timedelta()),
        (timedelta(seconds=90), timedelta(seconds=80), timedelta()),
    ],
)
def test_clocks(sent: timedelta, at: timedelta, corrected: timedelta) -> None:
    assert Clock(NOW + sent, NOW).corrected(NOW + at) == NOW + corrected


async def test_a_batch_that_says_nothing_tells_where_one_is(phone: Device, lib: Seeded) -> None:
    sent = await phone.send(*likes(phone, lib, 2))
    empty = await phone.push.push(phone.caller, Batch(phone.id, utcnow(), []))
    assert (empty.acked_n, empty.head, empty.epoch) == (2, sent.head, sent.epoch)
