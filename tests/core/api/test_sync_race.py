"""Eight who write at once and one who follows, all over HTTP: nothing is missed.

What it is for: a feed whose numbers become visible in another order than they were given out. A reader that
has seen 7 then never asks for 6 again.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from mcma.store.clock import new_id, utcnow
from tests.support.catalogue import Seeded, seed
from tests.support.server import Person, Server

pytestmark = [pytest.mark.anyio, pytest.mark.soak]
API, SYNC = "/api/v1", "/api/v1/sync"
ROUNDS = 56 if os.environ.get("MCMA_SOAK") else 2
"""Of eight writers with 50 changes each: more than 20,000 of them, or as many as take a few seconds."""
EACH = 50
_MASK = (1 << 64) - 1


class Reader:
    """Follows, and knows of each item what was told last; and all that was ever there."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._cursor = ""
        self.items: dict[tuple[str, str, str], int] = {}
        self.titles: dict[str, str] = {}
        self.seen: set[str] = set()
        self.done = asyncio.Event()

    async def begin(self) -> None:
        answer = await self._person.ask("GET", f"{SYNC}/snapshot", params={"type": "nothing@1"})
        self._cursor = answer.json()["cursor"]

    async def follow(self) -> None:
        while True:
            last = self.done.is_set()
            asked = {"cursor": self._cursor, "limit": 200, "wait": 0 if last else 0.2}
            found = await self._person.get(f"{SYNC}/changes", params=asked)
            for line in found["changes"]:
                self._take(line)
            self._cursor = found["next"]
            if last and not found["more"] and not found["changes"]:
                return

    def _take(self, line: dict[str, Any]) -> None:
        key = (line["scope"], line["type"], line["id"])
        self.seen.add(line["id"])
        if line["op"] == "put":
            assert line["rev"] >= self.items.get(key, 0), "never back to what was before"
            self.items[key] = line["rev"]
            self.titles[line["id"]] = line["data"].get("title", "")
        else:
            self.items.pop(key, None)

    def digest(self, type_: str) -> tuple[int, str]:
        revs = {UUID(id_): rev for (_, told, id_), rev in self.items.items() if told == type_}
        total = sum((id_.int & _MASK) ^ (rev * 0x9E3779B97F4A7C15 & _MASK) for id_, rev in revs.items())
        return len(revs), f"{total & _MASK:016x}"


class Writers:
    """Of one person, except those who correct tracks. Each keeps what it made; a round is `EACH` changes."""

    def __init__(self, person: Person, admin: Person, lib: Seeded) -> None:
        self._person, self._admin, self._lib = person, admin, lib
        self.made: set[str] = set()
        self.titles: dict[str, str] = {}
        self.changes = 0

    def all(self) -> list[Callable[[], Awaitable[None]]]:
        return [self.rows, self.rows, self.rows, self.push, self.push, self.likes, self.playlists, self.edit]

    async def run(self, way: Callable[[], Awaitable[None]]) -> None:
        for _ in range(ROUNDS):
            await way()
            self.changes += EACH

    async def rows(self) -> None:
        """A playlist a round."""
        playlist = (await self._person.post(f"{API}/playlists", {"name": "Mine"}, 201))["id"]
        rows = [{"id": str(new_id()), "track_id": str(self._lib.tracks[n])} for n in range(EACH - 1)]
        await self._person.post(f"{API}/playlists/{playlist}/items", {"items": rows})
        self.made |= {playlist, *(row["id"] for row in rows)}

    async def push(self) -> None:
        """A device a round; likes of items that others like as well."""
        device, now = str(new_id()), utcnow().isoformat()
        await self._person.put(f"{API}/devices/{device}", {"name": "Phone"}, 200)
        events = [
            {"id": str(new_id()), "n": n + 1, "type": "like.set", "at": now,
             "data": {"kind": "track", "item_id": str(self._lib.tracks[n]), "liked": n % 2 == 0}}
            for n in range(EACH - 1)
        ]  # fmt: skip
        await self._person.post(f"{SYNC}/push", {"device_id": device, "sent_at": now, "events": events})
        self.made.add(device)

    async def likes(self) -> None:
        now, some = utcnow().isoformat(), self._lib.tracks[EACH : 2 * EACH]
        events = [
            {"id": str(new_id()), "kind": "track", "item_id": str(one), "liked": True, "at": now}
            for one in some
        ]
        await self._person.post(f"{API}/likes", {"events": events})
        self.made |= {str(one) for one in some}

    async def playlists(self) -> None:
        """Small writes, one after the other."""
        for number in range(EACH // 2):
            made = (await self._person.post(f"{API}/playlists", {"name": f"No. {number}"}, 201))["id"]
            await self._person.patch(f"{API}/playlists/{made}", {"name": "Renamed"})
            self.made.add(made)

    async def edit(self) -> None:
        for track in self._lib.tracks[:EACH]:
            title = f"Title {new_id()}"
            await self._admin.patch(f"{API}/tracks/{track}", {"title": title})
            self.titles[str(track)] = title


async def test_a_follower_misses_nothing_of_eight_writers(own_server: Server) -> None:
    lib = await seed(own_server.database, tracks=2 * EACH)
    person = await own_server.known(lib.user)
    reader, writers = Reader(person), Writers(person, own_server.admin, lib)
    await reader.begin()
    following = asyncio.create_task(reader.follow())
    await asyncio.gather(*map(writers.run, writers.all()))
    reader.done.set()
    await following
    assert writers.changes == 8 * EACH * ROUNDS
    assert writers.made - reader.seen == set()
    assert {id_: reader.titles[id_] for id_ in writers.titles} == writers.titles
    told = (await person.get(f"{SYNC}/digest"))["items"]
    theirs = {one["type"]: (one["items"], one["sum"]) for one in told}
    for type_ in ("playlist@1", "playlist_item@1", "device@1", "user_item@1"):
        assert reader.digest(type_) == theirs[type_]
