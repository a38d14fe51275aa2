"""Events of playlists, from several devices: one outcome, and copies that see it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mcma.domain.positions import spread
from mcma.services.identity.merging import record_merge
from mcma.services.playlists.playlist_rows import NewItem
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.sync.feed import SyncFeed
from mcma.services.sync.push import Push, Sent
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables.people import library_access, users
from mcma_plugins.ids import PlaylistId, TrackId
from tests.support.catalogue import EPOCH, Seeded, a_user, insert, seed
from tests.support.getting import nothing_outside
from tests.support.pushing import Device, codes, statuses
from tests.support.replica import Replica
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio
PLACES = spread(8)
SONG = {"title": "Nowhere", "artists": ["Nobody"]}


@pytest.fixture
def service(database: Database) -> PlaylistService:
    return PlaylistService(database)


def row(place: int, track: UUID | None = None, **more: Any) -> dict[str, Any]:
    named = {"claim": SONG} if track is None else {"track_id": str(track)}
    return {"id": str(new_id()), "position": PLACES[place], **named, **more}


async def made(device: Device, *rows: dict[str, Any], **more: Any) -> str:
    id_ = str(new_id())
    events = [device.did("playlist.create", playlist_id=id_, name="Mix", **more)]
    if rows:
        events.append(device.did("playlist.add", playlist_id=id_, items=list(rows)))
    assert set(statuses(await device.send(*events))) == {"applied"}
    return id_


def rows_of(replica: Replica, playlist: str) -> list[dict[str, Any]]:
    """In order, as a client has them."""
    held = [
        {"id": id_, **data}
        for id_, data in replica.of("playlist_item@1").items()
        if str(data["playlist_id"]) == playlist
    ]
    return sorted(held, key=lambda one: (one["position"].encode(), UUID(one["id"]).bytes))


async def test_a_day_offline(phone: Device, lib: Seeded, replica: Replica) -> None:
    id_ = str(new_id())
    a, b, c, waits = row(0, lib.tracks[0]), row(1, lib.tracks[1]), row(2, lib.tracks[0]), row(3)
    pushed = await phone.send(
        phone.did("playlist.create", playlist_id=id_, name="Mix", comment="so"),
        phone.did("playlist.add", playlist_id=id_, items=[a, b]),
        phone.did("like.set", kind="track", item_id=str(lib.tracks[0]), liked=True),
        phone.did("playlist.add", playlist_id=id_, items=[c, waits]),
        phone.did("playlist.move", playlist_id=id_, item_id=a["id"], position=PLACES[5]),
        phone.did("playlist.remove", playlist_id=id_, item_ids=[b["id"]]),
        phone.did("playlist.update", playlist_id=id_, name="Mixed", comment=None, public=True),
    )
    assert statuses(pushed) == ["applied"] * 7
    await replica.follow()
    assert replica.of("playlist@1")[id_]["name"] == "Mixed"
    found = rows_of(replica, id_)
    assert [one["id"] for one in found] == [c["id"], waits["id"], a["id"]]
    assert found[1]["track_id"] is None
    assert found[1]["claim"] == {**SONG, "album": None, "duration_ms": None, "isrc": None}
    await replica.agrees()


async def test_what_was_done_days_ago_is_told_with_its_time(
    phone: Device, lib: Seeded, replica: Replica
) -> None:
    id_, first = str(new_id()), utcnow().replace(microsecond=0) - timedelta(days=3)
    later = first + timedelta(hours=1)
    await phone.send(
        phone.did("playlist.create", at=first, playlist_id=id_, name="Mix"),
        phone.did("playlist.add", at=later, playlist_id=id_, items=[row(0, lib.tracks[0])]),
    )
    await replica.follow()
    assert replica.of("playlist@1")[id_]["created_at"] == first
    assert [one["added_at"] for one in rows_of(replica, id_)] == [later]


async def test_two_devices_edit_while_a_third_deletes(
    phone: Device, laptop: Device, push: Push, lib: Seeded, database: Database, replica: Replica
) -> None:
    tablet = await Device(push, lib.user).register(database)
    for turns in permutations((phone, laptop, tablet)):
        id_ = await made(phone, row(0, lib.tracks[0]))
        gone = False
        for device in turns:
            if device is tablet:
                assert (await tablet.say("playlist.delete", playlist_id=id_)).status == "applied"
                gone = True
                continue
            events = [
                device.did("playlist.update", playlist_id=id_, name="Mine"),
                device.did("playlist.add", playlist_id=id_, items=[row(1, lib.tracks[1])]),
            ]
            expected = ["playlist_gone"] * 2 if gone else [None] * 2
            assert codes(await device.send(*events)) == expected
        await replica.follow()
        assert id_ not in replica.of("playlist@1")


@pytest.mark.parametrize("first", ["phone", "laptop"])
async def test_names_with_crossed_clocks(
    phone: Device, laptop: Device, service: PlaylistService, lib: Seeded, first: str
) -> None:
    """The phone's clock is a day ahead, and it spoke first; the laptop's word stands in any order."""
    phone.ahead, now = timedelta(days=1), utcnow()
    id_ = await made(phone)
    events: dict[str, tuple[Device, Sent]] = {
        "phone": (phone, phone.did("playlist.update", at=now - timedelta(hours=2), playlist_id=id_, name="P",
                                   comment="kept")),
        "laptop": (laptop, laptop.did("playlist.update", at=now - timedelta(hours=1), playlist_id=id_,
                                      name="L")),
    }  # fmt: skip
    order = sorted(events, key=lambda name: name != first)
    found = [(await events[name][0].send(events[name][1])).results[0] for name in order]
    view = await service.playlist(lib.user, PlaylistId(UUID(id_)))
    assert (view.name, view.comment) == ("L", "kept")
    if first == "phone":
        assert [one.status for one in found] == ["applied", "applied"]
    else:
        assert [one.status for one in found] == ["applied", "superseded"]
        assert found[1].canonical is not None
        assert (found[1].canonical["name"], found[1].canonical["rev"]) == ("L", view.rev)


async def test_what_is_sent_twice_is_done_once(phone: Device, lib: Seeded, replica: Replica) -> None:
    id_, a = str(new_id()), row(0, lib.tracks[0])
    events = [
        phone.did("playlist.create", playlist_id=id_, name="Mix"),
        phone.did("playlist.add", playlist_id=id_, items=[a]),
        phone.did("playlist.remove", playlist_id=id_, item_ids=[a["id"]]),
    ]
    await phone.send(*events[:2])
    assert statuses(await phone.send(*events)) == ["duplicate", "duplicate", "applied"]
    again = await phone.say("playlist.add", playlist_id=id_, items=[a, row(1, lib.tracks[1])])
    assert (again.status, again.canonical and again.canonical["skipped"]) == ("superseded", [a["id"]])
    assert (await phone.say("playlist.create", playlist_id=id_, name="Again")).status == "superseded"
    await replica.follow()
    assert [one["track_id"] for one in rows_of(replica, id_)] == [str(lib.tracks[1])]


async def test_what_is_refused(phone: Device, lib: Seeded, database: Database, push: Push) -> None:
    id_, a = await made(phone, row(0, lib.tracks[0])), row(1, lib.tracks[1])
    track = {"track_id": a["track_id"]}
    bad: list[tuple[str, dict[str, Any], str]] = [
        ("create", {"name": " "}, "data.name"), ("create", {"name": "x" * 201}, "data.name"),
        ("create", {"name": "a\0b"}, "data.name"), ("create", {"name": "x", "public": "yes"}, "data.public"),
        ("create", {}, "data.name"), ("update", {"name": None}, "data.name"),
        ("update", {"public": None}, "data.public"), ("update", {"sort": 1}, "data.sort"),
        ("update", {"comment": "x" * 10_001}, "data.comment"), ("add", {"items": []}, "data.items"),
        ("add", {"items": [{**a, "position": "x" * 41}]}, "data.items.0.position"),
        ("add", {"items": [a, {**a, "position": "0"}]}, "data.items.1.position"),
        ("add", {"items": [{**a, "position": ""}]}, "data.items.0.position"),
        ("add", {"items": [{**a, "claim": SONG}]}, "data.items.0"),
        ("add", {"items": [{**a, "track_id": "x"}]}, "data.items.0.track_id"),
        ("add", {"items": [row(1, claim={**SONG, "title": ""})]}, "data.items.0.claim.title"),
        ("add", {"items": [row(1, claim={**SONG, "artists": "x"})]}, "data.items.0.claim.artists"),
        ("add", {"items": [row(1, claim={**SONG, "isrc": 1})]}, "data.items.0.claim.isrc"),
        ("move", {"item_id": a["id"], "position": "~"}, "data.position"), ("move", {}, "data.item_id"),
        ("remove", {"item_ids": "all"}, "data.item_ids"), ("remove", {"item_ids": [None]}, "data.item_ids.0"),
        ("delete", track, "data.track_id"),
    ]  # fmt: skip
    events = [phone.did(f"playlist.{name}", playlist_id=id_, **data) for name, data, _ in bad]
    for result, (name, _, named) in zip((await phone.send(*events)).results, bad, strict=True):
        assert (result.status, result.code) == ("rejected", "invalid"), name
        assert result.message is not None
        assert result.message.startswith(f"{named}:"), (name, result.message)
    many = await phone.say("playlist.remove", playlist_id=id_, item_ids=[str(new_id())] * 10_001)
    assert many.code == "too_large"
    stranger = await Device(push, (await seed(database, tracks=12, seed=2)).user).register(database)
    events = [
        stranger.did("playlist.create", playlist_id=id_, name="Mine"),
        stranger.did("playlist.delete", playlist_id=id_),
        stranger.did("playlist.add", playlist_id=id_, items=[a]),
    ]
    assert codes(await stranger.send(*events)) == ["id_taken", "not_found", "not_found"]
    theirs = await made(stranger)
    held = row(0, lib.tracks[0])
    assert (await phone.say("playlist.add", playlist_id=id_, items=[held])).status == "applied"
    assert (await stranger.say("playlist.add", playlist_id=theirs, items=[{**row(0), "id": held["id"]}])
            ).code == "id_taken"  # fmt: skip


async def test_a_claim_gets_its_track_in_every_copy(
    database: Database, feed: SyncFeed, tmp_path: Path
) -> None:
    music = await Music(database, tmp_path / "music").create()
    music.put("Anna/01 Song.mp3", title="Song", artist="Anna", album="First")
    await music.scan()
    shown, listener = a_user("listener")
    async with database.write() as transaction:
        await insert(transaction.connection, users, [shown])
        access = {"user_id": listener.user_id, "library_id": music.id, "created_at": EPOCH}
        await insert(transaction.connection, library_access, [access])
    device = await Device(Push(database, nothing_outside(database)), listener).register(database)
    late = row(1, claim={"title": "Tune", "artists": ["Anna"]})
    id_ = await made(device, row(0, claim={"title": "Song", "artists": ["Anna"]}), late, row(2), public=True)
    other, reader = a_user("stranger")
    async with database.write() as transaction:
        await insert(transaction.connection, users, [other])
    copy, strangers = Replica(feed, listener), Replica(feed, reader)
    for one in (copy, strangers):
        await one.begin()
    assert [row["track_id"] is not None for row in rows_of(copy, id_)] == [True, False, False]
    music.put("Anna/02 Tune.mp3", title="Tune", artist="Anna", album="First")
    await music.scan()
    await copy.follow()
    await strangers.follow()
    tracks = {data["title"]: track for track, data in copy.of("track@1").items()}
    told = rows_of(copy, id_)
    assert [str(row["track_id"]) for row in told] == [tracks["Song"], tracks["Tune"], "None"]
    assert [row["id"] for row in told][1] == late["id"]
    others = rows_of(strangers, id_)
    assert [(row["track_id"], row["claim"]["title"]) for row in others] == [
        (None, "Song"), (None, "Tune"), (None, "Nowhere"),
    ]  # fmt: skip
    await copy.agrees()
    await strangers.agrees()
    async with database.write() as transaction:
        access = {"user_id": reader.user_id, "library_id": music.id, "created_at": EPOCH}
        await insert(transaction.connection, library_access, [access])
    page = await feed.snapshot(reader, ["me", "shared"], ["playlist_item"])
    async for portion in page.lines:
        strangers.take(portion)
    assert rows_of(strangers, id_) == told, "as the page says: the rows again, when a library is new"


async def test_many_at_once_in_one_playlist(
    phone: Device, laptop: Device, push: Push, lib: Seeded, database: Database, service: PlaylistService
) -> None:
    """Devices of its owner, an administrator's, and the server's own routes: each waits for its turn."""
    id_, second = await made(phone, public=True), await made(phone, public=True)
    admin = await Device(push, lib.admin).register(database)

    def events(device: Device, *lists: str) -> list[Sent]:
        return [
            device.did("playlist.add", playlist_id=one, items=[row(place % 8, lib.tracks[place])])
            for place in range(20)
            for one in lists
        ]

    async def here() -> None:
        for track in lib.tracks[:10]:
            await service.add(lib.user, PlaylistId(UUID(id_)), [NewItem(TrackId(track))])

    sent = (phone, (id_, second)), (laptop, (second, id_)), (admin, (second, id_))
    pushes = [device.send(*events(device, *lists)) for device, lists in sent]
    natively = asyncio.create_task(here())
    pushed = await asyncio.gather(*pushes)
    await natively
    assert {status for one in pushed for status in statuses(one)} == {"applied"}
    for one, count in ((id_, 70), (second, 60)):
        view = await service.playlist(lib.user, PlaylistId(UUID(one)))
        assert view.song_count == count == len(await service.entries(lib.user, view.id))


async def test_a_person_decides_once(
    phone: Device, laptop: Device, lib: Seeded, replica: Replica, push: Push, database: Database
) -> None:
    id_ = await made(phone, row(0))
    await replica.follow()
    [waits] = rows_of(replica, id_)
    claim = str(waits["claim_id"])

    def said(device: Device, track: UUID | None) -> Sent:
        named = None if track is None else str(track)
        return device.did("review.decide")._replace(data={"kind": "claim", "id": claim, "track_id": named})

    stranger = await Device(push, (await seed(database, tracks=12, seed=2)).user).register(database)
    assert codes(await stranger.send(said(stranger, None))) == ["not_found"]
    assert codes(await phone.send(said(phone, new_id()))) == ["not_found"], "no such track"
    assert statuses(await phone.send(said(phone, lib.tracks[3]))) == ["applied"]
    [late] = (await laptop.send(said(laptop, lib.tracks[4]))).results
    stands = {"claim_id": claim, "track_id": str(lib.tracks[3])}
    assert (late.status, late.canonical) == ("superseded", stands)
    assert statuses(await laptop.send(said(laptop, lib.tracks[3]))) == ["applied"]
    await replica.follow()
    assert [one["track_id"] for one in rows_of(replica, id_)] == [str(lib.tracks[3])]
    await replica.agrees()


async def test_what_was_asked_for(phone: Device, laptop: Device, lib: Seeded, replica: Replica) -> None:
    song = {**SONG, "duration_ms": 200_000}
    first = await phone.say("download.request", claim=song, note="please")
    again = await laptop.say("download.request", claim={**song, "title": "NOWHERE"})
    assert first.canonical == again.canonical
    assert first.canonical is not None
    assert (first.canonical["state"], first.canonical["track_id"]) == ("requested", None)
    thing = {"source": "tube", "source_id": "x1"}
    both = [
        (await device.send(device.did("download.request")._replace(data=thing))).results[0]
        for device in (phone, laptop)
    ]
    assert both[0].canonical == both[1].canonical
    await replica.follow()
    held = replica.of("download@1")
    assert len(held) == 2
    told = held[first.canonical["download_id"]]
    assert (told["claim"]["title"], told["state"], told["note"]) == ("Nowhere", "requested", "please")
    bad: Sequence[tuple[dict[str, Any], str]] = [
        ({}, "data:"), ({"source": "tube"}, "data:"),
        ({"source": "tube", "source_id": "a\nb"}, "data.source_id:"),
        ({"source": "tube", "source_id": "a b"}, "data.source_id:"), ({"claim": {}}, "data.claim.title:"),
    ]  # fmt: skip
    for data, named in bad:
        result = await phone.say("download.request", **data)
        assert result.code == "invalid"
        assert (result.message or "").startswith(named), result.message
    data = {"kind": "claim", "id": str(told["claim_id"]), "track_id": str(lib.tracks[0])}
    assert statuses(await phone.send(phone.did("review.decide")._replace(data=data))) == ["applied"]
    await replica.follow()
    now = replica.of("download@1")[first.canonical["download_id"]]
    assert (now["state"], now["track_id"]) == ("have", str(lib.tracks[0]))


async def test_a_track_that_was_merged_is_known_by_its_old_id(
    phone: Device, lib: Seeded, database: Database, replica: Replica, service: PlaylistService
) -> None:
    held = row(0, lib.tracks[0])
    id_ = await made(phone, held)
    async with database.write() as transaction:
        await record_merge(transaction.connection, "track", lib.tracks[0], lib.tracks[5], "test")
    pushed = await phone.send(
        phone.did("playlist.add", playlist_id=id_, items=[row(1, lib.tracks[0])]),
        phone.did("playlist.move", playlist_id=id_, item_id=held["id"], position=PLACES[4]),
    )
    assert statuses(pushed) == ["applied"] * 2
    shown = await service.entries(lib.user, PlaylistId(UUID(id_)))
    assert [one.track and one.track.id for one in shown] == [TrackId(lib.tracks[5])] * 2
    await replica.follow()
    await replica.agrees()


ELSEWHERE = {"title": "Elsewhere", "artists": ["Somebody"]}


async def test_a_request_under_the_id_of_anothers_row_tells_nothing_of_it(
    phone: Device, push: Push, feed: SyncFeed, database: Database
) -> None:
    held = row(0)
    await made(phone, held)
    user = (await seed(database, tracks=12, seed=2)).user
    stranger, copy = await Device(push, user).register(database), Replica(feed, user)
    await copy.begin()
    await stranger.send(stranger.did("download.request", id=UUID(held["id"]), claim=ELSEWHERE))
    await copy.follow()
    assert [one["claim"]["title"] for one in copy.of("download@1").values()] == ["Elsewhere"]


async def test_a_row_under_the_id_of_a_request_is_what_is_said_of_it(phone: Device, replica: Replica) -> None:
    other = row(0, claim=ELSEWHERE)
    await phone.send(phone.did("download.request", id=UUID(other["id"]), claim=SONG))
    mine = await made(phone, other)
    await replica.follow()
    assert [one["claim"]["title"] for one in rows_of(replica, mine)] == ["Elsewhere"]


async def test_a_late_word_of_a_playlist_that_is_deleted_by_then_has_no_state(phone: Device) -> None:
    id_ = await made(phone)
    assert (await phone.say("playlist.update", playlist_id=id_, name="Now")).status == "applied"
    late = phone.did("playlist.update", at=utcnow() - timedelta(days=1), playlist_id=id_, name="Then")
    found = await phone.send(late, phone.did("playlist.delete", playlist_id=id_))
    assert [(one.status, one.canonical) for one in found.results] == [("superseded", None), ("applied", None)]
