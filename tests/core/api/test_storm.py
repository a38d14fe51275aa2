"""Everybody does everything at once: nothing fails, and every number is what it would be made anew.

What it is for: writers that lock in different orders, which PostgreSQL ends ("deadlock detected"), and
counters that two writers work out from what neither has seen of the other.
"""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from mcma.control.operations import rebuild
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables import catalogue, listening
from tests.core.api.conftest import SHAPES
from tests.support.audio import make_audio
from tests.support.server import Person, Server

pytestmark = [pytest.mark.anyio, pytest.mark.soak]
ROUNDS = 150 if os.environ.get("MCMA_SOAK") else 12
PEOPLE = 6
SEED = int(os.environ.get("MCMA_STORM_SEED", "0"))
SECONDS = 600 if os.environ.get("MCMA_SOAK") else 180
_EXPECTED = {200, 201, 202, 204, 409, 429}
"""409: somebody else was first. Anything else is a defect here."""

DERIVED = (
    catalogue.artist_libraries.c["artist_id", "library_id", "song_count", "album_count", "duration_ms"],
    catalogue.albums.c["id", "song_count", "duration_ms"],
    catalogue.libraries.c["id", "song_count", "album_count", "artist_count", "duration_ms", "size"],
    catalogue.genre_libraries.c["genre_id", "library_id", "song_count", "album_count"],
    listening.user_items.c["user_id", "item_id", "liked_at", "rating", "play_count"],
    listening.playlists.c["id", "song_count", "duration_ms"],
    listening.playlist_libraries.c["playlist_id", "library_id", "song_count", "duration_ms"],
)


@pytest.fixture(scope="module", params=SHAPES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Storm:
    """One person with a plan made of dice; `songs` are files that some upload at the same moment."""

    def __init__(self, person: Person, admin: Person, songs: Sequence[Path], library: str, seed: int) -> None:
        self._person, self._admin, self._songs, self._library = person, admin, songs, library
        self._dice = random.Random(seed)
        self.answers: list[tuple[str, int, str]] = []
        self._device, self._n = str(new_id()), 0

    async def run(self) -> None:
        deeds = (
            self.upload, self.like, self.rate, self.play, self.make, self.add, self.dedupe, self.move,
            self.queue, self.bookmark, self.scan, self.smart, self.undo, self.edit, self.push,
        )  # fmt: skip
        for _ in range(ROUNDS):
            await self._dice.choice(deeds)()

    async def _ask(self, method: str, path: str, person: Person | None = None, **more: Any) -> httpx.Response:
        who = person or self._person
        headers = {**who.headers, **more.pop("headers", {})}
        answer = await who.client.request(method, path, headers=headers, **more)
        self.answers.append((f"{method} {path}", answer.status_code, answer.text[:300]))
        return answer

    async def _some(self, path: str) -> str | None:
        items = (await self._ask("GET", path)).json().get("items") or []
        return str(self._dice.choice(items)["id"]) if items else None

    async def _track(self) -> str:
        found = await self._some("/api/v1/tracks?limit=50")
        assert found is not None
        return found

    async def upload(self) -> None:
        body = self._dice.choice(self._songs).read_bytes()
        headers = {"content-type": "audio/flac"}
        await self._ask("POST", "/api/v1/tracks?name=song.flac", content=body, headers=headers)

    async def like(self) -> None:
        await self._ask("PUT", f"/api/v1/likes/track/{await self._track()}")

    async def rate(self) -> None:
        rating = {"rating": self._dice.randint(0, 5)}
        await self._ask("PUT", f"/api/v1/ratings/track/{await self._track()}", json=rating)

    async def play(self) -> None:
        plays = [{"track_id": await self._track(), "ms_played": 240_000} for _ in range(3)]
        await self._ask("POST", "/api/v1/plays", json={"plays": plays})

    async def make(self) -> None:
        body = {"name": "Mix", "track_ids": [await self._track() for _ in range(3)], "public": True}
        await self._ask("POST", "/api/v1/playlists", json=body)

    async def _playlist(self, deed: Callable[[str], Awaitable[object]]) -> None:
        found = (await self._ask("GET", "/api/v1/playlists?limit=200")).json()["items"]
        plain = [one["id"] for one in found if one["public"] and not one["smart"]]
        if plain:
            await deed(self._dice.choice(plain))

    async def add(self) -> None:
        body = {"track_ids": [await self._track()] * 2, "index": 0}
        await self._playlist(lambda id_: self._mine("POST", f"{id_}/items", json=body))

    async def dedupe(self) -> None:
        await self._playlist(lambda id_: self._mine("POST", f"{id_}/items/dedupe"))

    async def _mine(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Everybody's playlists are edited by everybody: the administrator stands in for their owners."""
        return await self._ask(method, f"/api/v1/playlists/{path}", self._admin, **more)

    async def move(self) -> None:
        async def last_to_first(id_: str) -> None:
            items = (await self._mine("GET", f"{id_}/items")).json().get("items") or []
            if items:
                body = {"item_ids": [items[-1]["id"]], "index": 0}
                await self._mine("POST", f"{id_}/items/move", json=body)

        await self._playlist(last_to_first)

    async def queue(self) -> None:
        body = {"track_ids": [await self._track() for _ in range(3)], "position_ms": 1}
        await self._ask("PUT", "/api/v1/queue", json=body)

    async def bookmark(self) -> None:
        await self._ask("PUT", f"/api/v1/bookmarks/{await self._track()}", json={"position_ms": 5})

    async def push(self) -> None:
        """What a device did offline, the whole of it sent twice at once."""
        if not self._n:
            await self._ask("PUT", f"/api/v1/devices/{self._device}", json={"name": "Phone"})
        now = datetime.now(UTC).isoformat()
        events = []
        for _ in range(6):
            self._n += 1
            track = await self._track()
            type_, data = self._dice.choice((
                ("like.set", {"kind": "track", "item_id": track, "liked": self._dice.random() < 0.5}),
                ("rating.set", {"kind": "track", "item_id": track, "rating": self._dice.randint(0, 5)}),
                ("play", {"track_id": track, "ms_played": 240_000}),
                ("play", {"claim": {"title": "Upload 1", "artists": ["Ann Ash"]}}),
                ("bookmark.set", {"track_id": track, "position_ms": 7}),
            ))  # fmt: skip
            events.append({"id": str(new_id()), "n": self._n, "type": type_, "at": now, "data": data})
        batch = {"device_id": self._device, "sent_at": now, "events": events}
        answers = [self._ask("POST", "/api/v1/sync/push", json=batch) for _ in range(2)]
        for answer in await asyncio.gather(*answers):
            assert answer.json()["acked_n"] == self._n

    async def scan(self) -> None:
        await self._ask("POST", "/api/v1/sources/local/scan", self._admin, json={"library_id": self._library})

    async def smart(self) -> None:
        rules = {"all": [{"field": "liked", "op": "is", "value": True}]}
        body = {"name": "Liked", "rules": rules}
        await self._ask("POST", "/api/v1/playlists/smart", json=body)

    async def undo(self) -> None:
        await self._ask("DELETE", f"/api/v1/likes/track/{await self._track()}")

    async def edit(self) -> None:
        name = self._dice.choice(("Song", "Tune", "Air"))
        await self._ask("PATCH", f"/api/v1/tracks/{await self._track()}", self._admin, json={"title": name})


async def test_everybody_at_once(server: Server, tmp_path: Path) -> None:
    songs = [_song(tmp_path / f"{number}.flac", number) for number in range(4)]
    people = [await server.person(f"person{number}") for number in range(PEOPLE)]
    storms = [
        Storm(person, server.admin, songs, server.library, seed) for seed, person in enumerate(people, SEED)
    ]
    async with asyncio.timeout(SECONDS):
        await asyncio.gather(*(storm.run() for storm in storms))
        await _quiet(server)
    assert not [answer for storm in storms for answer in storm.answers if _wrong(*answer)]
    assert len({answer[0].split("/api/v1/")[1][:5] for storm in storms for answer in storm.answers}) >= 6

    before = await _derived(server.database)
    await rebuild(server.core, _silently)
    for was, anew in zip(before, await _derived(server.database), strict=True):
        assert was - anew == set()
        assert anew - was == set()


def _wrong(asked: str, status: int, _: str) -> bool:
    gone = status == 404 and asked.endswith("/items/move")  # the row was removed in between
    return status not in _EXPECTED and not gone


def _song(path: Path, number: int) -> Path:
    tags = {"title": f"Upload {number}", "artist": "Ann Ash", "album": "Third", "albumartist": "Ann Ash"}
    make_audio(path, fmt="flac", freq=500 + number, tags=tags)
    return path


async def _silently(_: object) -> None:
    return None


async def _quiet(server: Server) -> None:
    """Every job has ended, and none of them badly."""
    assert server.admin.caller is not None
    for job in (await server.core.services.jobs.list(server.admin.caller, limit=500)).items:
        ended = await server.core.services.jobs.wait(job.id, SECONDS)
        assert ended.state in ("succeeded", "cancelled"), ended


async def _derived(database: Database) -> list[set[tuple[Any, ...]]]:
    async with database.read() as connection:
        return [{tuple(row) for row in await connection.execute(sa.select(*columns))} for columns in DERIVED]
