"""What a person sees is right at once, and the same after the answer."""

from typing import Any

import pytest

from mcma_client import Client, Mine, Unreachable, items
from mcma_client.clock import text_of
from tests.support.offline import Device

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
