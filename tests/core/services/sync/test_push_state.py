"""Bookmarks, queues and settings that are pushed: the last word by (at, id), for each field of its own."""

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
import sqlalchemy as sa

from mcma.services.listening.bookmarks import BookmarkService
from mcma.services.listening.queues import QueueService
from mcma.services.sync.push.batch import MOST_CANONICAL
from mcma.services.sync.push.events import settings
from mcma.services.sync.push.events.settings import setting_id
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables.listening import bookmarks
from mcma.store.tables.push import push_receipts
from mcma_plugins.ids import DeviceId, TrackId
from tests.support.catalogue import Seeded
from tests.support.pushing import Device, codes, statuses
from tests.support.replica import Replica

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)


async def test_a_bookmark_in_any_order_comes_out_the_same(
    phone: Device, laptop: Device, lib: Seeded, database: Database
) -> None:
    """Every order of four deeds, each in a track of its own."""
    now = utcnow()
    deeds: list[tuple[str, dict[str, Any], Any]] = [
        ("bookmark.set", {"position_ms": 1000, "comment": "first"}, now - 5 * HOUR),
        ("bookmark.delete", {}, now - 4 * HOUR),
        ("bookmark.set", {"position_ms": 3000}, now - 3 * HOUR),
        ("bookmark.set", {"position_ms": 2000, "comment": "late"}, now - 3.5 * HOUR),
    ]
    orders = list(permutations(deeds))
    assert len(orders) == len(lib.tracks)
    for place in range(len(deeds)):
        device = phone if place % 2 else laptop
        events = []
        for track, order in zip(lib.tracks, orders, strict=True):
            type_, data, at = order[place]
            events.append(device.did(type_, at=at, track_id=str(track), **data))
        assert set(statuses(await device.send(*events))) <= {"applied", "superseded"}
    async with database.read() as connection:
        rows = (await connection.execute(sa.select(bookmarks))).all()
    assert len(rows) == len(lib.tracks)
    assert {(row.position_ms, row.comment, row.deleted_at) for row in rows} == {(3000, "late", None)}


async def test_bookmarks_as_clients_see_them(
    phone: Device, lib: Seeded, database: Database, replica: Replica
) -> None:
    track = str(lib.tracks[0])
    assert (await phone.say("bookmark.set", track_id=track, position_ms=10, comment="a")).status == "applied"
    assert (await phone.say("bookmark.set", track_id=track, position_ms=20)).status == "applied"
    await replica.follow()
    held = replica.of("bookmark@1")[track]
    assert (held["position_ms"], held["comment"]) == (20, "a")
    late = await phone.say("bookmark.set", at=utcnow() - HOUR, track_id=track, position_ms=5)
    assert late.status == "superseded"
    assert late.canonical is not None
    assert late.canonical["position_ms"] == 20
    assert (await phone.say("bookmark.delete", at=utcnow() - HOUR, track_id=track)).status == "superseded"
    assert (await phone.say("bookmark.delete", track_id=track)).status == "applied"
    assert await BookmarkService(database).bookmarks(lib.user) == []
    gone = await phone.say("bookmark.set", at=utcnow() - HOUR, track_id=track, position_ms=5)
    assert (gone.status, gone.canonical) == ("superseded", None)
    await replica.follow()
    assert track not in replica.of("bookmark@1")
    await replica.agrees()


async def test_bookmarks_and_the_other_ways_to_set_them(
    phone: Device, lib: Seeded, database: Database
) -> None:
    service, track = BookmarkService(database), TrackId(lib.tracks[0])
    await service.save(lib.user, track, 100, "here", at=utcnow() - HOUR)
    data: dict[str, Any] = {"track_id": str(track), "comment": "there"}
    assert (await phone.say("bookmark.set", at=utcnow() - 2 * HOUR, **data)).status == "superseded"
    assert (await phone.say("bookmark.set", **data)).status == "applied"
    [held] = await service.bookmarks(lib.user)
    assert (held.position_ms, held.comment) == (100, "there")


async def test_queues(phone: Device, laptop: Device, lib: Seeded, database: Database) -> None:
    service, tracks = QueueService(database), [str(id_) for id_ in lib.tracks[:3]]
    listed = [str(uuid4()), *tracks]
    first = await phone.say("queue.set", at=utcnow() - 2 * HOUR, track_ids=listed, current_index=2)
    assert first.status == "applied"
    assert (await phone.say("queue.set", position_ms=5000)).status == "applied"
    late = await phone.say("queue.set", at=utcnow() - HOUR, current_index=9, position_ms=7)
    assert late.status == "superseded"
    assert late.canonical is not None
    assert (late.canonical["current_index"], late.canonical["position_ms"]) == (2, 5000)
    view = await service.queue(lib.user, DeviceId(phone.id))
    assert view is not None
    assert ([str(one.id) for one in view.tracks], view.current, view.position_ms) == (tracks, 2, 5000)
    assert [one.current for one in await service.queues(lib.user)] == [2]
    assert await service.queue(lib.user, DeviceId(laptop.id)) is None
    assert (await phone.say("queue.set", track_ids=[])).status == "applied"
    view = await service.queue(lib.user, DeviceId(phone.id))
    assert view is not None
    assert (view.tracks, view.current) == ([], None)
    wrong: list[dict[str, Any]] = [
        {}, {"track_ids": tracks, "current_index": 3}, {"track_ids": ["x"]}, {"position_ms": -1},
        {"track_ids": [str(new_id())] * 10_001}, {"device_id": str(phone.id)},
    ]  # fmt: skip
    found = await phone.send(*(phone.did("queue.set", **data) for data in wrong))
    assert set(codes(found)) == {"invalid"}


async def test_settings(phone: Device, laptop: Device, lib: Seeded, replica: Replica) -> None:
    values: list[Any] = ["dark", 5, 1.5, True, [1, {"a": None}], {"is": {}}, 2**63 - 1, ""]
    for number, value in enumerate(values):
        assert (await phone.say("setting.set", name=f"s{number}", value=value)).status == "applied"
    await replica.follow()
    held = {data["name"]: data["value"] for data in replica.of("user_setting@1").values()}
    assert held == {f"s{number}": value for number, value in enumerate(values)}
    late = await laptop.say("setting.set", at=utcnow() - HOUR, name="s0", value="light")
    assert late.status == "superseded"
    assert late.canonical is not None
    assert late.canonical["value"] == "dark"
    assert (await laptop.say("setting.set", name="s0", value=None)).status == "applied"
    assert (await phone.say("setting.set", at=utcnow() - HOUR, name="s0", value=1)).canonical is None
    await replica.follow()
    assert str(setting_id(lib.user.user_id, "s0")) not in replica.of("user_setting@1")
    await laptop.say("setting.set", name="s0", value="back")
    await replica.follow()
    assert replica.of("user_setting@1")[str(setting_id(lib.user.user_id, "s0"))]["value"] == "back"
    await replica.agrees()


def _deep(levels: int) -> Any:
    made: Any = 1
    for _ in range(levels):
        made = [made]
    return made


async def test_settings_that_cannot_be_kept(phone: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    values = [float("nan"), float("inf"), 10**30, "a\0b", {"\0": 1}, "\ud800", "x" * 16_400, _deep(300)]
    found = await phone.send(*(phone.did("setting.set", name="s", value=value) for value in values))
    assert codes(found) == ["invalid"] * len(values)
    again = [phone.did("setting.set", name=name, value=1) for name in ("", "x" * 101, "a\0", 5)]
    assert codes(await phone.send(*again)) == ["invalid"] * 4
    missing = await phone.say("setting.set", name="s")
    assert str(missing.message).startswith("data.value")
    monkeypatch.setattr(settings, "MOST", 2)
    many = [phone.did("setting.set", name=f"s{n}", value=n) for n in range(3)]
    found = await phone.send(*many, phone.did("setting.set", name="s0", value=9))
    assert statuses(found) == ["applied", "applied", "rejected", "applied"]
    assert codes(found)[2] == "too_large"


def test_ids_of_settings_are_made_of_user_and_name() -> None:
    """As the page says, so that a client can make them."""
    user = UUID("019353a0-0000-7000-8000-000000000001")
    assert setting_id(user, "theme") == UUID("768a16cc-703f-5d18-a7fe-4392e3a70d6a")


async def test_late_words_of_a_long_queue_do_not_fill_the_answer_nor_the_disk(
    phone: Device, lib: Seeded, database: Database
) -> None:
    """Each would be told, and keep, the whole queue."""
    assert (await phone.say("queue.set", track_ids=[str(lib.tracks[0])] * 5000)).status == "applied"
    late = [
        phone.did("queue.set", at=utcnow() - HOUR, track_ids=[str(lib.tracks[1])], position_ms=place)
        for place in range(40)
    ]
    found = await phone.send(*late)
    assert set(statuses(found)) == {"superseded"}
    told = [one.canonical for one in found.results]
    assert told[0] is not None
    assert len(told[0]["track_ids"]) == 5000
    assert told[-1] is None
    assert sum(len(orjson.dumps(one)) for one in told if one is not None) <= MOST_CANONICAL
    again = await phone.send(*late)
    assert [(one.status, one.canonical) for one in again.results] == [("duplicate", None)] * len(late)
    async with database.read() as connection:
        kept = await connection.scalars(sa.select(push_receipts.c.canonical))
    assert sum(len(orjson.dumps(one)) for one in kept) < 10_000
