"""Likes, ratings and plays that are pushed: whatever the clocks and channels, one state."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from mcma.services.claims import claims
from mcma.services.claims.lookup import Match
from mcma.services.identity.merging import record_merge
from mcma.services.listening.listening import ListeningService
from mcma.services.listening.rebuild import rebuild
from mcma.services.sync.push import Push
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import listening
from mcma.store.tables import catalogue as c
from mcma.store.tables import listening as heard
from mcma.store.tables.push import push_receipts
from mcma_plugins.ids import TrackId
from mcma_plugins.values import ListenReport
from tests.support.catalogue import Seeded
from tests.support.pushing import Device, codes, statuses
from tests.support.replica import Replica

pytestmark = pytest.mark.anyio
YEAR = timedelta(days=365)


def like(device: Device, track: UUID, at: datetime, liked: bool = True) -> Any:
    return device.did("like.set", at=at, kind="track", item_id=str(track), liked=liked)


async def of(database: Database, lib: Seeded, item: UUID) -> Any:
    query = sa.select(heard.user_items).where(
        heard.user_items.c.user_id == lib.user.user_id, heard.user_items.c.item_id == item
    )
    async with database.read() as connection:
        return (await connection.execute(query)).one_or_none()


async def plays(database: Database) -> list[tuple[UUID | None, bool]]:
    async with database.read() as connection:
        rows = await connection.execute(sa.select(heard.plays).order_by(heard.plays.c.started_at))
        return [(row.track_id, row.counted) for row in rows]


async def test_two_devices_in_crossed_order_with_wrong_clocks(
    phone: Device, laptop: Device, lib: Seeded, database: Database, replica: Replica
) -> None:
    """The phone is a year behind, the laptop a year ahead; the last deed decides, whoever tells first."""
    phone.ahead, laptop.ahead = -YEAR, YEAR
    track, now = lib.tracks[0], utcnow()
    liked = like(phone, track, now - timedelta(hours=3))
    taken_back = like(laptop, track, now - timedelta(hours=2), liked=False)
    assert statuses(await laptop.send(taken_back)) == ["applied"]
    found = await phone.send(liked)
    assert statuses(found) == ["superseded"]
    canonical = found.results[0].canonical
    assert canonical is not None
    assert (canonical["item_id"], canonical["liked_at"]) == (str(track), None)
    again = await phone.send(like(phone, track, now - timedelta(hours=1)))
    assert statuses(again) == ["applied"]
    row = await of(database, lib, track)
    assert abs(row.liked_at - (now - timedelta(hours=1))) < timedelta(minutes=1)
    await replica.follow()
    assert replica.of("user_item@1")[str(track)]["liked_at"] == row.liked_at


async def test_a_clock_ahead_by_a_little_is_held_to_now(
    phone: Device, lib: Seeded, database: Database
) -> None:
    phone.ahead = timedelta(seconds=90)
    await phone.send(like(phone, lib.tracks[0], utcnow()))
    assert (await of(database, lib, lib.tracks[0])).liked_at <= utcnow()


async def test_what_is_kept_of_a_time(phone: Device, lib: Seeded, database: Database) -> None:
    phone.ahead = YEAR
    event = like(phone, lib.tracks[0], utcnow() - timedelta(hours=1))
    await phone.send(event)
    async with database.read() as connection:
        [row] = await connection.execute(sa.select(heard.like_events))
    assert row.reported_at == event.at
    assert abs(row.at + YEAR - event.at) < timedelta(seconds=30)
    assert (row.device_id, row.n, row.source) == (phone.id, 1, "sync")
    assert row.at <= row.received_at


async def test_ratings(phone: Device, lib: Seeded, database: Database) -> None:
    album, now = lib.albums[0], utcnow()
    given: dict[str, Any] = {"kind": "album", "item_id": str(album)}
    assert (await phone.say("rating.set", **given, rating=4)).status == "applied"
    late = await phone.say("rating.set", at=now - timedelta(hours=1), **given, rating=2)
    assert late.status == "superseded"
    assert late.canonical is not None
    assert late.canonical["rating"] == 4
    assert late.canonical["rev"] == (await of(database, lib, album)).rev
    assert (await phone.say("rating.set", **given, rating=0)).status == "applied"
    assert (await of(database, lib, album)).rating is None
    assert (await phone.say("rating.set", **given, rating=True)).message is not None
    for wrong in (6, -1, 2.5, "3", None):
        assert (await phone.say("rating.set", **given, rating=wrong)).code == "invalid"


async def test_one_play_by_three_channels(phone: Device, lib: Seeded, database: Database, push: Push) -> None:
    track, began = lib.tracks[0], utcnow() - timedelta(hours=2)
    listening = ListeningService(database)
    await listening.listened(lib.user, [ListenReport(TrackId(track), began, None)], "subsonic")
    await phone.send(
        phone.did("play", at=began + timedelta(seconds=20), track_id=str(track), ms_played=900_000)
    )
    await listening.listened(lib.user, [ListenReport(TrackId(track), began, None)], "native")
    assert await plays(database) == [(track, True)]
    assert (await of(database, lib, track)).play_count == 1
    await phone.send(phone.did("play", at=began + timedelta(minutes=10), track_id=str(track)))
    assert (await of(database, lib, track)).play_count == 2


async def test_plays_once_each_and_skips_are_kept(phone: Device, lib: Seeded, database: Database) -> None:
    track = lib.tracks[0]
    events = [
        phone.did("play", at=utcnow() - timedelta(hours=n + 1), track_id=str(track), ms_played=ms)
        for n, ms in enumerate((900_000, 10, None))
    ]
    assert statuses(await phone.send(*events)) == ["applied"] * 3
    assert statuses(await phone.send(*events)) == ["duplicate"] * 3
    assert [counted for _, counted in await plays(database)] == [True, False, True]
    assert (await of(database, lib, track)).play_count == 2
    unknown = await phone.say("play", track_id=str(uuid4()))
    assert (unknown.status, unknown.code, unknown.seq) == ("rejected", "not_found", None)


NO_PLAYS: list[tuple[dict[str, Any], str]] = [
    ({}, "data"),
    ({"track_id": str(uuid4()), "claim": {"title": "a", "artists": []}}, "data"),
    ({"claim": {"title": "", "artists": []}}, "data.claim.title"),
    ({"claim": {"title": "a"}}, "data.claim.artists"),
    ({"claim": {"title": "a\0", "artists": []}}, "data.claim.title"),
    ({"claim": {"title": "a", "artists": ["\ud800"]}}, "data.claim.artists.0"),
    ({"claim": {"title": "a", "artists": ["x"] * 101}}, "data.claim.artists"),
    ({"track_id": 7}, "data.track_id"),
    ({"track_id": str(uuid4()), "ms_played": 2**31}, "data.ms_played"),
    ({"track_id": str(uuid4()), "ms_played": 10**30}, "data.ms_played"),
    ({"track_id": str(uuid4()), "ms_played": float("nan")}, "data.ms_played"),
]


async def test_what_is_no_play(phone: Device) -> None:
    found = await phone.send(*(phone.did("play", **data) for data, _ in NO_PLAYS))
    assert set(codes(found)) == {"invalid"}
    assert [str(one.message).partition(":")[0] for one in found.results] == [field for _, field in NO_PLAYS]


async def said(database: Database, lib: Seeded, place: int) -> dict[str, Any]:
    async with database.read() as connection:
        query = sa.select(c.tracks).where(c.tracks.c.id == lib.tracks[place])
        row = (await connection.execute(query)).one()
    return {"title": row.title, "artists": [row.artist], "duration_ms": row.duration_ms, "isrc": "none"}


async def test_a_play_of_what_is_said_to_be_a_track_here(
    phone: Device, lib: Seeded, database: Database
) -> None:
    claim = await said(database, lib, 3)
    for hours in (1, 2):
        at = utcnow() - timedelta(hours=hours)
        assert (await phone.say("play", at=at, claim=claim)).status == "applied"
    assert await plays(database) == [(lib.tracks[3], True)] * 2
    async with database.read() as connection:
        made = (await connection.execute(sa.select(heard.claims))).all()
        logged = (await connection.execute(sa.select(heard.listens))).all()
    assert [one.track_id for one in made] == [lib.tracks[3]]
    assert [(one.track_id, one.claim_id) for one in logged] == [(None, made[0].id)] * 2


async def test_a_play_of_something_that_comes_later(
    phone: Device, lib: Seeded, database: Database, replica: Replica
) -> None:
    claim = {"title": "Nowhere", "artists": ["Nobody"]}
    event = phone.did("play", at=utcnow() - timedelta(hours=1), claim=claim)
    assert statuses(await phone.send(event, event._replace(n=2))) == ["applied", "duplicate"]
    assert await plays(database) == []
    await _decide(database, Match(lib.tracks[5], "name", 0.9))
    assert await plays(database) == [(lib.tracks[5], True)]
    assert (await of(database, lib, lib.tracks[5])).play_count == 1
    await _decide(database, Match(lib.tracks[6], "person", 1.0))
    assert await plays(database) == [(lib.tracks[6], True)]
    assert (await of(database, lib, lib.tracks[5])).play_count == 0
    await replica.follow()
    assert replica.of("user_item@1")[str(lib.tracks[6])]["play_count"] == 1
    before = [await of(database, lib, track) for track in lib.tracks[5:7]]
    await rebuild(database)
    after = [await of(database, lib, track) for track in lib.tracks[5:7]]
    assert [one and one.play_count for one in before] == [0, 1]
    assert [one.play_count if one else 0 for one in after] == [0, 1]
    await _decide(database, Match(None, "person", 1.0))
    assert await plays(database) == []


async def _decide(database: Database, match: Match) -> None:
    async with database.write() as transaction:
        [claim] = await transaction.connection.scalars(sa.select(heard.claims.c.id))
        await claims.link(transaction.connection, {claim: match})


async def test_a_play_does_not_look_through_all_that_was_heard(database: Database, lib: Seeded) -> None:
    if not database.is_sqlite:
        return  # it has statistics
    made = listening.listens_of(lib.user.user_id, lib.tracks).compile(
        dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True}
    )
    assert made.positiontup is not None
    async with database.read() as connection:
        explain = f"EXPLAIN QUERY PLAN {made}"
        rows = await connection.exec_driver_sql(explain, (None,) * len(made.positiontup))
        plan = [str(row[-1]) for row in rows if str(row[-1]).startswith("SEARCH")]
    assert [one.partition(" (")[2] for one in plan] == [
        "user_id=? AND track_id=?)", "track_id=?)", "claim_id=?)"
    ]  # fmt: skip


async def test_ids_of_the_logs_are_known_for_ever(phone: Device, lib: Seeded, database: Database) -> None:
    track, at = str(lib.tracks[0]), utcnow() - timedelta(hours=1)
    events = [
        phone.did("like.set", at=at, kind="track", item_id=track, liked=True),
        phone.did("rating.set", at=at, kind="track", item_id=track, rating=3),
        phone.did("play", at=at, track_id=track, ms_played=5000),
        phone.did("play", at=at, claim={"title": "Nowhere", "artists": ["Nobody"]}),
    ]
    assert statuses(await phone.send(*events)) == ["applied"] * 4
    changed = [
        events[0]._replace(data={**events[0].data, "liked": False}),
        events[1]._replace(data={**events[1].data, "rating": 4}),
        events[2]._replace(at=at - timedelta(minutes=1)),
        events[3]._replace(data={"claim": {"title": "Elsewhere", "artists": ["Nobody"]}}),
    ]
    for repeated, code in ((changed, "id_reused"), (events, None)):
        async with database.write() as transaction:
            await transaction.connection.execute(sa.delete(push_receipts))
        found = await phone.send(*repeated)
        assert statuses(found) == ["rejected" if code else "duplicate"] * 4
        assert codes(found) == [code] * 4
    assert await plays(database) == [(lib.tracks[0], False)]


async def test_another_users_id_is_no_id(phone: Device, lib: Seeded, database: Database, push: Push) -> None:
    [event] = [like(phone, lib.tracks[0], utcnow())]
    await phone.send(event)
    theirs = await Device(push, lib.admin).register(database)
    found = await theirs.send(event)
    assert (statuses(found), codes(found)) == (["rejected"], ["id_reused"])


async def test_an_id_that_was_merged_means_the_winner(phone: Device, lib: Seeded, database: Database) -> None:
    loser, winner = lib.tracks[:2]
    event = like(phone, loser, utcnow() - timedelta(hours=1))
    await phone.send(event)
    async with database.write() as transaction:
        await record_merge(transaction.connection, "track", loser, winner, "test")
        await transaction.connection.execute(sa.delete(push_receipts))
    assert statuses(await phone.send(event)) == ["duplicate"]
    assert (await phone.say("like.set", kind="track", item_id=str(loser), liked=False)).status == "applied"
    assert (await of(database, lib, winner)).liked_at is None
    assert (await phone.say("play", track_id=str(loser))).status == "applied"
    assert await plays(database) == [(winner, True)]


async def test_the_beginning_and_the_end_of_time(phone: Device, lib: Seeded) -> None:
    for year in (1970, 2200):
        event = like(phone, lib.tracks[0], datetime(year, 1, 1, tzinfo=UTC))
        assert statuses(await phone.send(event)) in (["applied"], ["superseded"])


async def test_what_is_said_of_a_recording_may_be_as_long_as_it_may(phone: Device) -> None:
    """In letters of four bytes that no index can make shorter: it would be an error each time it is sent."""
    shuffled = random.Random(1)
    long = ["".join(chr(shuffled.randint(0x20000, 0x2A000)) for _ in range(500)) for _ in range(3)]
    claim = {"title": long[0], "artists": long[1:2], "album": long[2]}
    for _ in range(2):
        assert (await phone.say("play", claim=claim)).status == "applied"
    assert (await phone.say("download.request", claim=claim)).status == "applied"
