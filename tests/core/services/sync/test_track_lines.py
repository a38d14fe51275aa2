"""What a copy is told of tracks: what they are, and whether what is sung is still what it has."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.layerrules import layering
from mcma.services.callers import SYSTEM
from mcma.services.catalogue.catalogue import CatalogueService
from mcma.services.catalogue.lyrics import LyricsService
from mcma.services.enriching import lyricrelaying
from mcma.services.enriching.lyriclaying import Standing, lay_lyrics, lift_lyrics
from mcma.services.enriching.lyricrelaying import TELL, LyricRelaying
from mcma.services.indexing.overlays import OPTION
from mcma.services.jobs import Jobs
from mcma.services.sync.feed import SyncFeed
from mcma.store.clock import new_id
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables.catalogue import artists, tracks
from mcma.store.tables.machinery import jobs
from mcma.store.tables.people import users
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Lyrics
from tests.support.catalogue import a_user
from tests.support.jobs import until
from tests.support.replica import Replica
from tests.support.scanning import Music, QuietJob

pytestmark = pytest.mark.anyio
X, Y = "0dd1b5f5-0000-4000-8000-000000000001", "0dd1b5f5-0000-4000-8000-000000000002"
VALUE = {"lang": "und", "plain": "of a plugin"}
TIMED = "[00:01.00]la\n[00:02.00]la la"


@dataclass
class Copy:
    """Of one library, by somebody who sees all."""

    music: Music
    replica: Replica

    async def follow(self) -> dict[str, Any]:
        """Title to what is told of each track."""
        await self.replica.follow()
        await self.replica.agrees()
        return {one["title"]: one for one in self.replica.of("track@1").values()}

    async def sung(self, title: str) -> tuple[str | None, list[Lyrics]]:
        """What the copy knows of its lyrics, and what the server answers."""
        told = (await self.follow())[title]
        track = TrackId((await self.music.track(title)).id)
        answer = list(await CatalogueService(self.music.database).lyrics(SYSTEM, track))
        assert ("lyrics_digest" in told) == bool(answer)
        return told.get("lyrics_digest"), answer


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    return await Music(database, tmp_path / "music").create()


@pytest.fixture
async def copy(feed: SyncFeed, music: Music) -> Copy:
    row, caller = a_user("admin", is_admin=True)
    async with music.database.write() as transaction:
        await transaction.connection.execute(sa.insert(users), [row])
    replica = Replica(feed, caller)
    await replica.begin()
    return Copy(music, replica)


async def test_what_a_file_says_is_told_and_what_nobody_says_is_left_out(music: Music, copy: Copy) -> None:
    music.put(
        "a/1.flac", fmt="flac", title="One", artist="Ann", album="First", albumartist="Ann", composer="Cy",
        mood="Calm", grouping="Set", isrc="USPR36507329", work="Suite", movementname="Prelude", bpm="120",
        musicbrainz_trackid=X, lyrics="la", label="Fjord", catalognumber="F 1", date="2001-02",
        originaldate="1999", musicbrainz_releasegroupid=Y, releasetype="album", discsubtitle="Side A",
        discnumber="1", comment="for this track alone",
    )  # fmt: skip
    music.put("a/2.flac", fmt="flac", title="Two", artist="Ann")
    await music.scan()
    told = await copy.follow()
    full, bare = told["One"], told["Two"]
    [cy] = await music.rows(artists, artists.c.name == "Cy")
    told_by = {
        "contributors": [{"role": "composer", "id": str(cy.id), "name": "Cy", "detail": None}],
        "moods": ["Calm"], "groupings": ["Set"], "isrcs": ["USPR36507329"], "work": "Suite",
        "movement": "Prelude", "bpm": 120.0, "recording_mbid": X,
    }  # fmt: skip
    assert {name: full[name] for name in told_by} == told_by
    assert full.keys() - bare.keys() == {*told_by, "lyrics_digest"}
    assert bare.keys() < full.keys()
    assert (bare["recording_id"], bare["disc"]) == (None, None), "what was always there still is"
    [album] = copy.replica.of("album@1").values()
    assert (album["labels"], album["catalog_numbers"], album["moods"]) == (["Fjord"], ["F 1"], ["Calm"])
    assert (album["date"], album["original_date"], album["year"]) == ("2001-02", "1999", 1999)
    assert (album["release_group_mbid"], album["release_types"]) == (Y, ["album"])
    assert album["disc_titles"] == [{"disc": 1, "title": "Side A"}]


async def test_other_lyrics_are_news_and_the_same_ones_are_none(music: Music, copy: Copy) -> None:
    music.put("a/1.mp3", title="One", artist="Ann", lyrics="la")
    await music.scan()
    track = (await music.track("One")).id
    service = LyricsService(music.database)
    seen: dict[str | None, list[Lyrics]] = {}

    async def changed(*, again: bool = False) -> None:
        """`again`: it says what it said once before."""
        digest, answer = await copy.sung("One")
        known = [one for one, said in seen.items() if said == answer]
        assert known == ([digest] if again else [])
        seen[digest] = answer

    await changed()
    (music.root / "a/1.lrc").write_text(TIMED)
    await music.scan()
    await changed()
    before = await laid(music.database, track, {"lang": "und", "plain": "never shown"})
    await changed(again=True)
    await service.set(SYSTEM, TrackId(track), "eng", "of a person")
    await changed()
    await service.set(SYSTEM, TrackId(track), "eng", "of a person")
    await music.scan(full=True)
    assert await copy.replica.follow() == 0, "nothing that is shown has changed"
    await service.set(SYSTEM, TrackId(track), "eng", "of the same person")
    await changed()
    await service.remove(SYSTEM, TrackId(track), "eng")
    await changed(again=True)
    (music.root / "a/1.lrc").unlink()
    music.retag("a/1.mp3", lyrics=None)
    await music.scan()
    await changed()
    async with music.database.write() as transaction:
        await lift_lyrics(transaction.connection, before, "plugin:words")
    assert await copy.sung("One") == (None, [])


async def test_who_waits_for_another_who_writes_tells_of_both(music: Music, copy: Copy) -> None:
    music.put("a/1.mp3", title="One", artist="Ann")
    await music.scan()
    track, database = TrackId((await music.track("One")).id), music.database

    async def waits() -> bool:
        if database.is_sqlite:
            return True  # one writer: its turn comes
        async with database.read() as connection:
            return bool(await connection.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")))

    async with database.write() as transaction:
        await lock_catalogue(transaction.connection)
        await lay_lyrics(transaction.connection, {track: VALUE}, "plugin:words", new_id())
        setting = asyncio.create_task(LyricsService(database).set(SYSTEM, track, "eng", "of a person"))
        await until(waits)
    await setting
    digest, answer = await copy.sung("One")
    assert [one.lang for one in answer] == ["eng", "und"]
    await LyricsService(database).set(SYSTEM, track, "eng", "of a person")
    assert await copy.sung("One") == (digest, answer), "it was of both"


async def laid(database: Database, track: UUID, value: Any) -> Standing:
    async with database.write() as transaction:
        return await lay_lyrics(transaction.connection, {track: value}, "plugin:words", new_id())


async def start(music: Music, *rules: str) -> int:
    """A server that starts with these rules, and its job."""
    music.database.know(**{OPTION: layering(rules, ())})
    made = LyricRelaying(music.database, Jobs(music.database, EmbeddedDoorbell()))
    await made.settle()
    if not await music.rows(jobs):
        return 0
    [kind] = made.job_kinds()
    done = await kind.handler(QuietJob())
    async with music.database.write() as transaction:
        [asked] = await transaction.connection.scalars(sa.delete(jobs).returning(jobs.c.kind))
    assert done is not None and asked == kind.name == TELL
    return int(done["changed"])


async def test_rules_that_change_and_rows_of_former_versions_are_told(
    music: Music, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lyricrelaying, "PORTION", 2)
    assert await start(music) == 0, "without lyrics there is nothing to do"
    music.put("a/1.mp3", title="One", artist="Ann")
    music.put("a/2.mp3", title="Two", artist="Ann", lyrics="la")
    music.put("a/3.mp3", title="Three", artist="Ann", lyrics="la la")
    await music.scan()
    told = {name: one.get("lyrics_digest") for name, one in (await copy.follow()).items()}
    await laid(music.database, (await music.track("One")).id, VALUE)
    assert await start(music) == 0
    assert (await copy.sung("One"))[0] is not None
    assert await start(music, "lyrics=off") == 1
    assert {name: (await copy.sung(name))[0] for name in told} == told
    assert await start(music) == 1
    async with music.database.write() as transaction:
        await transaction.connection.execute(sa.update(tracks).values(lyrics_digest=None))
    assert await start(music, "lyrics=prefer") == 3, "as after an upgrade"
    assert {name: (await copy.sung(name))[0] for name in told} == {**told, "One": (await copy.sung("One"))[0]}
    assert await start(music, "lyrics=prefer") == 0
