"""Administrators decide, correct, merge, divide and take back while plugins answer and files change.

Nothing fails, all that is counted is what it would be made anew, a copy that followed the feed has what a new
one has, and when all answers are taken back nothing of them is left.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from mcma.control.operations import rebuild
from mcma.store.tables import catalogue
from mcma_plugins.enrichers import Candidate, KnownAlbum, KnownArtist, KnownTrack
from mcma_plugins.ids import TrackId
from tests.support.audio import make_audio
from tests.support.oracle import WHY, Oracle, oracles_installed
from tests.support.replica import Replica
from tests.support.server import Person, Server, serving

pytestmark = [pytest.mark.anyio, pytest.mark.soak]
ROUNDS = 150 if os.environ.get("MCMA_SOAK") else 8
SEED = int(os.environ.get("MCMA_STORM_SEED", "0"))
PEOPLE, SECONDS = 4, 900
API, RUNS = "/api/v1", "/enrichment/runs"
NAMES = ("Ann Ash", "Bob Birch", "Cy & Di", "Cy", "Di", "Eve")
NOBODY = {"id": str(UUID(int=7)), "candidates": ()}
COUNTED = (
    catalogue.artist_libraries.c["artist_id", "library_id", "song_count", "album_count", "duration_ms"],
    catalogue.albums.c["id", "song_count", "duration_ms"],
    catalogue.libraries.c["id", "song_count", "album_count", "artist_count", "duration_ms", "size"],
    catalogue.genre_libraries.c["genre_id", "library_id", "song_count", "album_count"],
)


class Dice(Oracle):
    """Knows nothing, and says something else each time."""

    dice = random.Random(SEED)

    def _id(self) -> str:
        return str(UUID(int=self.dice.randint(20, 23)))

    def _fields(self) -> dict[str, Any]:
        dice = self.dice
        every: dict[str, Any] = {
            "album": dice.choice(("First", "Second", "Third")), "date": dice.choice(("1999", "2001-02-03")),
            "genres": dice.sample(("Folk", "Jazz", "Pop"), 2), "labels": [dice.choice(("Little", "Large"))],
            "release_mbid": self._id(), "disc": dice.randint(1, 2), "lyrics": dice.choice(("la", "li")),
            "album_artists": [{"name": dice.choice(NAMES), "mbid": self._id()}],
            "artists": [{"name": name} for name in dice.sample(NAMES, 2)],
        }  # fmt: skip
        return {name: every[name] for name in dice.sample(sorted(every), 4)}

    def _about(self, ids: Iterable[TrackId]) -> Sequence[Candidate]:
        artists = {self._id(): {"area": "Oslo", "sort_name": "S"}}
        tracks = {id_: {"title": f"T{self.dice.randint(1, 9)}"} for id_ in ids}
        return [
            Candidate(f"r{number}", "R", self.dice.choice((0.6, 0.95)), WHY, self._fields(), tracks, artists)
            for number in range(self.dice.randint(0, 3))
        ]

    async def album(self, album: KnownAlbum) -> Sequence[Candidate]:
        return self._about([one.id for one in album.tracks])

    async def track(self, track: KnownTrack) -> Sequence[Candidate]:
        return self._about([track.id])

    async def artist(self, artist: KnownArtist) -> Sequence[Candidate]:
        fields = {"type": "person", "mbid": self._id(), "aliases": [{"name": self.dice.choice(NAMES)}]}
        return [Candidate("a", "A", self.dice.choice((0.6, 0.95)), WHY, fields)]


class Boss:
    def __init__(self, server: Server, person: Person, seed: int) -> None:
        self._server, self._person, self._dice = server, person, random.Random(seed)
        self.wrong: list[tuple[str, int, str]] = []

    async def run(self) -> None:
        deeds = (self.ask, self.ask, self.accept, self.accept, self.refuse, self.undo, self.undo, self.edit,
                 self.turn, self.merge, self.merge, self.part, self.part, self.split, self.artist,
                 self.label, self.retag, self.play)  # fmt: skip
        for _ in range(ROUNDS):
            await self._dice.choice(deeds)()

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """404 and 409: somebody else was first."""
        answer = await self._person.client.request(method, API + path, headers=self._person.headers, **more)
        if answer.status_code not in (200, 201, 202, 204, 404, 409):
            self.wrong.append((f"{method} {path}", answer.status_code, answer.text[:300]))
        return answer

    async def _some(self, path: str) -> Any:
        found = (await self.send("GET", path)).json().get("items")
        return self._dice.choice(found) if found else NOBODY

    async def _id(self, kind: str) -> str:
        return str((await self._some(f"/{kind}s?limit=50"))["id"])

    async def ask(self) -> None:
        kind = self._dice.choice(("album", "track", "artist"))
        await self.send("POST", "/enrichment", json={"items": [{"kind": kind, "id": await self._id(kind)}]})

    async def accept(self) -> None:
        run = await self._some(f"{RUNS}?limit=20")
        for one in run["candidates"][:1]:
            await self.send("POST", f"{RUNS}/{run['id']}/accept", json={"candidate_id": one["id"]})

    async def refuse(self) -> None:
        await self.send("POST", f"{RUNS}/{(await self._some(f'{RUNS}?limit=20'))['id']}/refuse", json={})

    async def undo(self) -> None:
        run = await self._some(f"{RUNS}?limit=50&outcome=applied")
        await self.send("POST", f"{RUNS}/{run['id']}/undo")

    async def edit(self) -> None:
        said = {"title": f"P{self._dice.randint(1, 99)}", "only_fields": self._dice.random() < 0.5}
        await self.send("PATCH", f"/tracks/{await self._id('track')}", json=said)

    async def turn(self) -> None:
        method = self._dice.choice(("PUT", "DELETE"))
        await self.send(method, f"/tracks/{await self._id('track')}/manual")

    async def merge(self) -> None:
        """Each into the other at once."""
        kind = self._dice.choice(("track", "artist"))
        one, other = await self._id(kind), await self._id(kind)
        ways = ((one, other), (other, one))
        await asyncio.gather(
            *(self.send("POST", f"/{kind}s/{a}/merge", json={"into": b}) for a, b in ways)
        )  # fmt: skip

    async def part(self) -> None:
        await self.send("POST", f"/merges/{(await self._some('/merges?limit=30'))['id']}/undo")

    async def split(self) -> None:
        names = {"names": self._dice.sample(NAMES, 2)}
        await self.send("POST", f"/artists/{await self._id('artist')}/split", json=names)

    async def artist(self) -> None:
        said: dict[str, Any] = {"name": self._dice.choice((*NAMES, None)), "mbid": None}
        await self.send("PATCH", f"/artists/{await self._id('artist')}", json=said)

    async def label(self) -> None:
        one, other = await self._id("label"), await self._id("label")
        await self.send("POST", f"/labels/{one}/merge", json={"into": other})
        await self.send("POST", f"/labels/{await self._id('label')}/part")

    async def retag(self) -> None:
        number = self._dice.randint(1, 3)
        tags = {"title": f"Song {number}", "artist": self._dice.choice(NAMES), "tracknumber": number,
                "album": self._dice.choice(("First", "Third")), "albumartist": "Ann Ash"}  # fmt: skip
        make_audio(self._server.music / "Ann" / f"{number}.flac", fmt="flac", freq=300 + number, tags=tags)
        await self.send("POST", "/sources/local/scan", json={"library_id": self._server.library})

    async def play(self) -> None:
        track = await self._id("track")
        await self.send("PUT", f"/likes/track/{track}")
        await self.send("POST", "/plays", json={"plays": [{"track_id": track, "ms_played": 240_000}]})


@pytest.fixture
async def served(database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    with oracles_installed(tmp_path, Dice()):
        async with serving(tmp_path, database_url, enrich="on_request") as made:
            yield made


async def test_people_and_plugins_at_once(served: Server) -> None:
    assert served.admin.caller is not None
    follower, fresh = (Replica(served.core.services.sync, served.admin.caller) for _ in range(2))
    await follower.begin()
    people = [await served.person(f"boss{number}", is_admin=True) for number in range(PEOPLE)]
    bosses = [Boss(served, person, seed) for seed, person in enumerate(people, SEED * PEOPLE)]
    async with asyncio.timeout(SECONDS):
        await asyncio.gather(*(boss.run() for boss in bosses))
        await _quiet(served)
    assert [wrong for boss in bosses for wrong in boss.wrong] == []
    before = await _counted(served)
    await rebuild(served.core, _silently)
    assert await _counted(served) == before
    await follower.follow()
    await fresh.begin()
    assert follower.items == fresh.items
    await _take_back(bosses[0])
    await _quiet(served)
    query = sa.select(catalogue.field_values).where(catalogue.field_values.c.origin.startswith("plugin:"))
    async with served.database.read() as connection:
        assert list(await connection.execute(query)) == []


async def _take_back(boss: Boss) -> None:
    """The last decision of each item, until there is none."""
    while applied := (await boss.send("GET", f"{RUNS}?outcome=applied&limit=200")).json()["items"]:
        answers = [await boss.send("POST", f"{RUNS}/{run['id']}/undo") for run in applied]
        assert any(answer.status_code == 200 for answer in answers)


async def _silently(_: object) -> None:
    return None


async def _quiet(server: Server) -> None:
    """Every job has ended, and none of them badly."""
    assert server.admin.caller is not None
    for job in (await server.core.services.jobs.list(server.admin.caller, limit=500)).items:
        ended = await server.core.services.jobs.wait(job.id, SECONDS)
        assert ended.state in ("succeeded", "cancelled"), ended


async def _counted(server: Server) -> list[set[tuple[Any, ...]]]:
    async with server.database.read() as connection:
        return [{tuple(row) for row in await connection.execute(sa.select(*columns))} for columns in COUNTED]
