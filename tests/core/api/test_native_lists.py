"""Artists, albums, tracks, genres and search over the native API."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio


async def all_pages(person: Person, path: str, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        asked = {**params, **({"cursor": cursor} if cursor else {})}
        page = await person.get(path, params=asked)
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


async def named(person: Person, path: str, **params: Any) -> list[str]:
    return [one.get("title") or one["name"] for one in (await person.get(path, params=params))["items"]]


async def test_tracks_are_listed_with_all_they_have(server: Server) -> None:
    page = await server.user.get("/api/v1/tracks")
    first = page["items"][0]
    assert [one["title"] for one in page["items"]] == ["Song 1", "Song 2", "Song 3", "Tune 1", "Tune 2"]
    assert page["next"] is None
    assert (first["artist"], first["album"], first["year"], first["suffix"]) == (
        "Ann Ash",
        "First",
        1999,
        "flac",
    )
    assert first["user"] == {"liked_at": None, "rating": None, "play_count": 0, "last_played_at": None}
    assert first["created_at"].endswith("Z")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"genre": "FOLK"}, ["Song 1", "Song 2", "Song 3"]),
        ({"from_year": 2000}, ["Tune 1", "Tune 2"]),
        ({"to_year": 1999, "sort": "-title"}, ["Song 3", "Song 2", "Song 1"]),
        ({"q": "tune"}, ["Tune 1", "Tune 2"]),
        ({"decade": 1990, "to_year": 2020}, ["Song 1", "Song 2", "Song 3"]),
        ({"genre": ["folk", "jazz"], "suffix": "mp3"}, ["Tune 1", "Tune 2"]),
        ({"lossless": True, "has_cover": True}, ["Song 1", "Song 2", "Song 3"]),
        ({"has_lyrics": False}, ["Tune 1", "Tune 2"]),
        ({"played": True}, []),
        ({"missing": True}, []),
        ({"added_since": "2100-01-01T00:00:00Z"}, []),
        ({"sort": "-year", "max_duration_ms": 0}, []),
        ({"liked": True}, []),
        ({"status": "manual"}, []),
        ({"library_id": str(uuid4())}, []),
        ({"artist_id": str(uuid4())}, []),
        ({"album_id": str(uuid4())}, []),
        ({"unknown": "parameters are ignored", "limit": 2}, ["Song 1", "Song 2"]),
    ],
)
async def test_tracks_are_filtered_and_sorted(
    server: Server, params: dict[str, Any], expected: list[str]
) -> None:
    assert await named(server.user, "/api/v1/tracks", **params) == expected


@pytest.mark.parametrize("path", ["tracks", "albums", "artists", "genres"])
async def test_pages_fit_together(server: Server, path: str) -> None:
    whole = await all_pages(server.user, f"/api/v1/{path}", limit=500)
    assert len(whole) > 1
    assert await all_pages(server.user, f"/api/v1/{path}", limit=1) == whole
    backwards = await all_pages(
        server.user, f"/api/v1/{path}", limit=1, sort="-name" if path == "genres" else "-title"
    )
    assert backwards == whole[::-1]


async def test_the_next_page_is_a_link_too(server: Server) -> None:
    answer = await server.user.ask("GET", "/api/v1/tracks", params={"limit": 2, "q": "song é&"})
    assert "link" not in answer.headers
    answer = await server.user.ask("GET", "/api/v1/tracks", params={"limit": 2, "genre": "folk"})
    link = answer.headers["link"]
    assert link.endswith('>; rel="next"')
    following = await server.user.get(link[1:].partition(">")[0])
    assert [one["title"] for one in following["items"]] == ["Song 3"]


@pytest.mark.parametrize("path", ["tracks", "albums", "artists", "genres", "jobs"])
@pytest.mark.parametrize("cursor", ["x", "WyJ0aXRsZSJd", "bnVsbA", "é", "W10", "!" * 3000])
async def test_a_cursor_of_something_else_is_refused(server: Server, path: str, cursor: str) -> None:
    problem = await server.user.get(f"/api/v1/{path}", 422, params={"cursor": cursor})
    assert problem["code"] == "invalid_input"


async def test_a_cursor_belongs_to_its_sort(server: Server) -> None:
    cursor = (await server.user.get("/api/v1/genres", params={"limit": 1}))["next"]
    await server.user.get("/api/v1/genres", 422, params={"cursor": cursor, "sort": "songs"})


async def test_one_track(server: Server) -> None:
    first = (await server.user.get("/api/v1/tracks"))["items"][0]
    assert await server.user.get(f"/api/v1/tracks/{first['id']}") == {**first, "provenance": {}}


async def test_albums_and_their_tracks(server: Server) -> None:
    first, second = (await server.user.get("/api/v1/albums"))["items"]
    assert (first["title"], first["song_count"], second["artist"]) == ("First", 3, "Bob Birch")
    assert await server.user.get(f"/api/v1/albums/{first['id']}") == first
    tracks = (await server.user.get(f"/api/v1/albums/{first['id']}/tracks"))["items"]
    assert [one["track"] for one in tracks] == [1, 2, 3]
    assert await named(server.user, "/api/v1/albums", genre="jazz", sort="-year") == ["Second"]
    assert await named(server.user, "/api/v1/tracks", album_id=first["id"], sort="-album") == [
        "Song 3", "Song 2", "Song 1"
    ]  # fmt: skip


async def test_artists_and_their_albums(server: Server) -> None:
    ann, bob = (await server.user.get("/api/v1/artists"))["items"]
    assert (ann["name"], ann["album_count"], bob["song_count"]) == ("Ann Ash", 1, 2)
    assert await server.user.get(f"/api/v1/artists/{ann['id']}") == ann
    assert await named(server.user, f"/api/v1/artists/{ann['id']}/albums") == ["First"]
    assert await named(server.user, "/api/v1/albums", artist_id=bob["id"]) == ["Second"]
    for words in ("bo", "birch", "BIR bob", "Bob Birch"):
        assert await named(server.user, "/api/v1/artists", q=words) == ["Bob Birch"]
    await server.admin.patch(f"/api/v1/artists/{ann['id']}", {"aliases": [{"name": "P!nk Panther"}]})
    for words in ("p!nk", "panth pink", "ash"):
        assert await named(server.user, "/api/v1/artists", q=words) == ["Ann Ash"]
    assert await named(server.user, "/api/v1/artists", q="ash birch") == []
    assert await named(server.user, "/api/v1/artists", q="b", role="album_artist") == ["Bob Birch"]


async def test_an_artist_is_heard_on_albums_of_others(server: Server) -> None:
    ann = (await server.user.get("/api/v1/artists", params={"q": "ann"}))["items"][0]["id"]
    assert await named(server.user, f"/api/v1/artists/{ann}/albums", appears_on=True) == ["Second"]
    assert await named(server.user, f"/api/v1/artists/{ann}/albums", role="composer") == ["Second"]
    assert await named(server.user, f"/api/v1/artists/{ann}/tracks", role="composer") == ["Tune 1"]
    everything = ["Song 1", "Song 2", "Song 3", "Tune 1"]
    assert await named(server.user, f"/api/v1/artists/{ann}/tracks") == everything
    assert await named(server.user, "/api/v1/artists", role="composer") == ["Ann Ash"]
    await server.user.get(f"/api/v1/artists/{uuid4()}/tracks", 404)


async def test_labels_and_their_albums(server: Server) -> None:
    [label] = (await server.user.get("/api/v1/labels", params={"q": "little"}))["items"]
    assert (label["name"], label["album_count"]) == ("Little Records", 1)
    assert await server.user.get(f"/api/v1/labels/{label['id']}") == label
    assert await named(server.user, f"/api/v1/labels/{label['id']}/albums") == ["Second"]
    assert await named(server.user, f"/api/v1/labels/{label['id']}/albums", genre="folk") == []
    assert await named(server.user, "/api/v1/albums", label="LITTLE records") == ["Second"]
    assert await named(server.user, "/api/v1/labels", sort="-albums", q="big") == []
    await server.user.get(f"/api/v1/labels/{uuid4()}/albums", 404)


async def test_lists_are_counted_when_asked(server: Server) -> None:
    page = await server.user.get("/api/v1/tracks", params={"count": True, "limit": 1, "genre": "folk"})
    assert page["count"] == {"total": 3, "exact": True}
    assert "count" not in await server.user.get("/api/v1/albums")


async def test_a_seed_keeps_its_order(server: Server) -> None:
    wanted = {"sort": "random", "seed": 7, "limit": 500}
    first = await named(server.user, "/api/v1/tracks", **wanted)
    assert sorted(first) == ["Song 1", "Song 2", "Song 3", "Tune 1", "Tune 2"]
    assert await named(server.user, "/api/v1/tracks", **wanted) == first


async def test_genres_are_counted_and_sorted(server: Server) -> None:
    found = (await server.user.get("/api/v1/genres"))["items"]
    assert [(one["name"], one["song_count"], one["album_count"]) for one in found] == [
        ("Folk", 3, 1), ("Jazz", 2, 1)
    ]  # fmt: skip
    assert await named(server.user, "/api/v1/genres", sort="songs") == ["Jazz", "Folk"]
    assert await named(server.user, "/api/v1/genres", q="ja") == ["Jazz"]
    assert await named(server.user, "/api/v1/genres", library_id=server.library, limit=1) == ["Folk"]


async def test_search_finds_each_kind(server: Server) -> None:
    found = await server.user.get("/api/v1/search", params={"q": "ann"})
    assert [one["name"] for one in found["artists"]] == ["Ann Ash"]
    assert [one["title"] for one in found["albums"]] == ["First"]
    assert {one["title"] for one in found["tracks"]} == {"Song 1", "Song 2", "Song 3"}


async def test_search_narrows(server: Server) -> None:
    found = await server.user.get(
        "/api/v1/search", params={"q": "tune", "kind": "track", "limit": 1, "offset": 1}
    )
    assert (found["artists"], found["albums"], len(found["tracks"])) == ([], [], 1)
    elsewhere = await server.user.get("/api/v1/search", params={"q": "tune", "library_id": str(uuid4())})
    assert elsewhere == {"artists": [], "albums": [], "tracks": []}
    await server.user.get("/api/v1/search", 422)


@pytest.mark.parametrize(
    "path",
    [
        "tracks/{}",
        "labels/{}",
        "albums/{}",
        "albums/{}/tracks",
        "artists/{}",
        "artists/{}/albums",
        "tracks/{}/lyrics",
    ],
)
async def test_what_is_not_there(server: Server, path: str) -> None:
    problem = await server.user.get(f"/api/v1/{path.format(uuid4())}", 404)
    assert problem["code"] == "not_found"
    await server.user.get(f"/api/v1/{path.format('no-uuid')}", 422)


async def test_a_library_without_access_does_not_exist(server: Server) -> None:
    outsider = await server.person("outsider")
    assert outsider.caller is not None
    album = (await server.user.get("/api/v1/albums"))["items"][0]
    await server.admin.patch(f"/api/v1/users/{outsider.caller.user_id}", {"libraries": []})
    assert await named(outsider, "/api/v1/tracks") == []
    await outsider.get(f"/api/v1/albums/{album['id']}", 404)
    await outsider.get(f"/api/v1/albums/{album['id']}/cover", 404)
    await outsider.get(f"/api/v1/libraries/{server.library}", 404)
    await outsider.put(f"/api/v1/likes/album/{album['id']}", status=404)


async def test_lyrics(server: Server) -> None:
    first = (await server.user.get("/api/v1/tracks"))["items"][0]
    [lyrics] = (await server.user.get(f"/api/v1/tracks/{first['id']}/lyrics"))["items"]
    assert [one["text"] for one in lyrics["lines"]] == ["one line", "another"]
    assert not lyrics["synced"]
