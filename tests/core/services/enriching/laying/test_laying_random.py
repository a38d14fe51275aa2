"""Whatever is laid, taken back, said, retagged and scanned in any order: what counts is the fold of what is
in force, and what a person said is never changed."""

from random import Random
from typing import Any
from uuid import UUID

import pytest

from mcma.domain.layering import layered
from mcma.services.callers import SYSTEM
from mcma.services.catalogue.edits import Edits
from mcma.services.enriching.subjects import Subject, subjects_of
from mcma.store.tables.catalogue import tracks
from mcma_plugins.ids import TrackId
from tests.support.laying import Laying, mbid
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio

VALUES: dict[str, list[Any]] = {
    "title": ["x", "y"],
    "album": ["Album", "Other"],
    "release_mbid": [mbid(1), mbid(2)],
    "artists": [[{"name": "Band", "mbid": mbid(7)}], [{"name": "Band", "join": " & "}, {"name": "Guest"}]],
    "genres": [["Jazz"], ["Rock", "Soul"]],
    "date": ["1997-01-02", "2001"],
    "comment": ["said"],
}
SAID: dict[str, list[Any]] = {
    "title": ["mine"],
    "genres": [["Mine"], []],
    "album": ["Mine"],
    "comment": ["my word"],
}


class World:
    """The model: what is in force, by track and enricher, and what the person said."""

    def __init__(self, music: Music, random: Random) -> None:
        self.music, self.random = music, random
        self.edits = Edits(music.database, lambda hook, event: None)
        self.layings = [Laying(music.database, name) for name in ("a", "b")]
        self.laid: list[tuple[Laying, Any, Any]] = []
        self.stacks: dict[tuple[UUID, str], list[tuple[UUID, dict[str, Any]]]] = {}
        self.said: dict[UUID, dict[str, Any]] = {}

    async def rows(self) -> list[Any]:
        return await self.music.rows(tracks, tracks.c.deleted_at.is_(None))

    async def lay(self) -> None:
        laying = self.random.choice(self.layings)
        rows = await self.rows()
        album = self.random.choice(rows).album_id
        on_it = [row for row in rows if row.album_id == album]
        named = [row for row in on_it if self.random.random() < 0.8]
        told = {row.id: {n: self.random.choice(v) for n, v in VALUES.items() if self.random.random() < 0.5}
                for row in named}  # fmt: skip
        candidate = laying.candidate(album, told)
        done = await laying.lay(candidate)
        for row in on_it:
            stack = self.stacks.setdefault((row.id, laying.enricher), [])
            below = stack[-1][1] if stack else {}
            if row.metadata_status != "manual" and (told.get(row.id) or below):
                stack.append((candidate.id, told.get(row.id, {})))
        self.laid.append((laying, candidate, done.before))

    async def undo(self) -> None:
        """The latest of an album and enricher that is left."""
        if not self.laid:
            return
        _, chosen, _ = self.random.choice(self.laid)
        at = max(n for n, one in enumerate(self.laid) if _same(one[1], chosen))
        laying, candidate, before = self.laid.pop(at)
        await laying.lift(candidate, before)
        for stack in self.stacks.values():
            stack[:] = [one for one in stack if one[0] != candidate.id]

    async def edit(self) -> None:
        row = self.random.choice(await self.rows())
        name = self.random.choice(list(SAID))
        value = self.random.choice([*SAID[name], None])
        only = self.random.random() < 0.7
        await self.edits.edit_track(SYSTEM, TrackId(row.id), {name: value}, only_fields=only)
        mine = self.said.setdefault(row.id, {})
        mine.pop(name, None)
        if value is not None:
            mine[name] = value

    async def turn(self) -> None:
        row = self.random.choice(await self.rows())
        await self.random.choice([self.edits.take, self.edits.release])(SYSTEM, TrackId(row.id))

    async def scan(self) -> None:
        path = self.random.choice(["a/01 One.mp3", "a/02 Two.mp3", "a/03 Three.mp3"])
        self.music.retag(
            path, date=self.random.choice(["1997", "1998"]), genre=self.random.choice(["Folk", None])
        )
        await self.music.scan(full=self.random.random() < 0.3)

    async def check(self) -> None:
        for row in await self.rows():
            async with self.music.database.read() as connection:
                subject: Subject = (await subjects_of(connection, [row.id], "person"))[row.id]
            expected = {f"plugin:{name}": stack[-1][1] for (track, name), stack in self.stacks.items()
                        if track == row.id and stack and stack[-1][1]}  # fmt: skip
            said = {origin: {n: v for n, v in values.items() if n != "metadata_status"}
                    for origin, values in subject.said.items()}  # fmt: skip
            mine = self.said.get(row.id)
            assert {o: v for o, v in said.items() if v} == expected | ({"person": mine} if mine else {})
            what = layered(subject.tags, said, subject.layering)
            assert (row.title, row.date, row.comment) == (what.tags.title, what.tags.date, what.tags.comment)
            assert (row.details or {}).get("genres", []) == list(what.tags.genres)
            assert (row.provenance or {}) == {
                **dict.fromkeys(what.tags.from_name, "file_name"), **what.origins,
            }  # fmt: skip


def _same(one: Any, other: Any) -> bool:
    return (one.item, one.enricher) == (other.item, other.enricher)


@pytest.mark.parametrize("seed", range(2))
async def test_any_order_of_words(music: Music, seed: int) -> None:
    music.album("a", "One Two Three", artist="Band", album="Album", albumartist="Band", date="1997")
    await music.scan()
    random = Random(seed)
    world = World(music, random)
    steps = [world.lay, world.lay, world.lay, world.undo, world.edit, world.turn, world.scan]
    for _ in range(14):
        await random.choice(steps)()
        await world.check()
    while world.laid:
        await world.undo()
    await world.check()
    assert not any(world.stacks.values())
