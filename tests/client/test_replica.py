"""The copy is what the server has, whatever happens on the way."""

from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest

from mcma.services.callers import SYSTEM
from mcma.services.sync import feed
from mcma.store.queries import sync_state
from mcma_client import Client, FolderInUse, Refused, Unreachable, items
from mcma_client.login import Login
from mcma_client.replica import Replica
from mcma_client.store import only_one
from tests.client.conftest import MakeDevice
from tests.support.offline import Device, Fault
from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio
REFUSED: Fault = "refuse"
TITLES = {"Song 1", "Song 2", "Song 3", "Tune 1", "Tune 2"}


@pytest.fixture
async def device(server: Server, person: Person, make_device: MakeDevice) -> Device:
    return await make_device(server, person)


def titles(client: Client) -> set[str]:
    return {one.data["title"] for one in items.listed(client.store, "track@1")}


async def agrees(device: Device) -> None:
    """With the server's own digest, over all scopes."""
    api = device.client._api(login_of(device))
    told = (await device.does(api.get, "/sync/digest"))["items"]
    theirs = {items.Digest(one["scope"], one["type"], one["items"], one["sum"]) for one in told}
    scopes = [scope for (scope,) in device.client.store.rows("SELECT scope FROM scopes")]
    assert theirs == {one for scope in scopes for one in items.digests(device.client.store, scope)}


def login_of(device: Device) -> Any:
    return Login.read(device.client.folder)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "PAGE", 3)
    monkeypatch.setattr(feed, "_STEP", 2)


async def test_a_copy_and_what_changes(server: Server, person: Person, device: Device) -> None:
    await device.sync()
    assert titles(device.client) == TITLES
    await agrees(device)
    [track, *_] = items.listed(device.client.store, "track@1")
    await person.put(f"/api/v1/likes/track/{track.id}")
    made = await person.post("/api/v1/playlists", {"name": "Sunday", "track_ids": [track.id]}, 201)
    await device.sync()
    liked = items.get(device.client.store, "user_item@1", track.id)
    assert liked is not None and liked.data["liked_at"]
    [row] = items.listed(device.client.store, "playlist_item@1", made["id"])
    assert row.data["track_id"] == track.id
    await person.delete(f"/api/v1/playlists/{made['id']}")
    await device.sync()
    assert items.get(device.client.store, "playlist@1", made["id"]) is None
    await agrees(device)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("at", [1, 2, 5])
async def test_an_interrupted_snapshot_goes_on_where_it_was(device: Device, at: int) -> None:
    wire, before = device.wire, 0
    original = wire.inner.handle_request

    def dies(request: Any) -> Any:
        nonlocal before
        before += "/snapshot" in request.url.path
        if before > at:
            raise RuntimeError("the process is gone")
        return original(request)

    wire.inner.handle_request = dies  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="gone"):
        await device.sync()
    wire.inner.handle_request = original  # type: ignore[method-assign]
    taken = [path for path in wire.asked if path.endswith("/snapshot")]
    again = Client(device.client.folder, wire, device.clock, device.slept.append)
    wire.asked.clear()
    await device.does(again.sync)
    again.close()
    assert titles(device.client) == TITLES
    await agrees(device)
    rest = [path for path in wire.asked if path.endswith("/snapshot")]
    wire.asked.clear()
    with device.client.store.write() as connection:
        connection.execute("UPDATE scopes SET cursor = NULL, page = NULL")
    await device.sync()
    whole = [path for path in wire.asked if path.endswith("/snapshot")]
    assert len(taken) - 1 + len(rest) == len(whole), "no page was taken twice"


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("fault", ["refuse", "lose_answer", "busy", "cut", "repeat"])
async def test_a_bad_line_costs_time_and_nothing_else(device: Device, fault: Fault) -> None:
    device.wire.fails(fault, fault, at="/sync/")
    await device.sync()
    assert titles(device.client) == TITLES
    await agrees(device)
    if fault == "busy":
        assert [7 <= wait < 10 for wait in device.slept] == [True, True]


async def test_no_network_is_an_error_that_loses_nothing(device: Device) -> None:
    await device.sync()
    device.wire.fails(*(10 * (REFUSED,)))
    with pytest.raises(Unreachable, match="cannot be reached"):
        await device.sync()
    assert titles(device.client) == TITLES


async def test_a_library_that_comes_and_goes(server: Server, person: Person, device: Device) -> None:
    assert person.caller is not None
    access = f"/api/v1/libraries/{server.library}/access/{person.caller.user_id}"
    await device.sync()
    await server.admin.delete(access)
    await device.sync()
    assert titles(device.client) == set()
    await agrees(device)
    device.wire.asked.clear()
    await server.admin.put(access)
    await device.sync()
    assert titles(device.client) == TITLES
    await agrees(device)
    assert len([one for one in device.wire.asked if "snapshot" in one]) == 1, "the others stay"


async def test_access_is_lost_between_two_questions(server: Server, person: Person, device: Device) -> None:
    assert person.caller is not None
    await device.sync()
    replica = Replica(device.client.store, device.client._api(login_of(device)))
    await server.core.services.library_access.withdraw(SYSTEM, UUID(server.library), person.caller.user_id)
    with pytest.raises(Refused) as refused:
        await device.does(replica.follow)
    assert refused.value.code == "scope_denied"
    await device.sync()
    assert titles(device.client) == set()


async def test_a_cursor_that_is_too_old(device: Device) -> None:
    await device.sync()
    old = "INSERT INTO items (type, id, scope, rev, round, data) VALUES ('job@1', 'x', 'me', 1, 1, '{}')"
    with device.client.store.write() as connection:
        connection.execute(old)
    original = device.wire.inner.handle_request

    def forgetful(request: Any) -> Any:
        if request.url.path.endswith("/changes"):
            device.wire.inner.handle_request = original  # type: ignore[method-assign]
            return httpx.Response(410, json={"code": "cursor_expired", "detail": "too old"})
        return original(request)

    device.wire.inner.handle_request = forgetful  # type: ignore[method-assign]
    await device.sync()
    await agrees(device)


async def test_another_epoch(server: Server, person: Person, device: Device) -> None:
    made = await person.post("/api/v1/playlists", {"name": "New"}, 201)
    await device.sync()
    async with server.database.write() as transaction:
        now = await sync_state.begun(transaction.connection)
        await sync_state.keep(transaction.connection, now._replace(epoch=made["id"]))
    done = await device.sync()
    assert done.anew
    assert [one.id for one in items.listed(device.client.store, "playlist@1")] == [made["id"]]
    await agrees(device)


async def test_what_differs_is_mended(device: Device) -> None:
    await device.sync()
    with device.client.store.write() as connection:
        connection.execute("DELETE FROM items WHERE type = 'album@1'")
        connection.execute("UPDATE items SET rev = rev + 1 WHERE type = 'genre@1'")
        wrong = "INSERT INTO items (type, id, scope, rev, round, data) SELECT type, ?, scope, 1, 1, data"
        of = "FROM items WHERE type = 'track@1' LIMIT 1"
        connection.execute(f"{wrong} {of}", ("019353a0-0000-7000-8000-00000000000a",))
    device.wire.asked.clear()
    await device.sync(compare=True)
    assert titles(device.client) == TITLES
    await agrees(device)
    assert len([one for one in device.wire.asked if "snapshot" in one]) == 1, "of what differs"
    device.wire.asked.clear()
    await device.sync(compare=True)
    assert [one for one in device.wire.asked if "snapshot" in one] == []


async def test_waiting_for_news(person: Person, device: Device) -> None:
    await device.sync()
    replica = Replica(device.client.store, device.client._api(login_of(device)))
    bell = await device.does(replica.bell)
    assert await device.does(replica.rung, bell, 0) is False
    await person.post("/api/v1/playlists", {"name": "New"}, 201)
    assert await device.does(replica.rung, bell, 20) is True


async def test_one_process_at_a_time(device: Device) -> None:
    with only_one(device.client.folder), pytest.raises(FolderInUse, match="Another mcma-client"):
        await device.sync()
    await device.sync()


async def test_unknown_types_and_fields_do_no_harm(device: Device) -> None:
    line = {"seq": 1, "scope": "me", "type": "mood@9", "id": "1", "op": "put", "rev": 1, "data": {"new": [1]}}
    with device.client.store.write() as connection:
        items.take(connection, [line, {**line, "op": "del", "reason": "odd", "id": "2"}], {})
    found = items.get(device.client.store, "mood@9", "1")
    assert found is not None and found.data == {"new": [1]}


async def test_names_with_other_line_ends(person: Person, device: Device) -> None:
    name = "one\u2028two\x85three"
    await person.post("/api/v1/playlists", {"name": name}, 201)
    await device.sync()
    assert [one.data["name"] for one in items.listed(device.client.store, "playlist@1")] == [name]
    await agrees(device)
