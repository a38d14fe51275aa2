"""A library of a few songs, and somebody who looks for some."""

from pathlib import Path

import pytest

from mcma.store.engine import Database
from mcma_plugins.values import Caller
from tests.support.catalogue import listener_of
from tests.support.scanning import Music

SONGS = (
    ("Nirvana/Nevermind/05 Lithium.mp3", "Lithium (Remastered 2011)", "Nirvana", "Nevermind"),
    ("Nirvana/Reading/01 Lithium.mp3", "Aneurysm (Live)", "Nirvana", "Live at Reading"),
    ("Kino/01.mp3", "Группа крови", "Кино", "Группа крови"),
    ("Ann/A/01 Song.mp3", "Song", "Ann", "A"),
    ("Ann/B/01 Song.mp3", "Song", "Ann", "B"),
)


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    made = await Music(database, tmp_path / "music").create()
    for place, title, artist, album in SONGS:
        made.put(place, title=title, artist=artist, album=album)
    await made.scan()
    return made


@pytest.fixture
async def user(database: Database, music: Music) -> Caller:
    return await listener_of(database, music.id)
