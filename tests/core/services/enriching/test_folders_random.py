"""Files that move between folders, are tagged, answered, taken, refused and taken back in any order: it comes
to rest, nothing is left unasked, and all of it can be taken back."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mcma.domain.errors import Conflict, NotFound
from mcma.services.callers import SYSTEM
from mcma.services.catalogue.edits import Edits
from mcma.store.engine import Database
from mcma.store.tables.catalogue import tracks
from mcma_plugins.enrichers import Candidate, KnownAlbum, KnownArtist
from mcma_plugins.ids import TrackId
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.at_rest_enriching import enriching_at_rest
from tests.support.enriching import ON_REQUEST, Study
from tests.support.folders import round_
from tests.support.oracle import WHY, Known, Oracle
from tests.support.scanning import Music

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.soak,
    pytest.mark.skipif(
        not os.environ.get("MCMA_SOAK"), reason="MCMA_SOAK=1: what was found is in test_folders"
    ),
]
SEEDS, STEPS, FILES = 20, 30, 6
PLACES = ("", "Ann Ash/1999 - Tides/", "Ann Ash/1999 - Tides/CD1/", "Loose/")
RELEASES = {"Tides": "76df3287-6cda-33eb-8e9a-044b5e15ffdd", "Seas": None, "Reefs": None}


class Fickle(Oracle):
    """Says of the same always the same, until it changes its mind."""

    mind = 0

    async def _say(self, title: str, known: Known) -> Sequence[Candidate]:
        self.asked.append(known)
        if isinstance(known, KnownAlbum):
            return self._release(known)
        if isinstance(known, KnownArtist):
            return ()
        dice = Random(f"{self.mind} {title}")
        said = {known.id: {"date": "2001"}}
        found = [Candidate("t1", title, dice.choice((0.7, 0.95)), WHY, tracks=said)]
        return found if dice.random() < 0.6 else ()

    def _release(self, known: KnownAlbum) -> Sequence[Candidate]:
        dice = Random(f"{self.mind} {[one.title for one in known.tracks]}")
        found = []
        for title in dice.sample(sorted(RELEASES), dice.randint(0, 2)):
            fields = {"album": title, "release_mbid": RELEASES[title], "album_artists": [{"name": "Ann Ash"}]}
            said = {name: value for name, value in fields.items() if value}
            named = {one.id: {"track": at} for at, one in enumerate(known.tracks, 1) if dice.random() < 0.8}
            found.append(Candidate(title, title, dice.choice((0.6, 0.8, 0.95, 0.99)), WHY, said, named))
        return sorted((one for one in found if one.tracks), key=lambda one: -one.score)


class World:
    def __init__(self, music: Music, random: Random) -> None:
        self.music, self.random, self.oracle = music, random, Fickle()
        self.study = Study.of(music, self.oracle)
        self.edits = Edits(music.database, lambda hook, event: None)
        self.files: dict[str, str] = {}
        """Title to where it is."""

    def add(self) -> None:
        title = f"T{len(self.files) + 1}"
        self.files[title] = f"{self.random.choice(PLACES)}{title}.mp3"
        self.music.put(self.files[title], title=title, artist="Ann Ash")

    async def step(self) -> None:
        deeds = (self.change, self.change, self.round, self.round, self.undo, self.accept, self.refuse,
                 self.turn, self.think, self.ask)  # fmt: skip
        with suppress(Conflict, NotFound):
            await self.random.choice(deeds)()

    async def change(self) -> None:
        title = self.random.choice(sorted(self.files))
        path = self.files[title]
        match self.random.choice(("add", "move", "move", "tag", "untag")):
            case "add":
                self.add()
            case "move":
                self.files[title] = f"{self.random.choice(PLACES)}{title}.mp3"
                self.music.move(path, self.files[title])
            case "tag":
                self.music.retag(path, album="Tides", albumartist="Ann Ash")
            case "untag":
                self.music.retag(path, album=None, albumartist=None)
        await self.music.scan(accept_missing=True)

    async def round(self) -> None:
        await round_(self.study)

    async def think(self) -> None:
        self.oracle.mind += 1

    async def ask(self) -> None:
        if held := list((await self.study.states()).values()):
            one = self.random.choice(held)
            await self.study.ask(ItemRef(ItemKind(one.item_kind), one.item_id), wish=ON_REQUEST)

    async def undo(self) -> None:
        await self._decide("undo", ("applied", "refused"))

    async def refuse(self) -> None:
        await self._decide("refuse", ("review", "nothing"), None)

    async def accept(self) -> None:
        if found := await self.study.candidates():
            one = self.random.choice(found)
            async with self.study.database.write() as transaction:
                await self.study.deciding.accept(transaction, one.run_id, one.id, None)

    async def _decide(self, name: str, outcomes: Sequence[str], *args: Any) -> None:
        if found := [one for one in await self.study.runs() if one.outcome in outcomes]:
            async with self.study.database.write() as transaction:
                decide = getattr(self.study.deciding, name)
                await decide(transaction, self.random.choice(found).id, *args, None)

    async def turn(self) -> None:
        row = self.random.choice(await self.here())
        await self.random.choice((self.edits.take, self.edits.release))(SYSTEM, TrackId(row.id))

    async def here(self) -> list[Any]:
        return await self.music.rows(tracks, tracks.c.deleted_at.is_(None), tracks.c.missing_since.is_(None))

    async def settle(self) -> None:
        for _ in range(8):
            if await round_(self.study) == {}:
                break
        else:
            raise AssertionError("it does not come to rest")
        assert [row.title for row in await self.here() if row.metadata_status == "pending"] == []
        await enriching_at_rest(self.music.database)

    async def take_all_back(self) -> None:
        runs = await self.study.runs()
        while applied := [one for one in runs if one.outcome == "applied"]:
            last = max(applied, key=lambda one: (one.decided_at, one.id))
            async with self.study.database.write() as transaction:
                await self.study.deciding.undo(transaction, last.id, None)
            runs = await self.study.runs()
            assert sum(one.outcome == "applied" for one in runs) == len(applied) - 1

    def tagged(self) -> set[str]:
        return {title for title, path in self.files.items() if "album" in self.music._files[path][2]}


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_whatever_happens_to_folders_comes_to_rest(
    database: Database, tmp_path: Path, seed: int
) -> None:
    music = await Music(database, tmp_path / "music").create()
    world = World(music, Random(seed))
    for _ in range(FILES):
        world.add()
    await music.scan()
    for at in range(STEPS):
        await world.step()
        if at % 6 == 5:
            await world.settle()
    await world.settle()
    await world.take_all_back()
    await enriching_at_rest(database)
    assert await world.study.values() == {}
    assert {row.title for row in await world.here() if row.album_id is not None} == world.tagged()
