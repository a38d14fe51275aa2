"""Scrobbles and playback reports through /rest of a real server, on both engines."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from mcma.store.tables.listening import listens, now_playing, plays
from tests.support.rest import App, app_of
from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio
THEN = datetime(2024, 6, 1, 12, tzinfo=UTC)


def millis(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


@pytest.fixture
async def listener(server: Server) -> Person:
    return await server.person(f"listener-{uuid4().hex[:8]}")


@pytest.fixture
async def client(server: Server, listener: Person) -> AsyncIterator[App]:
    yield await app_of(server, listener, "phone")


async def songs(client: App) -> list[dict[str, Any]]:
    found = await client.ask("search3", query="", songCount="10", artistCount="0", albumCount="0")
    listed: list[dict[str, Any]] = found["song"]
    return sorted(listed, key=lambda song: str(song["id"]))


async def counted(client: App) -> list[tuple[int, str | None]]:
    return [(song["playCount"], song.get("played")) for song in await songs(client)]


async def rows(server: Server, listener: Person, table: sa.Table) -> int:
    assert listener.caller is not None
    query = sa.select(sa.func.count()).where(table.c.user_id == listener.caller.user_id)
    async with server.database.read() as connection:
        return int(await connection.scalar(query) or 0)


async def test_what_was_heard_offline_lands_once_each_at_its_time(
    server: Server, listener: Person, client: App
) -> None:
    one, other, *_ = [song["id"] for song in await songs(client)]
    pairs = [(one, THEN), (other, THEN + timedelta(minutes=5)), (one, THEN + timedelta(minutes=10)),
             (f"tr-{uuid4()}", THEN), ("nonsense", THEN)]  # fmt: skip
    sent: dict[str, Any] = {"id": [id_ for id_, _ in pairs], "time": [millis(at) for _, at in pairs]}
    for _ in range(3):
        await client.ask("scrobble", **sent)
    await asyncio.gather(*(client.ask("scrobble", **sent) for _ in range(3)))
    assert (await counted(client))[:3] == [
        (2, "2024-06-01T12:10:00Z"),
        (1, "2024-06-01T12:05:00Z"),
        (0, None),
    ]
    assert await rows(server, listener, listens) == 3
    late = THEN - timedelta(days=400)
    await client.ask("scrobble", id=one, time=millis(late))
    assert (await counted(client))[0] == (3, "2024-06-01T12:10:00Z"), "late news moves nothing back"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"time": ["1"]}, 10), ({"id": []}, 10),
        ({"id": ["A", "A"], "time": ["1"]}, 0), ({"id": ["A"], "time": ["1", "2"]}, 0),
        ({"id": ["A"], "time": ["soon"]}, 0), ({"id": ["A"], "time": ["-1"]}, 0),
        ({"id": ["A"], "time": ["9" * 30]}, 0),
        ({"id": ["A"], "submission": "perhaps"}, 0),
        ({"id": ["nonsense"]}, 70), ({"id": ["al-A"]}, 70),
        ({"id": ["unknown"], "submission": "false"}, 70),
    ],
)  # fmt: skip
async def test_scrobbles_that_are_none(
    server: Server, listener: Person, client: App, sent: dict[str, Any], code: int
) -> None:
    real = (await songs(client))[0]["id"]
    known = {"A": real, "unknown": f"tr-{uuid4()}"}
    if "id" in sent:
        sent = sent | {"id": [known.get(id_, id_) for id_ in sent["id"]]}
    await client.refused("scrobble", code, **sent)
    assert await rows(server, listener, listens) == 0


async def test_a_song_that_is_not_there_any_more_is_skipped(client: App) -> None:
    await client.ask("scrobble", id=f"tr-{uuid4()}", time=millis(THEN))
    await client.ask("scrobble", id=f"tr-{uuid4()}")
    assert {plays for plays, _ in await counted(client)} == {0}


async def test_times_ahead_count_as_now(client: App) -> None:
    song = (await songs(client))[0]["id"]
    await client.ask("scrobble", id=song, time=millis(datetime.now(UTC) + timedelta(days=3650)))
    [(number, played)] = [one for one in await counted(client) if one[0]]
    assert number == 1 and played is not None
    assert datetime.fromisoformat(played) <= datetime.now(UTC)


async def test_five_thousand_plays_in_one_post(server: Server, listener: Person, client: App) -> None:
    ids = [song["id"] for song in await songs(client)]
    pairs = [(ids[n % len(ids)], millis(THEN + timedelta(minutes=4 * n))) for n in range(5000)]
    sent: dict[str, Any] = {"id": [id_ for id_, _ in pairs], "time": [at for _, at in pairs]}
    began = time.monotonic()
    await client.ask("scrobble", **sent)
    assert time.monotonic() - began < 20
    await client.ask("scrobble", **sent)
    assert await rows(server, listener, plays) == await rows(server, listener, listens) == 5000
    assert sum(number for number, _ in await counted(client)) == 5000


async def test_the_player_tells_and_everybody_sees(server: Server, listener: Person, client: App) -> None:
    song = (await songs(client))[0]
    assert listener.caller is not None
    about = {"mediaId": song["id"], "mediaType": "song"}
    await client.ask("reportPlayback", **about, positionMs="0", state="starting")
    await client.ask("reportPlayback", **about, positionMs="100", state="playing", playbackRate="2.0")
    desk = App(client.client, client.secret, "desk")
    await desk.ask("scrobble", id=song["id"], submission="false")
    boss = await app_of(server, server.admin, f"boss-{uuid4().hex[:8]}")
    shown = [each for each in (await boss.ask("getNowPlaying"))["entry"]
             if each["username"] == listener.caller.name]  # fmt: skip
    assert [(each["playerName"], each["state"], each["playbackRate"]) for each in shown] == [
        ("desk", "playing", 1.0), ("phone", "playing", 2.0),
    ]  # fmt: skip
    assert shown[1]["positionMs"] >= 100 and shown[1]["minutesAgo"] == 0
    assert len({each["playerId"] for each in shown}) == 2
    for player in (client, desk):
        await player.ask("reportPlayback", **about, positionMs="200", state="stopped")
    after = (await boss.ask("getNowPlaying"))["entry"]
    assert listener.caller.name not in {each["username"] for each in after}


async def test_a_song_that_was_reported_and_scrobbled_is_one_play(
    server: Server, listener: Person, client: App
) -> None:
    song = (await songs(client))[0]
    about = {"mediaId": song["id"], "mediaType": "song"}
    await client.ask("reportPlayback", **about, positionMs="0", state="playing")
    assert listener.caller is not None
    earlier = timedelta(seconds=song["duration"])
    async with server.database.write() as transaction:  # as if time had passed
        mine = now_playing.c.user_id == listener.caller.user_id
        at = (
            await transaction.connection.execute(sa.select(now_playing.c.started_at).where(mine))
        ).scalar_one()
        moved = sa.update(now_playing).where(mine).values(started_at=at - earlier, updated_at=at - earlier)
        await transaction.connection.execute(moved)
    await client.ask("scrobble", id=song["id"])
    await client.ask("reportPlayback", **about, positionMs=str(song["duration"] * 1000), state="stopped")
    await client.ask("scrobble", id=song["id"])
    assert (await rows(server, listener, listens), await rows(server, listener, plays)) == (2, 1)
    assert (await counted(client))[0][0] == 1
