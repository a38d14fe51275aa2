"""Lists of albums and songs over Subsonic mean what the specification says."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mcma.store.tables import catalogue as c
from tests.support.catalogue import Seeded, seed, set_row
from tests.support.rest import App
from tests.support.server import Server

pytestmark = pytest.mark.anyio
PLAYED = 1_700_000_000_000


class Lists:
    def __init__(self, server: Server, seeded: Seeded, app: App) -> None:
        self.server, self.seeded, self.app = server, seeded, app

    async def albums(self, kind: str, **more: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (
            await self.app.ask("getAlbumList2", **{"type": kind, "size": 500, **more})
        )["album"]
        folders = await self.app.ask("getAlbumList", **{"type": kind, "size": 500, **more})
        if kind != "random":
            assert [one["id"] for one in folders["album"]] == [one["id"] for one in found]
        return found

    def song_of(self, album: dict[str, Any]) -> str:
        ids = {f"al-{id_}": tracks for id_, tracks in self.seeded.tracks_of.items()}
        return f"tr-{ids[album['id']][0]}"


@pytest.fixture
async def lists(own_server: Server) -> AsyncIterator[Lists]:
    seeded = await seed(own_server.database, tracks=240)
    made = await own_server.core.services.app_passwords.create(seeded.user, "lists")
    yield Lists(own_server, seeded, App(own_server.nobody.client, made.secret, "lists"))


async def test_orders_of_albums(lists: Lists) -> None:
    every = await lists.albums("alphabeticalByName")
    names = [one["name"].casefold() for one in every]
    assert (len(every), names) == (20, sorted(names))
    by_artist = await lists.albums("alphabeticalByArtist")
    artists = [one["artist"].casefold() for one in by_artist]
    assert artists == sorted(artists)
    created = [one["created"] for one in await lists.albums("newest")]
    assert created == sorted(created, reverse=True)
    ids = {one["id"] for one in every}
    assert {one["id"] for one in await lists.albums("random")} == {one["id"] for one in by_artist} == ids
    pages = [await lists.albums("alphabeticalByName", size=7, offset=offset) for offset in range(0, 25, 7)]
    assert [one for page in pages for one in page] == every
    assert await lists.albums("alphabeticalByName", size=0) == []
    few = (await lists.app.ask("getAlbumList2", type="newest"))["album"]
    assert len(few) == 10, "unless asked otherwise"


async def test_years_go_both_ways(lists: Lists) -> None:
    late, old = lists.seeded.albums[:2]
    await set_row(lists.server.database, c.albums, late, year=1999)
    await set_row(lists.server.database, c.albums, old, year=None)
    every = {one["id"]: one.get("year") for one in await lists.albums("newest")}
    up = await lists.albums("byYear", fromYear=1980, toYear=1999)
    down = await lists.albums("byYear", fromYear=1999, toYear=1980)
    years = [one["year"] for one in up]
    assert years == sorted(years)
    assert [one["year"] for one in down] == sorted(years, reverse=True)
    assert {one["id"] for one in up} == {one["id"] for one in down}
    assert {one["id"] for one in up} == {id_ for id_, year in every.items() if year and 1980 <= year <= 1999}
    assert {one["year"] for one in await lists.albums("byYear", fromYear=1999, toYear=1999)} == {1999}
    assert await lists.albums("byYear", fromYear=1, toYear=2) == []
    for wrong in ({}, {"fromYear": 1990}, {"toYear": 1990}):
        await lists.app.refused("getAlbumList2", 10, type="byYear", **wrong)


async def test_genres(lists: Lists) -> None:
    found = (await lists.app.ask("getGenres"))["genre"]
    for genre in found[:4]:
        albums = await lists.albums("byGenre", genre=genre["value"])
        songs = (await lists.app.ask("getSongsByGenre", genre=genre["value"], count=500))["song"]
        assert (len(albums), len(songs)) == (genre["albumCount"], genre["songCount"])
        assert all({"name": genre["value"]} in one["genres"] for one in (*albums, *songs))
    assert await lists.albums("byGenre", genre="none of these") == []
    await lists.app.refused("getAlbumList2", 10, type="byGenre")


async def test_what_one_did_makes_lists(lists: Lists) -> None:
    for kind in ("highest", "frequent", "recent", "starred"):
        assert await lists.albums(kind) == [], "nothing was done yet"
    first, second, third, *_ = await lists.albums("alphabeticalByName")
    for album, rating in ((first, 3), (second, 5), (third, 4)):
        await lists.app.ask("setRating", id=album["id"], rating=rating)
    await lists.app.ask("setRating", id=third["id"], rating=0)
    assert [one["id"] for one in await lists.albums("highest")] == [second["id"], first["id"]]
    plays = [(first, 1), (second, 3), (second, 2), (third, 4)]
    for album, minute in plays:
        await lists.app.ask("scrobble", id=lists.song_of(album), time=PLAYED + minute * 3_600_000)
    frequent = await lists.albums("frequent")
    assert frequent[0]["id"] == second["id"]
    assert [one["playCount"] for one in frequent] == [2, 1, 1]
    recent = [one["id"] for one in await lists.albums("recent")]
    assert recent == [third["id"], second["id"], first["id"]]
    await lists.app.ask("star", albumId=[first["id"]])
    await lists.app.ask("star", id=[third["id"], lists.song_of(second)])
    starred = await lists.albums("starred")
    assert {one["id"] for one in starred} == {first["id"], third["id"]}
    assert all(one["starred"] for one in starred)
    both = await lists.app.ask("getStarred2")
    assert [one["id"] for one in both["song"]] == [lists.song_of(second)]
    assert {one["id"] for one in both["album"]} == {first["id"], third["id"]}


async def test_random_songs_in_ranges(lists: Lists) -> None:
    every = {song["id"]: song for song in (await lists.app.ask("search3", query="", songCount=500))["song"]}

    async def drawn(**asked: Any) -> set[str]:
        songs = (await lists.app.ask("getRandomSongs", size=500, **asked))["song"]
        assert len(songs) == len({song["id"] for song in songs})
        return {song["id"] for song in songs}

    def of(low: int, high: int, genre: str = "") -> set[str]:
        fitting = (song for song in every.values() if genre in ("", song["genre"]))
        return {song["id"] for song in fitting if low <= song["year"] <= high}

    assert await drawn() == set(every)
    assert await drawn(fromYear=1990) == of(1990, 9999)
    assert await drawn(toYear=1990) == of(0, 1990)
    assert await drawn(fromYear=1980, toYear=2000, genre="Rock") == of(1980, 2000, "Rock")
    assert await drawn(fromYear=2000, toYear=1980) == set()
    assert len((await lists.app.ask("getRandomSongs", size=7))["song"]) == 7
    assert len((await lists.app.ask("getRandomSongs"))["song"]) == 10


async def test_articles_are_skipped_and_said(lists: Lists) -> None:
    artist = next(id_ for id_ in lists.seeded.artists if lists.seeded.albums_of[id_])
    name = {"name": "The Ötherworld", "sort_name": "The Ötherworld"}
    await set_row(lists.server.database, c.artists, artist, **name)
    for method in ("getArtists", "getIndexes"):
        found = await lists.app.ask(method)
        assert "The" in found["ignoredArticles"].split()
        letters = {one["id"]: index["name"] for index in found["index"] for one in index["artist"]}
        assert letters[f"ar-{artist}"] == "O"
        assert list(dict.fromkeys(letters.values())) == [index["name"] for index in found["index"]]
