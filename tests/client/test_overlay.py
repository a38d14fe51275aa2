"""What a person sees is right at once, and the same after the answer."""

from typing import Any

import pytest

from mcma_client import Client, Mine, Unreachable, items
from mcma_client.clock import text_of
from tests.client.conftest import MakeDevice
from tests.support.offline import Device
from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio


def tracks(client: Client) -> list[str]:
    return [one.id for one in items.listed(client.store, "track@1")]


def seen(client: Client) -> dict[str, Any]:
    """All of it, without the times that the server gives."""
    mine = {
        id_: (one.rating, one.play_count, one.liked_at is not None)
        for id_, one in client.see.all_mine().items()
        if one.kind == "track" and one != Mine("track", id_)
    }
    lists = client.see.playlists()
    queue = client.see.queue(client.store.fact("device") or "")
    return {
        "mine": mine,
        "playlists": {id_: (data["name"], data["comment"], data["public"]) for id_, data in lists.items()},
        "rows": {id_: client.see.rows(id_) for id_ in lists},
        "settings": client.see.settings(),
        "bookmarks": {
            id_: (one["position_ms"], one["comment"]) for id_, one in client.see.bookmarks().items()
        },
        "queue": {name: queue[name] for name in ("track_ids", "current_index", "position_ms")},
    }


async def the_same_afterwards(device: Device) -> dict[str, Any]:
    """Before it is sent, between the answer and the changes, and after them."""
    before = seen(device.client)
    device.wire.fails(*(20 * ("refuse",)), at="/sync/changes")
    with pytest.raises(Unreachable):
        await device.sync()
    assert seen(device.client) == before, "answered"
    device.wire.fails()
    done = await device.sync()
    assert device.client.outbox.rejected() == [] and done.rejected == []
    assert seen(device.client) == before, "followed"
    assert device.client.store.rows("SELECT count(*) FROM outbox WHERE state <> 'settled'") == [(0,)]
    return before


async def test_likes_ratings_and_plays(device: Device) -> None:
    one, two, three, *_ = tracks(device.client)
    record = device.client.record
    record.like("track", one)
    record.rate("track", one, 4)
    record.rate("track", two, 3)
    record.rate("track", two, 0)
    device.clock.move(hours=-3)
    record.play(three, 200_000)
    device.clock.move(hours=1)
    record.play(three, 200_000)
    device.clock.move(hours=2)
    assert device.client.see.mine("track", three).play_count == 2
    found = await the_same_afterwards(device)
    assert found["mine"][one] == (4, 0, True) and found["mine"][three][1] == 2
    assert device.client.see.mine("track", two).rating is None


async def test_bookmarks_queues_and_settings(device: Device) -> None:
    one, two, *_ = tracks(device.client)
    record = device.client.record
    record.bookmark(one, position_ms=1000, comment="here")
    record.bookmark(one, position_ms=2000)
    record.bookmark(two, position_ms=5)
    record.drop_bookmark(two)
    record.queue(track_ids=[one, two], current_index=0)
    record.queue(current_index=1, position_ms=77)
    record.setting("theme", {"dark": True})
    record.setting("speed", 2)
    record.setting("speed", None)
    found = await the_same_afterwards(device)
    assert found["bookmarks"] == {one: (2000, "here")}
    assert found["queue"] == {"track_ids": [one, two], "current_index": 1, "position_ms": 77}
    assert found["settings"] == {"theme": {"dark": True}}


async def test_what_was_merged_is_followed(device: Device) -> None:
    one, two, *_ = tracks(device.client)
    client = device.client
    client.record.like("track", one)
    client.record.bookmark(one, position_ms=1)
    line = {"scope": client.store.rows("SELECT scope FROM items WHERE id = ?", one)[0][0], "type": "track@1"}
    with client.store.write() as connection:
        items.take(connection, [{**line, "id": one, "op": "del", "reason": "merged", "replaced_by": two}], {})
    assert [mine.id for mine in client.see.liked()] == [two]
    assert client.see.mine("track", one).liked_at == text_of(device.clock())
    assert list(client.see.bookmarks()) == [two]


async def test_playlists(device: Device) -> None:
    one, two, three, *_ = tracks(device.client)
    record, see = device.client.record, device.client.see
    sunday = record.create_playlist("Sunday", comment="slow")
    a, b, c = record.add_tracks(sunday, [one, two, three])
    record.move_row(sunday, c, 0)
    assert [row.id for row in see.rows(sunday)] == [c, a, b]
    record.remove_rows(sunday, [a])
    record.update_playlist(sunday, name="Monday")
    gone = record.create_playlist("Gone")
    record.add_tracks(gone, [one])
    record.delete_playlist(gone)
    await the_same_afterwards(device)
    assert [row.track_id for row in see.rows(sunday)] == [three, two] and see.rows(gone) == []
    record.move_row(sunday, b, 0)
    record.add_tracks(sunday, [one])
    await the_same_afterwards(device)
    assert see.tracks(sunday) == [two, three, one]
    record.delete_playlist(sunday)
    await the_same_afterwards(device)
    assert see.playlists() == {}


async def test_a_playlist_without_room_is_spread_anew(device: Device) -> None:
    record, see = device.client.record, device.client.see
    crowded = record.create_playlist("Crowded")
    first, second, third = record.add_tracks(crowded, tracks(device.client)[:3])
    tight = "V" * 39
    for id_, position in ((first, tight), (second, f"{tight}1"), (third, "z")):
        record.event("playlist.move", {"playlist_id": crowded, "item_id": id_, "position": position})
    record.move_row(crowded, third, 1)
    assert [row.id for row in see.rows(crowded)] == [first, third, second]
    await the_same_afterwards(device)


async def test_two_devices_edit_one_playlist(
    server: Server, person: Person, device: Device, make_device: MakeDevice
) -> None:
    other = await make_device(server, person)
    sunday = device.client.record.create_playlist("Sunday")
    ids = device.client.record.add_tracks(sunday, tracks(device.client)[:2])
    await device.sync()
    await other.sync()
    device.client.record.add_tracks(sunday, tracks(device.client)[2:3])
    other.client.record.add_tracks(sunday, tracks(device.client)[3:4])
    other.client.record.remove_rows(sunday, ids[:1])
    device.client.record.move_row(sunday, ids[0], 1)
    for each in (device, other, device, other):
        await each.sync()
    assert seen(device.client)["rows"] == seen(other.client)["rows"]
    assert len(device.client.see.rows(sunday)) == 3
