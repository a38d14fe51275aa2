"""`musicFolderId`, wherever it may be sent: which music is shown, and to whom."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from mcma.services.callers import SYSTEM
from mcma_plugins.values import LibraryView
from tests.support.audio import make_audio
from tests.support.oddities import scanned
from tests.support.rest import App, app_of
from tests.support.server import Server

pytestmark = pytest.mark.anyio

TAKES: list[tuple[str, dict[str, Any]]] = [
    ("getIndexes", {}),
    ("getArtists", {}),
    ("getArtist", {"id": "of both"}),
    ("getGenres", {}),
    ("getAlbumList", {"type": "alphabeticalByName", "size": 500}),
    ("getAlbumList2", {"type": "byYear", "fromYear": 0, "toYear": 3000, "size": 500}),
    ("getAlbumList2", {"type": "byGenre", "genre": "Shared"}),
    ("getRandomSongs", {"size": 500}),
    ("getSongsByGenre", {"genre": "Shared"}),
    ("getStarred", {}),
    ("getStarred2", {}),
    ("search", {"any": "shared"}),
    ("search2", {"query": "shared"}),
    ("search3", {"query": '""', "songCount": 500}),
]


@dataclass
class Folders:
    """Two that the user sees, with one song each of the same artist, and one that only administrators see."""

    user: App
    admin: App
    numbers: tuple[int, int]
    hidden: int
    artist: str

    def query(self, params: dict[str, Any]) -> dict[str, Any]:
        return {key: self.artist if value == "of both" else value for key, value in params.items()}


@pytest.fixture(scope="module")
async def folders(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Folders]:
    root, made = tmp_path_factory.mktemp("folders"), list[LibraryView]()
    for name in ("Red", "Blue", "Hidden"):
        tags = {"title": f"{name} shared", "artist": "Both", "album": f"{name} album", "genre": "Shared",
                "date": "1990"}  # fmt: skip
        make_audio(root / name / "song.flac", fmt="flac", seconds=0.3, freq=900 + len(made), tags=tags)
        made.append(await server.core.services.libraries.add(SYSTEM, root / name, name))
        await scanned(server, made[-1].id)
    assert server.user.caller is not None
    access = server.core.services.library_access
    await access.withdraw(SYSTEM, made[2].id, server.user.caller.user_id)
    user, admin = await app_of(server, server.user, "folders"), await app_of(server, server.admin, "folders")
    [artist] = (await user.ask("search3", query="both", songCount=0, albumCount=0))["artist"]
    for app in (user, admin):
        found = await app.ask("search3", query="shared", songCount=500)
        await app.ask("star", id=[song["id"] for song in found["song"]])
    red, blue, hidden = (one.number for one in made)
    yield Folders(user, admin, (red, blue), hidden, artist["id"])


def shown(content: Any) -> set[str]:
    """Which folders' music is in an answer: a genre and an artist of both say it by their numbers."""
    text = json.dumps(content)
    return {name for name in ("Red", "Blue", "Hidden") if f"{name} shared" in text or f"{name} album" in text}


@pytest.mark.parametrize(("method", "params"), TAKES, ids=str)
async def test_what_is_shown(folders: Folders, method: str, params: dict[str, Any]) -> None:
    app, query, (red, blue) = folders.user, folders.query(params), folders.numbers
    everything = [await app.ask(method, **query, musicFolderId=value) for value in ("0", "", ["0", red])]
    everything.append(await app.ask(method, **query))
    assert len({frozenset(shown(each)) for each in everything}) == 1
    one = await app.ask(method, **query, musicFolderId=red)
    both = await app.ask(method, **query, musicFolderId=[blue, red, red])
    if method in ("getIndexes", "getArtists", "getGenres"):
        assert "Ann Ash" not in json.dumps([one, both])
        assert "Folk" not in json.dumps([one, both])
        assert "Both" in json.dumps(one) or "Shared" in json.dumps(one)
    else:
        assert (shown(one), shown(both)) == ({"Red"}, {"Red", "Blue"})
        assert shown(everything[0]) == {"Red", "Blue"}


@pytest.mark.parametrize(("method", "params"), TAKES, ids=str)
async def test_what_one_may_not_see_is_unknown(folders: Folders, method: str, params: dict[str, Any]) -> None:
    query, red = folders.query(params), folders.numbers[0]
    wrong: list[Any] = [folders.hidden, 99, -1, "x", "1e3", 2**70, [red, folders.hidden], [red, "x"]]
    words = {await folders.user.refused(method, 70, **query, musicFolderId=value) for value in wrong}
    assert len(words) == 1
    await folders.admin.ask(method, **query, musicFolderId=folders.hidden)


async def test_counts_are_those_of_the_folders(folders: Folders) -> None:
    red, blue = folders.numbers
    for sent, count in ((red, 1), ([red, blue], 2), (0, 2)):
        [genre] = [one for one in (await folders.user.ask("getGenres", musicFolderId=sent))["genre"]
                   if one["value"] == "Shared"]  # fmt: skip
        assert (genre["songCount"], genre["albumCount"]) == (count, count)
        artist = await folders.user.ask("getArtist", id=folders.artist, musicFolderId=sent)
        listed = await folders.user.ask("getArtists", musicFolderId=sent)
        [counted] = [one for index in listed["index"] for one in index["artist"] if one["name"] == "Both"]
        assert artist["albumCount"] == counted["albumCount"] == len(artist["album"]) == count


async def test_folders_as_directories(folders: Folders) -> None:
    numbers = {one["id"] for one in (await folders.user.ask("getMusicFolders"))["musicFolder"]}
    assert set(folders.numbers) <= numbers
    assert folders.hidden not in numbers
    await folders.user.refused("getMusicDirectory", 70, id=folders.hidden)
    [child] = (await folders.user.ask("getMusicDirectory", id=folders.numbers[0]))["child"]
    assert child["id"] == folders.artist


async def test_forty_thousand_folders_are_one_answer(folders: Folders) -> None:
    await folders.user.refused("getArtists", 70, musicFolderId=list(range(1, 40_000)))
