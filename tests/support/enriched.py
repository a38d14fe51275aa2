"""Files with poor tags, services on loopback that know them, and servers in processes that ask these.

async with services() as fakes:
    mcma = Mcma(data, home, {**fakes.environment, **QUIET})
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import sqlalchemy as sa

from mcma.services.sync.feed import SyncFeed
from mcma.services.sync.heads import Heads
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables import metadata
from mcma.store.tables.catalogue import tracks
from mcma.store.tables.enriching import enrichment_states, remote_answers, remote_turns
from mcma.store.tables.machinery import jobs, key_values, schedules
from mcma.store.tables.people import users
from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller
from tests.support._library_sound import cover_of
from tests.support.audio import make_audio
from tests.support.command import Mcma, Served
from tests.support.lrclib import FakeLrclib, open_lrclib
from tests.support.musicbrainz import KEY, FakeMusicBrainz, open_musicbrainz
from tests.support.musicbrainz_places import world
from tests.support.replica import Replica
from tests.support.webserver import saying

QUIET = {"MCMA_WATCH": "false", "MCMA_SHUTDOWN_SECONDS": "1"}
MS = 550
"""Of each file, in the world as well."""
PATIENCE = 60.0
PASSWORD = "correct horse battery"
ROUND = "enrich_due"
WORDS = "[00:00.10]one\n[00:00.30]two\n"
NIGHT = (
    "First Light",
    "Slow Train",
    "Harbour",
    "Paper Moon",
    "North Wind",
    "Letters",
    "Glass House",
    "Homeward",
)
HITS = {"Summer Rain": "Ann Ash", "Winter Sun": "The Bobs", "Both of Us": "Ann Ash", "Gruppa": "Kino"}


@dataclass
class Fakes:
    musicbrainz: FakeMusicBrainz
    lrclib: FakeLrclib

    @property
    def environment(self) -> dict[str, str]:
        theirs, words = self.musicbrainz, self.lrclib
        brainz = {
            "LOOKUPS": "true", "CONTACT": "test@example.org", "BASE_URL": theirs.web.url(""),
            "PER_SECOND": "1000", "ACOUSTID_URL": theirs.sounds.url(""), "ACOUSTID_KEY": KEY,
            "COVERART_URL": theirs.covers.url(""), "COMMONS_URL": theirs.covers.url(""),
            "ALLOWED_HOSTS": ",".join(theirs.hosts),
        }  # fmt: skip
        lyrics = {"ENABLED": "true", "BASE_URL": words.url, "ALLOWED_HOSTS": words.web.address,
                  "SECONDS_BETWEEN": "0"}  # fmt: skip
        return {
            **{f"MCMA_PLUGIN_MUSICBRAINZ_{name}": value for name, value in brainz.items()},
            **{f"MCMA_PLUGIN_LYRICS_{name}": value for name, value in lyrics.items()},
        }


@asynccontextmanager
async def services() -> AsyncIterator[Fakes]:
    made = world()
    for edition in made.editions:
        for _, _, slot in edition.slots:
            slot.ms = slot.song.ms = MS
    async with open_musicbrainz(made) as musicbrainz, open_lrclib() as lrclib:
        musicbrainz.images.otherwise = saying(content=cover_of(3), content_type="image/jpeg")
        lrclib.add("Harbour", "Ann Ash", MS / 1000, "Night Songs", synced=WORDS)
        yield Fakes(musicbrainz, lrclib)


def poor_music(folder: Path) -> Path:
    """Names of files alone; tags that lack most and name no album, in a wrong order; what nobody knows."""
    for place, title in enumerate(NIGHT, 1):
        tags = {"album": "night songs", "albumartist": "ann ash"}
        _tone(folder / "Ann Ash" / "Night Songs" / f"{place:02} {title}.mp3", place, tags)
    for place, (title, artist) in enumerate(HITS.items()):
        more: dict[str, object] = {
            "title": title.lower(), "artist": artist, "tracknumber": len(HITS) - place,
        }  # fmt: skip
        _tone(folder / "hits of the year" / f"{title}.mp3", 20 + place, more)
    for place in (1, 2):
        _tone(folder / "Nobody" / "Nothing" / f"{place:02} Noise {place}.mp3", 30 + place)
    return folder


def _tone(path: Path, sound: int, tags: Mapping[str, object] | None = None) -> None:
    make_audio(path, seconds=0.5, freq=300 + 10 * sound, tags=tags)


@dataclass
class Household:
    """A server that runs somewhere, and its database."""

    served: Served
    database: Database
    client: httpx.AsyncClient

    @classmethod
    @asynccontextmanager
    async def at(
        cls, served: Served, database_url: str, name: str, password: str
    ) -> AsyncIterator["Household"]:
        database = Database(database_url)
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}", timeout=60) as client:
                answer = await client.post(
                    "/api/v1/auth/login", json={"username": name, "password": password}
                )
                client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
                yield cls(served, database, client)
        finally:
            await database.close()

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        answer = await self.client.request(method, f"/api/v1{path}", **more)
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def all(self, path: str, **params: Any) -> list[Any]:
        found, cursor = [], None
        for _ in range(100):
            at: dict[str, str] = {} if cursor is None else {"cursor": cursor}
            page = await self.ask("GET", path, params={**params, **at})
            found += page["items"]
            if (cursor := page.get("next_cursor")) is None:
                return found
        raise AssertionError(path)

    async def take_in(self, music: Path) -> None:
        """A library, scanned, and what follows a scan by itself."""
        await self.ask("POST", "/libraries", json={"path": str(music), "name": "Music"})
        await self.ask("POST", "/sources/local/scan", json={})
        await self.idle()

    async def idle(self) -> None:
        """No job runs or waits for its turn."""
        query = sa.select(jobs.c.kind, jobs.c.state, jobs.c.error).where(
            jobs.c.state.in_(("queued", "running")), jobs.c.run_after <= utcnow() + timedelta(seconds=5)
        )
        until = time.monotonic() + PATIENCE
        while found := await self.rows(query):
            assert time.monotonic() < until, found
            await asyncio.sleep(0.05)

    async def round(self) -> None:
        """As if minutes had gone by: what is new is looked for, and all that is due is asked about."""
        async with self.database.write() as transaction:
            connection = transaction.connection
            for row in (await connection.execute(sa.select(tracks.c.id, tracks.c.updated_at))).all():
                mine = sa.update(tracks).where(tracks.c.id == row.id)
                await connection.execute(mine.values(updated_at=row.updated_at - timedelta(minutes=1)))
            due = sa.update(schedules).where(schedules.c.name == ROUND)
            await connection.execute(due.values(next_at=utcnow()))
        await self._began()
        await self.idle()

    async def _began(self) -> None:
        until = time.monotonic() + PATIENCE
        query = sa.select(schedules.c.next_at).where(
            schedules.c.name == ROUND, schedules.c.next_at > utcnow()
        )
        while not await self.rows(query):
            assert time.monotonic() < until
            await asyncio.sleep(0.05)

    async def later(self, hours: float) -> None:
        """Everything that waits for a time is that much nearer to it."""
        passed = timedelta(hours=hours)
        async with self.database.write() as transaction:
            connection = transaction.connection
            for table, column in WAITING:
                rows = (await connection.execute(sa.select(table).where(table.c[column].is_not(None)))).all()
                for row in rows:
                    mine = (one == getattr(row, one.name) for one in table.primary_key)
                    sooner = sa.update(table).where(*mine)
                    await connection.execute(sooner.values({column: getattr(row, column) - passed}))
            pauses = key_values.c.key.startswith("enricher."), key_values.c.namespace == "core"
            for row in (await connection.execute(sa.select(key_values).where(*pauses))).all():
                if row.value["until"] is not None:
                    until = datetime.fromisoformat(row.value["until"]) - passed
                    sooner = sa.update(key_values).where(key_values.c.key == row.key, pauses[1])
                    value = {**row.value, "until": until.isoformat()}
                    await connection.execute(sooner.values(value=value))

    async def lapse(self) -> None:
        """Nobody goes on with what a killed process had begun: its time is over."""
        async with self.database.write() as transaction:
            connection = transaction.connection
            held = sa.update(jobs).where(jobs.c.state == "running")
            await connection.execute(held.values(lease_until=utcnow() - timedelta(hours=1)))

    async def replica(self) -> Replica:
        """A copy that a client of the person keeps."""
        [user] = await self.rows(sa.select(users.c.id, users.c.name))
        who = Caller(UserId(user.id), user.name, is_admin=True)
        made = Replica(SyncFeed(self.database, Heads(self.database), 180), who)
        await made.begin()
        return made

    async def app(self) -> Callable[..., Awaitable[Any]]:
        """A Subsonic app's questions, by method."""
        made = await self.ask("POST", "/users/me/app-passwords", json={"name": "app"})

        async def ask(method: str, **params: str) -> Any:
            query = {"u": "ada", "p": made["password"], "v": "1.16.1", "c": "test", "f": "json", **params}
            answer = (await self.client.get(f"/rest/{method}", params=query)).json()["subsonic-response"]
            assert answer["status"] == "ok", answer
            return answer

        return ask

    async def rows(self, query: Any) -> list[Any]:
        async with self.database.read() as connection:
            return list((await connection.execute(query)).all())


WAITING = (
    (enrichment_states, "due_at"), (remote_turns, "next_at"), (jobs, "run_after"),
    (remote_answers, "expires_at"),
)  # fmt: skip
"""What is kept until a time, and the column that has it."""


@asynccontextmanager
async def serving_household(mcma: Mcma, database_url: str, workers: int = 0) -> AsyncIterator[Household]:
    async with AsyncExitStack() as stack:
        served = stack.enter_context(mcma.serving())
        for _ in range(workers):
            stack.enter_context(mcma.working())
        mcma.run("user", "add", "ada", "--admin", "--password-stdin", given=PASSWORD)
        yield await stack.enter_async_context(Household.at(served, database_url, "ada", PASSWORD))
        assert "Traceback" not in served.logged, served.logged


_UNTOLD = {"updated_at", "created_at", "changed_at", "rev", "last_scan_at", "n"}
CATALOGUE = (
    "libraries", "tracks", "albums", "artists", "track_files", "track_artists", "album_artists",
    "track_genres", "album_genres", "album_labels", "genres", "labels", "lyrics", "field_values",
    "artist_libraries", "genre_libraries", "label_libraries", "search_tracks", "search_albums",
    "search_artists", "artist_aliases", "external_ids",
)  # fmt: skip


async def catalogue(database: Database) -> dict[str, list[dict[str, Any]]]:
    """All that is there, row by row, without what only says when."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    async with database.read() as connection:
        for name in CATALOGUE:
            table = metadata.tables[name]
            for row in (await connection.execute(sa.select(table))).mappings():
                if row.get("deleted_at") is None:
                    found[name].append({key: value for key, value in row.items() if key not in _UNTOLD})
    return {name: sorted(rows, key=repr) for name, rows in found.items()}
