"""Plans over a library that was made up: what they name, in which order, how large, by how many queries."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from imageio_ffmpeg import get_ffmpeg_exe

from mcma.domain.errors import Forbidden, InvalidInput, TooLarge, TooManyRequests
from mcma.media.ffmpeg import Ffmpegs
from mcma.services.identity.merging import record_merge
from mcma.services.jobs import Jobs
from mcma.services.listening.listening import ListeningService
from mcma.services.offline import pins as pins_module
from mcma.services.offline.entries import State
from mcma.services.offline.pins import Pin, PinKind, Reason
from mcma.services.offline.plans import Ask, OfflinePlans, Plan
from mcma.services.people.accounts import Accounts
from mcma.services.people.devices import Devices
from mcma.services.people.secretbox import SecretBox
from mcma.services.playlists.playlist_rows import NewItem
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.renditions import Bounds, Renditions, Room
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import claims
from mcma.store.tables.machinery import jobs
from mcma.store.tables.renditions import renditions
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma_plugins.ids import ClaimId, TrackId
from mcma_plugins.values import Caller, ItemKind, ItemRef
from tests.support.catalogue import Seeded, seed, set_row

pytestmark = pytest.mark.anyio
OPUS = "opus-128"


@pytest.fixture
async def lib(database: Database) -> Seeded:
    return await seed(database, tracks=48)


def plans_over(database: Database, folder: Path, room: int = 10**10) -> OfflinePlans:
    made = Renditions(
        database, Jobs(database, EmbeddedDoorbell()), Ffmpegs(Path(get_ffmpeg_exe())), folder / "renditions",
        Bounds(1, 1), Room(room, timedelta(days=1)),
    )  # fmt: skip
    return OfflinePlans(database, made, Devices(database, Accounts(database, SecretBox(b"0" * 32, []))))


@pytest.fixture
def plans(database: Database, tmp_path: Path) -> OfflinePlans:
    return plans_over(database, tmp_path)


async def of_length(database: Database, duration_ms: int) -> None:
    """All of them."""
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(c.track_files).values(duration_ms=duration_ms))


def track(id_: UUID) -> Pin:
    return Pin(PinKind.TRACK, id_)


def named(plan: Plan) -> list[UUID]:
    return [one.track_id for one in plan.entries]


async def tracks_of(database: Database, album: UUID) -> list[UUID]:
    query = sa.select(c.tracks.c.id).where(c.tracks.c.album_id == album)
    async with database.read() as connection:
        return list(await connection.scalars(query.order_by(c.tracks.c.disc, c.tracks.c.track)))


async def test_pins_come_in_their_order_and_each_track_once(
    plans: OfflinePlans, lib: Seeded, database: Database
) -> None:
    first, second = await tracks_of(database, lib.albums[0]), await tracks_of(database, lib.albums[1])
    pins = [track(second[1]), Pin(PinKind.ALBUM, lib.albums[0]), Pin(PinKind.ALBUM, lib.albums[1])]
    plan = await plans.plan(lib.user, Ask(pins))
    assert named(plan) == [second[1], *first, second[0], *second[2:]]
    by_track = {one.track_id: list(one.pins) for one in plan.entries}
    assert (by_track[second[1]], by_track[first[0]], by_track[second[0]]) == ([0, 2], [1], [2])
    assert plan.missing == []


async def test_every_kind_of_pin(plans: OfflinePlans, lib: Seeded, database: Database) -> None:
    await ListeningService(database).like(lib.user, [ItemRef(ItemKind.TRACK, lib.tracks[5])], liked=True)
    playlists = PlaylistService(database)
    listed = [TrackId(lib.tracks[place]) for place in (7, 3, 7)]
    written = await playlists.create(lib.user, "Mine", listed)
    async with database.read() as connection:
        genre, tagged = (
            await connection.execute(sa.select(c.track_genres.c.genre_id, c.track_genres.c.track_id).limit(1))
        ).one()
    likes = await plans.plan(lib.user, Ask([Pin(PinKind.LIKES, None)]))
    assert named(likes) == [lib.tracks[5]]
    rows = await plans.plan(lib.user, Ask([Pin(PinKind.PLAYLIST, written.id)]))
    assert named(rows) == [lib.tracks[7], lib.tracks[3]]
    assert tagged in named(await plans.plan(lib.user, Ask([Pin(PinKind.GENRE, genre)])))
    artist = lib.artists[0]
    of_artist = await plans.plan(lib.user, Ask([Pin(PinKind.ARTIST, artist)]))
    assert set(named(of_artist)) >= set(lib.tracks_of[artist])
    assert len(set(named(of_artist))) == len(of_artist.entries)


async def test_rows_that_wait_for_a_track_are_named(
    plans: OfflinePlans, lib: Seeded, database: Database
) -> None:
    claim = new_id()
    row = {"id": claim, "title": "Sinnerman", "artists": ["Nina"], "norm_key": "x", "created_at": utcnow(),
           "updated_at": utcnow()}  # fmt: skip
    async with database.write() as transaction:
        await transaction.connection.execute(sa.insert(claims).values(**row))
    playlist = await PlaylistService(database).create(
        lib.user, "Wishes", [TrackId(lib.tracks[0])], items=[NewItem(None, ClaimId(claim))]
    )
    plan = await plans.plan(lib.user, Ask([Pin(PinKind.PLAYLIST, playlist.id)]))
    assert named(plan) == [lib.tracks[0]]
    [missing] = plan.missing
    assert (missing.reason, missing.title, missing.artist) == (Reason.WAITING, "Sinnerman", "Nina")


async def test_what_is_gone_says_why_and_what_was_merged_is_the_winner(
    plans: OfflinePlans, lib: Seeded, database: Database
) -> None:
    gone, away, loser, winner = lib.tracks[:4]
    await set_row(database, c.tracks, gone, deleted_at=utcnow())
    async with database.write() as transaction:
        files = sa.update(c.track_files).where(c.track_files.c.track_id == away)
        await transaction.connection.execute(files.values(missing_since=utcnow()))
        await record_merge(transaction.connection, "track", loser, winner, "test")
    mine = await PlaylistService(database).create(lib.admin, "Private", [])
    never = uuid4()
    pins = [track(gone), track(away), track(loser), track(never), Pin(PinKind.PLAYLIST, mine.id)]
    plan = await plans.plan(lib.user, Ask(pins))
    assert named(plan) == [winner]
    assert {(tuple(one.pins), one.reason, one.track_id) for one in plan.missing} == {
        ((0,), Reason.DELETED, gone), ((1,), Reason.FILE_MISSING, away), ((3,), Reason.UNKNOWN, never),
        ((4,), Reason.UNKNOWN, None),
    }  # fmt: skip


async def test_a_budget_cuts_off_the_end_whatever_is_made_already(
    plans: OfflinePlans, lib: Seeded, database: Database
) -> None:
    pins = [track(id_) for id_ in lib.tracks[:20]]
    whole = await plans.plan(lib.user, Ask(pins, OPUS))
    room = sum(one.size for one in whole.entries[:7]) + 5
    ask = Ask(pins, OPUS, budget_bytes=room)
    cut = await plans.plan(lib.user, ask)
    assert named(cut) == named(whole)[:7]
    assert (cut.totals.left_out, cut.totals.count) == (13, 7)
    assert cut.totals.left_out_bytes == sum(one.size for one in whole.entries[7:])
    await plans.plan(lib.user, ask._replace(start=True))
    async with database.write() as transaction:
        ready = sa.update(renditions).values(state="ready", size=1000)
        await transaction.connection.execute(ready)
    later = await plans.plan(lib.user, ask)
    assert named(later) == named(cut)
    assert {(one.state, one.size, one.estimated) for one in later.entries} == {(State.READY, 1000, False)}
    assert (await plans.plan(lib.user, ask._replace(budget_bytes=0))).entries == []


async def test_started_twice_is_one_job_and_what_is_held_is_not_made(
    plans: OfflinePlans, lib: Seeded, database: Database
) -> None:
    pins = [track(id_) for id_ in lib.tracks[:5]]
    files = [one.file_id for one in (await plans.plan(lib.user, Ask(pins, OPUS))).entries]
    ask = Ask(pins, OPUS, have=frozenset(files[:2]), start=True)
    first, second = await plans.plan(lib.user, ask), await plans.plan(lib.user, ask)
    assert [one.state for one in first.entries] == [State.HELD] * 2 + [State.QUEUED] * 3
    assert first.jobs == second.jobs
    assert len(first.jobs) == 1
    assert (first.poll_after, first.kept_until is not None) == (10, True)
    async with database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(renditions)) == 3
        assert await connection.scalar(sa.select(sa.func.count()).select_from(jobs)) == 1


async def test_what_does_not_fit_waits_instead_of_pushing_out_the_rest(
    lib: Seeded, database: Database, tmp_path: Path
) -> None:
    pins = [track(id_) for id_ in lib.tracks[:6]]
    await of_length(database, 200_000)
    looked = await plans_over(database, tmp_path).plan(lib.user, Ask(pins, OPUS))
    three = sum(one.size for one in looked.entries[:3])
    small = plans_over(database, tmp_path, room=2 * (three + 1))
    ask = Ask(pins, OPUS, start=True)
    begun = await small.plan(lib.user, ask)
    assert [one.state for one in begun.entries] == [State.QUEUED] * 3 + [State.WAITING] * 3
    assert {one.reason for one in begun.entries[3:]} == {"later"}
    again = await small.plan(lib.user, ask)
    assert [one.state for one in again.entries] == [one.state for one in begun.entries], "no circles"
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(renditions).values(state="ready", size=10))
    have = frozenset(one.file_id for one in begun.entries[:3])
    later = await small.plan(lib.user, ask._replace(have=have))
    assert [one.state for one in later.entries] == [State.HELD] * 3 + [State.QUEUED] * 3


async def test_one_that_failed_says_why_and_is_tried_again_after_an_hour(
    plans: OfflinePlans, lib: Seeded, database: Database
) -> None:
    ask = Ask([track(lib.tracks[0])], OPUS, start=True)
    await plans.plan(lib.user, ask)
    failed = {"state": "failed", "error": "no sound in it"}
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(renditions).values(finished_at=utcnow(), **failed))
    [entry] = (await plans.plan(lib.user, ask)).entries
    assert (entry.state, entry.reason) == (State.FAILED, "no sound in it")
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(renditions).values(finished_at=None, **failed))
    [entry] = (await plans.plan(lib.user, ask)).entries
    assert entry.state is State.QUEUED


async def test_jobs_that_are_over_leave_nothing_waiting_for_ever(
    plans: OfflinePlans, lib: Seeded, database: Database
) -> None:
    ask = Ask([track(id_) for id_ in lib.tracks[:3]], OPUS, start=True)
    first = await plans.plan(lib.user, ask)
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(jobs).values(state="cancelled"))
    looked = await plans.plan(lib.user, ask._replace(start=False))
    assert {(one.state, one.reason) for one in looked.entries} == {(State.WAITING, "not_started")}
    second = await plans.plan(lib.user, ask)
    assert {one.state for one in second.entries} == {State.QUEUED}
    assert second.jobs != first.jobs


async def test_who_may_not_and_what_is_too_much(
    plans: OfflinePlans, lib: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Ask([Pin(PinKind.ALBUM, lib.albums[0])])
    with pytest.raises(Forbidden):
        await plans.plan(Caller(lib.user.user_id, "x", rights=frozenset()), ask)
    with pytest.raises(InvalidInput, match="profile"):
        await plans.plan(lib.user, ask._replace(profile="bogus"))
    with pytest.raises(TooManyRequests), plans._taken(lib.user.user_id), plans._taken(lib.user.user_id):
        await plans.plan(lib.user, ask)
    monkeypatch.setattr(pins_module, "MOST_TRACKS", 5)
    with pytest.raises(TooLarge) as refused:
        await plans.plan(lib.user, ask)
    assert refused.value.stable_code == "plan_too_large"


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Statements, but for those that begin and end transactions."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            seen.append(statement)

    engines = [database._writer.sync_engine]  # PostgreSQL's reading one is another view of it
    engines += [database._reader.sync_engine] if database.is_sqlite else []
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)


@pytest.mark.soak
@pytest.mark.parametrize("size", [10_000 if os.environ.get("MCMA_SOAK") else 2500])
async def test_many_tracks_take_few_queries(database: Database, tmp_path: Path, size: int) -> None:
    lib = await seed(database, tracks=size, feed=False)
    await of_length(database, 1000)
    plans = plans_over(database, tmp_path)
    ask = Ask([Pin(PinKind.ARTIST, id_) for id_ in lib.artists], OPUS)
    with counted(database) as looked:
        began = time.perf_counter()
        plan = await plans.plan(lib.user, ask)
        took = time.perf_counter() - began
    assert len(plan.entries) == size
    assert len(looked) <= 2 + 2 * -(-size // 5000), looked
    assert took < 10.0
    with counted(database) as started:
        begun = await plans.plan(lib.user, ask._replace(start=True))
    assert sum(one.state is State.QUEUED for one in begun.entries) == 2000
    assert len(started) <= 40, len(started)
