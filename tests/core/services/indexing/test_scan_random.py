"""Any sequence of what people do to files, with a scan now and then: what must hold, holds."""

import random
import shutil
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from tests.support.catalogue_truth import check
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio

FOLDERS = ("a", "b", "b/CD1", "c")
ARTISTS = ("Anna", "Ánna", "Berta", "Anna feat. Clara", "Dora")
ALBUMS = ("First", "Second", None)


class Person:
    """Does things to files, and knows which sound lies where."""

    def __init__(self, music: Music, seed: int) -> None:
        self.music = music
        self.chance = random.Random(seed)
        self.places: dict[int, str] = {}
        self.away: dict[int, str] = {}
        self.made = 0
        self.shelf = music.root.parent / "shelf"
        self.shelf.mkdir()

    def act(self) -> None:
        ways: list[Callable[[], None]] = [
            self.create,
            self.create,
            self.move,
            self.retag,
            self.hide,
            self.restore,
        ]
        self.chance.choice(ways)()

    def create(self) -> None:
        self.made += 1
        path = self._free()
        self.places[self.made] = path
        self.music.put(path, sound=self.made, title=f"t{self.made}", **self._tags())

    def move(self) -> None:
        if self.places:
            sound, path = self._any()
            self.places[sound] = self._free()
            self.music.move(path, self.places[sound])

    def retag(self) -> None:
        if self.places:
            _, path = self._any()
            self.music.retag(
                path, **{**dict.fromkeys(("albumartist", "compilation", "album")), **self._tags()}
            )

    def hide(self) -> None:
        if self.places:
            sound, path = self._any()
            self.away[sound] = self.places.pop(sound)
            shutil.move(self.music.root / path, self.shelf / str(sound))

    def restore(self) -> None:
        if self.away:
            sound = self.chance.choice(sorted(self.away))
            path = self.away.pop(sound)
            if path in self.places.values():
                path = self._free()
            (self.music.root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self.shelf / str(sound), self.music.root / path)
            self.places[sound] = path

    def _any(self) -> tuple[int, str]:
        return self.chance.choice(sorted(self.places.items()))

    def _free(self) -> str:
        taken = set(self.places.values())
        while (path := f"{self.chance.choice(FOLDERS)}/{self.chance.randint(1, 40):02d}.mp3") in taken:
            pass
        return path

    def _tags(self) -> dict[str, Any]:
        tags: dict[str, Any] = {
            "artist": self.chance.choice(ARTISTS),
            "tracknumber": self.chance.randint(1, 5),
            "genre": self.chance.choice(("Rock", "Pop")),
        }
        if album := self.chance.choice(ALBUMS):
            tags["album"] = album
        if self.chance.random() < 0.3:
            tags["albumartist"] = self.chance.choice(ARTISTS)
        if self.chance.random() < 0.1:
            tags["compilation"] = True
        return tags


@pytest.mark.parametrize(("engine_name", "seed"), [*(("sqlite", n) for n in range(4)), ("postgresql", 9)],
                         indirect=["engine_name"])  # fmt: skip
async def test_what_must_hold_holds(music: Music, seed: int) -> None:
    person = Person(music, seed)
    ids: dict[int, UUID] = {}
    for _ in range(4):
        person.create()
    for _ in range(8):
        await music.scan()
        await check(music.database)
        await _ids_are_stable(music, person, ids)
        for _ in range(person.chance.randint(1, 6)):
            person.act()
            if not person.places:
                person.create()
    await music.scan()


async def _ids_are_stable(music: Music, person: Person, ids: dict[int, UUID]) -> None:
    places = {row.path_display: row.track_id for row in await music.files() if row.missing_since is None}
    for sound, path in person.places.items():
        assert ids.setdefault(sound, places[path]) == places[path], path
    assert len(set(ids.values())) == len(ids)
