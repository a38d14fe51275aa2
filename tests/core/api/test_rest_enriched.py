"""What an enricher said, as Subsonic apps, clients of the native API and copies have it."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from tests.support.laying import Laying, mbid
from tests.support.replica import Replica
from tests.support.rest import app_of
from tests.support.server import Server, serving

pytestmark = pytest.mark.anyio
ANN = {"name": "Ann Ash", "mbid": mbid(7), "sort_name": "Ash, Ann"}
RELEASE = {
    "album": "First", "sort_album": "First, The", "album_version": "Remaster", "album_artists": [ANN],
    "artists": [ANN], "original_date": "1969-09-26", "release_types": ["album", "live"],
    "labels": ["Little Records", "Big"], "catalog_numbers": ["LR 1", "B-2"],
    "release_mbid": mbid(1), "disc": 1, "disc_title": "At home",
    "compilation": True, "genres": ["Jazz"],
}  # fmt: skip
COPIED = ("labels", "catalog_numbers", "release_types", "disc_titles", "mbid", "original_date")


@pytest.fixture
async def server(tmp_path: Path, database_url: str) -> AsyncIterator[Server]:
    async with serving(tmp_path, database_url) as made:
        yield made


async def test_what_was_laid_over_the_tags_is_told_everywhere(server: Server) -> None:
    user = server.user
    assert user.caller is not None
    replica = Replica(server.core.services.sync, user.caller)
    await replica.begin()
    songs = (await user.get("/api/v1/tracks", params={"q": "Song"}))["items"]
    laying = Laying(server.database)
    told = {UUID(one["id"]): {"title": f"{one['title']} (live)", "recording_mbid": mbid(100 + one["track"]),
                              "work": "Songs, op. 1"}
            for one in songs}  # fmt: skip
    about = {mbid(7): {"name": "Ann Ash", "sort_name": "Ash, Ann", "disambiguation": "the one with a cat"}}
    album_id = UUID(songs[0]["album_id"])
    candidate = laying.candidate(album_id, told, fields=RELEASE, artists=about)
    laid = await laying.lay(candidate)

    app = await app_of(server, user)
    [found] = [
        one for one in (await app.ask("getAlbumList2", type="newest"))["album"] if one["songCount"] == 3
    ]
    album = await app.ask("getAlbum", id=found["id"])
    names = ("sortName", "musicBrainzId", "version", "originalReleaseDate", "releaseDate", "releaseTypes",
             "discTitles", "recordLabels", "isCompilation", "year", "genres")  # fmt: skip
    assert [album[name] for name in names] == [
        "First, The", mbid(1), "Remaster", {"year": 1969, "month": 9, "day": 26},
        {"year": 1999, "month": 5, "day": 1}, ["album", "live"], [{"disc": 1, "title": "At home"}],
        [{"name": "Little Records"}, {"name": "Big"}], True, 1969, [{"name": "Folk"}],
    ]  # fmt: skip
    assert {name: found[name] for name in names} == {name: album[name] for name in names}
    song = await app.ask("getSong", id=album["song"][0]["id"])
    assert (song["title"], song["musicBrainzId"]) == ("Song 1 (live)", mbid(101))
    assert (song["works"], song["movements"]) == ([{"name": "Songs, op. 1"}], [])
    artist = await app.ask("getArtist", id=album["artistId"])
    assert (artist["name"], artist["sortName"], artist["musicBrainzId"]) == ("Ann Ash", "Ash, Ann", mbid(7))

    assert artist["disambiguation"] == "the one with a cat"
    assert artist["roles"] == ["albumartist", "artist", "composer"]
    listed = await app.ask("getArtists")
    shown = {one["name"]: one["roles"] for index in listed["index"] for one in index["artist"]}
    assert shown == {"Ann Ash": artist["roles"], "Bob Birch": ["albumartist", "artist"]}
    album = await user.get(f"/api/v1/albums/{album_id}")
    assert (album["labels"], album["catalog_numbers"]) == (["Little Records", "Big"], ["LR 1", "B-2"])
    [label] = [one for one in (await user.get("/api/v1/labels"))["items"] if one["name"] == "Big"]
    listed = (await user.get(f"/api/v1/labels/{label['id']}/albums"))["items"]
    assert [one["catalog_numbers"] for one in listed] == [["LR 1", "B-2"]]
    [ann] = (await user.get("/api/v1/artists", params={"q": "Ash, Ann"}))["items"]
    assert ann["roles"] == ["artist", "composer"]
    assert (ann["disambiguation"], ann["mbid"]) == ("the one with a cat", mbid(7))
    await replica.follow()
    assert replica.of("artist@1")[ann["id"]]["disambiguation"] == "the one with a cat"
    copy = replica.of("album@1")[str(album_id)]
    assert {name: copy[name] for name in COPIED} == {name: album[name] for name in COPIED}
    assert (await user.get(f"/api/v1/tracks/{songs[0]['id']}"))["work"] == "Songs, op. 1"
    await laying.lift(candidate, laid.before)
    assert (await user.get(f"/api/v1/artists/{ann['id']}"))["disambiguation"] is None
    album = await app.ask("getAlbum", id=found["id"])
    assert (album["originalReleaseDate"], album["recordLabels"], album["isCompilation"]) == ({}, [], False)
    await replica.follow()
    await replica.agrees()
    assert replica.of("artist@1")[ann["id"]]["disambiguation"] is None
