"""Events reach the server once, whatever happens on the way; and until then they show."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.store.queries import sync_state
from mcma.store.tables.listening import like_events
from mcma.store.tables.people import devices
from mcma.store.tables.push import push_receipts
from mcma_client import Client, Unreachable, items
from mcma_client.clock import text_of, time_of, uuid7
from mcma_client.errors import ClientError
from mcma_client.login import Login
from tests.client.conftest import MakeDevice
from tests.support.offline import Device, Fault
from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio


def tracks(client: Client) -> list[str]:
    return [one.id for one in items.listed(client.store, "track@1")]


def states(client: Client) -> list[str]:
    return [state for (state,) in client.store.rows("SELECT state FROM outbox ORDER BY n")]


def liked(client: Client) -> set[str]:
    return {one.id for one in client.see.liked()}


async def liked_there(person: Person) -> set[str]:
    found = await person.get("/api/v1/tracks", params={"liked": "true", "limit": 100})
    return {one["id"] for one in found["items"]}


async def events_there(server: Server, person: Person) -> int:
    assert person.caller is not None
    mine = sa.select(sa.func.count()).where(like_events.c.user_id == person.caller.user_id)
    async with server.database.read() as connection:
        return int((await connection.execute(mine)).scalar_one())


async def test_a_like_shows_at_once_and_afterwards(person: Person, device: Device) -> None:
    client = device.client
    one, other, *_ = tracks(client)
    client.record.like("track", one)
    client.record.like("track", other)
    client.record.like("track", other, False)
    assert liked(client) == {one}
    assert client.see.mine("track", one).liked_at == text_of(device.clock())
    done = await device.sync()
    assert (done.sent, done.rejected) == (3, [])
    assert states(client) == ["settled"] * 3
    assert liked(client) == await liked_there(person) == {one}


@pytest.mark.parametrize("fault", ["refuse", "lose_answer", "repeat", "cut", "busy", "delay"])
async def test_nothing_is_lost_or_doubled(
    server: Server, person: Person, device: Device, fault: Fault
) -> None:
    for track in tracks(device.client):
        device.client.record.like("track", track)
    device.wire.fails(fault, fault, at="/sync/push")
    await device.sync()
    assert await liked_there(person) == liked(device.client) == set(tracks(device.client))
    assert await events_there(server, person) == 5
    device.client.record.like("track", tracks(device.client)[0], False)
    await device.sync()
    assert await liked_there(person) == liked(device.client) == set(tracks(device.client)[1:])
    assert await events_there(server, person) == 6


async def test_all_answers_are_lost_for_a_day(server: Server, person: Person, device: Device) -> None:
    [one, *_] = tracks(device.client)
    device.client.record.like("track", one)
    lost: Fault = "lose_answer"
    device.wire.fails(*(4 * (lost,)), at="/sync/push")
    with pytest.raises(Unreachable):
        await device.sync()
    assert states(device.client) == ["waiting"] and await liked_there(person) == {one}
    device.clock.move(days=1)
    device.client.record.like("track", one, False)
    assert liked(device.client) == set()
    await device.sync()
    assert await liked_there(person) == liked(device.client) == set()
    assert await events_there(server, person) == 2


async def test_a_rejected_event_is_told_and_undone(device: Device) -> None:
    client, nothing = device.client, str(uuid7(device.clock()))
    client.record.like("track", nothing)
    client.record.like("track", tracks(client)[0])
    assert liked(client) == {nothing, tracks(client)[0]}
    done = await device.sync()
    assert [one.code for one in done.rejected] == ["not_found"]
    assert liked(client) == {tracks(client)[0]}
    assert [one.event.data["item_id"] for one in client.outbox.rejected()] == [nothing]


async def test_a_later_one_elsewhere_decides(
    server: Server, person: Person, device: Device, make_device: MakeDevice
) -> None:
    other = await make_device(server, person)
    await other.sync()
    [one, *_] = tracks(device.client)
    device.client.record.like("track", one)
    other.clock.move(seconds=30)
    other.client.record.like("track", one, False)
    device.clock.move(seconds=60)
    other.clock.move(seconds=30)
    await other.sync()
    device.wire.fails(*(20 * ("refuse",)), at="/sync/changes")
    with pytest.raises(Unreachable):
        await device.sync()
    assert liked(device.client) == set(), "the canonical state came with the answer"
    device.wire.fails()
    await device.sync()
    assert await liked_there(person) == set()


async def test_clocks_that_are_years_off(
    server: Server, person: Person, device: Device, make_device: MakeDevice
) -> None:
    behind = await make_device(server, person)
    await behind.sync()
    device.clock.move(days=900)
    behind.clock.move(days=-900)
    [one, two, *_] = tracks(device.client)
    device.client.record.like("track", one)
    behind.client.record.like("track", two)
    device.clock.move(seconds=10)
    behind.clock.move(seconds=20)
    behind.client.record.like("track", one, False)
    behind.clock.move(seconds=1)
    await device.sync()
    await behind.sync()
    await device.sync()
    assert await liked_there(person) == liked(device.client) == liked(behind.client) == {two}


async def test_a_clock_that_is_set_back_keeps_the_order(person: Person, device: Device) -> None:
    [one, *_] = tracks(device.client)
    device.clock.move(days=30)
    first = device.client.record.like("track", one)
    device.clock.move(days=-30)
    second = device.client.record.like("track", one, False)
    assert time_of(second.at) > time_of(first.at) and second.id > first.id
    await device.sync()
    assert await liked_there(person) == liked(device.client) == set()


async def test_a_login_survives_lost_answers(person: Person, device: Device) -> None:
    for faults in (("lose_answer", "lose_answer"), ("repeat",), ("cut",), ("refuse",)):
        login = Login.read(device.client.folder)
        replace(login, access_token="of a quarter of an hour ago").write(device.client.folder)
        device.wire.fails(*faults, at="/auth/refresh")
        await device.sync()
        assert device.wire.faults == []
        assert Login.read(device.client.folder).refresh_token != login.refresh_token


async def test_more_than_a_batch(person: Person, device: Device) -> None:
    [one, *_] = tracks(device.client)
    with device.client.store.write() as connection:
        for number in range(601):
            said = {"kind": "track", "item_id": one, "liked": number % 2 == 0}
            device.client.outbox.add(connection, "like.set", said)
    device.wire.asked.clear()
    done = await device.sync()
    assert done.sent == 601
    assert len([path for path in device.wire.asked if path.endswith("/push")]) == 2
    assert await liked_there(person) == {one}


async def test_a_server_that_was_put_back_is_sent_again_what_it_lost(server: Server, device: Device) -> None:
    nothing = str(uuid7(device.clock()))
    for _ in range(3):
        device.client.record.like("track", nothing)
    await device.sync()
    id_ = UUID(device.client.store.fact("device"))
    async with server.database.write() as transaction:
        now = await sync_state.begun(transaction.connection)
        await sync_state.keep(transaction.connection, now._replace(epoch=str(id_)))
        lost = sa.delete(push_receipts).where(push_receipts.c.device_id == id_, push_receipts.c.n > 1)
        await transaction.connection.execute(lost)
        before = sa.update(devices).where(devices.c.id == id_).values(acked_n=1)
        await transaction.connection.execute(before)
    done = await device.sync()
    assert done.anew and done.sent == 2
    assert [one.event.n for one in device.client.outbox.rejected()] == [1, 2, 3]
    assert not (await device.sync()).anew


async def test_numbers_go_on_where_the_server_is(device: Device) -> None:
    """Of a counter that ran ahead (events were forgotten, the device is new), and of one that was lost."""
    nothing = str(uuid7(device.clock()))
    for next_n in ("57", "1"):
        with device.client.store.write() as connection:
            connection.execute("DELETE FROM outbox")
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('next_n', ?)", (next_n,))
        for _ in range(2):
            device.client.record.like("track", nothing)
        done = await device.sync()
        assert len(done.rejected) == 2 and device.client.outbox.waiting() == 0
    assert device.client.record.like("track", nothing).n == 3


async def test_a_device_that_the_server_forgot(device: Device) -> None:
    with device.client.store.write() as connection:
        connection.execute("UPDATE facts SET value = ? WHERE name = 'device'", (str(uuid7(device.clock())),))
    device.client.record.like("track", str(uuid7(device.clock())))
    assert (await device.sync()).sent == 1


async def test_what_is_old_is_forgotten(device: Device) -> None:
    device.client.record.like("track", tracks(device.client)[0])
    await device.sync()
    device.clock.move(days=29)
    await device.sync()
    assert len(states(device.client)) == 1
    device.clock.move(days=2)
    await device.sync()
    assert states(device.client) == []
    assert device.client.record.like("track", tracks(device.client)[0]).n == 2


async def test_what_is_too_large_is_refused_before_it_is_kept(device: Device) -> None:
    with pytest.raises(ClientError, match="too large"):
        device.client.record.setting("notes", "x" * 500_000)
    assert device.client.outbox.waiting() == 0


def test_ids_sort_by_time() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    ids = [uuid7(at + timedelta(milliseconds=n)) for n in range(100)]
    assert ids == sorted(ids) and {one.version for one in ids} == {7}
    assert len({uuid7(at) for _ in range(100)}) == 100
