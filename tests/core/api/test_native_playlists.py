"""Playlists over the native API."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio


async def track_ids(server: Server) -> list[str]:
    return [one["id"] for one in (await server.user.get("/api/v1/tracks"))["items"]]


async def made(server: Server, *tracks: str, **more: Any) -> str:
    body = {"name": "Mine", "track_ids": list(tracks), **more}
    answer = await server.user.ask("POST", "/api/v1/playlists", 201, json=body)
    assert answer.headers["location"] == f"/api/v1/playlists/{answer.json()['id']}"
    return answer.headers["location"]


async def rows(person: Person, path: str) -> list[tuple[str, str]]:
    return [(one["id"], one["track"]["id"]) for one in (await person.get(f"{path}/items"))["items"]]


async def order(person: Person, path: str) -> list[str]:
    return [track for _, track in await rows(person, path)]


async def test_a_playlist_is_made_changed_and_deleted(server: Server) -> None:
    first, second, *_ = await track_ids(server)
    path = await made(server, first, str(uuid4()), second, comment="so", public=True)
    shown = await server.user.get(path)
    assert (shown["name"], shown["comment"], shown["public"], shown["song_count"]) == ("Mine", "so", True, 2)
    assert await order(server.user, path) == [first, second]
    changed = await server.user.patch(path, {"name": "Ours", "public": False, "rev": shown["rev"]})
    assert (changed["name"], changed["comment"], changed["public"]) == ("Ours", "so", False)
    await server.user.patch(path, {"name": "Late", "rev": shown["rev"]}, 409)
    await server.user.delete(path, 409, params={"rev": shown["rev"]})
    await server.user.delete(path, params={"rev": changed["rev"]})
    await server.user.get(path, 404)


async def test_rows_are_added_moved_removed_and_replaced(server: Server) -> None:
    a, b, c, d, e = await track_ids(server)
    path = await made(server, a, b)
    await server.user.post(f"{path}/items", {"track_ids": [c]})
    await server.user.post(f"{path}/items", {"track_ids": [d], "place": "start"})
    ids = {track: row for row, track in await rows(server.user, path)}
    await server.user.post(f"{path}/items", {"track_ids": [e], "after": ids[a]})
    assert await order(server.user, path) == [d, a, e, b, c]
    await server.user.post(f"{path}/items/{ids[c]}/move", {})
    await server.user.post(f"{path}/items/{ids[d]}/move", {"after": ids[b]})
    assert await order(server.user, path) == [c, a, e, b, d]
    await server.user.delete(f"{path}/items/{ids[c]}", 200)
    await server.user.post(f"{path}/items/remove", {"item_ids": [ids[a], str(uuid4())]})
    assert await order(server.user, path) == [e, b, d]
    await server.user.put(f"{path}/items", {"track_ids": [b, a]}, 200)
    assert await order(server.user, path) == [b, a]
    await server.user.post(f"{path}/items/{uuid4()}/move", {}, 404)
    await server.user.post(f"{path}/items", {"track_ids": [a], "rev": 0}, 409)


async def test_private_ones_are_nobody_elses(server: Server) -> None:
    path = await made(server)
    for ask in ("GET", "DELETE"):
        await server.admin.ask(ask, path, 404)
    await server.admin.patch(path, {"name": "x"}, 404)
    await server.admin.get(f"{path}/items", 404)
    assert path.rpartition("/")[2] not in [
        one["id"] for one in (await server.admin.get("/api/v1/playlists"))["items"]
    ]


async def test_shared_ones_are_read_by_all_and_changed_by_their_owner(server: Server) -> None:
    path, other = await made(server, public=True), await server.person("neighbour")
    assert (await other.get(path))["owner"] == "listener"
    problem = await other.patch(path, {"name": "x"}, 403)
    assert problem["code"] == "forbidden"
    mine = await other.get("/api/v1/playlists", params={"owner": "neighbour"})
    assert mine["items"] == []


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": "  "}, {"name": "a\0b"}, {"name": "x" * 201}, {"name": 5}, [], "x", None],
)
async def test_names_that_are_none(server: Server, body: Any) -> None:
    await server.user.post("/api/v1/playlists", body, 422)


async def test_unknown_fields_are_refused_by_name(server: Server) -> None:
    problem = await server.user.post("/api/v1/playlists", {"name": "x", "publik": True}, 422)
    assert "publik" in problem["detail"]


async def test_rows_with_ids_and_places(server: Server) -> None:
    a, b, c, d, e = await track_ids(server)
    path = await made(server, a, b)
    mine = str(uuid4())
    for _ in range(2):
        await server.user.post(f"{path}/items", {"items": [{"id": mine, "track_id": c}], "index": 1})
    assert await order(server.user, path) == [a, c, b]
    ids = {track: row for row, track in await rows(server.user, path)}
    assert ids[c] == mine
    await server.user.post(f"{path}/items", {"track_ids": [d], "items": [{"track_id": e}], "before": ids[b]})
    await server.user.post(f"{path}/items/move", {"item_ids": [ids[b], ids[a]], "index": 0})
    assert await order(server.user, path) == [b, a, c, d, e]
    await server.user.post(f"{path}/items", {"track_ids": [a, b], "index": 1, "after": mine}, 422)
    await server.user.post(f"{path}/items", {"items": [{"track_id": a, "position": "0"}]}, 422)
    await server.user.post(f"{path}/items", {"track_ids": [a, b, a]})
    deduped = await server.user.post(f"{path}/items/dedupe")
    assert deduped["song_count"] == 5
    cleared = await server.user.delete(f"{path}/items", 200)
    assert cleared["song_count"] == 0
    other = await made(server)
    await server.user.post(f"{other}/items", {"items": [{"id": mine, "track_id": c}]}, 409)


async def test_rows_come_in_pages(server: Server) -> None:
    tracks = await track_ids(server)
    path = await made(server, *tracks)
    first = await server.user.get(f"{path}/items", params={"limit": 3})
    rest = await server.user.get(f"{path}/items", params={"limit": 3, "cursor": first["next"]})
    assert [one["track"]["id"] for one in (*first["items"], *rest["items"])] == tracks
    assert rest["next"] is None
    positions = [one["position"] for one in first["items"]]
    assert positions == sorted(positions)
    await server.user.get(f"{path}/items", 422, params={"cursor": "WyJ4Il0"})


async def test_if_match_is_the_rev(server: Server) -> None:
    first, *_ = await track_ids(server)
    path = await made(server)
    seen = (await server.user.ask("GET", path)).headers["etag"]
    await server.user.post(f"{path}/items", {"track_ids": [first]}, headers={"if-match": seen})
    problem = await server.user.post(f"{path}/items", {"track_ids": [first]}, 409, headers={"if-match": seen})
    assert (problem["code"], "rev is" in problem["detail"]) == ("rev_conflict", True)
    await server.user.patch(path, {"name": "x"}, 409, headers={"if-match": seen})
    await server.user.patch(path, {"name": "x"}, headers={"if-match": "*"})
    await server.user.patch(path, {"name": "x"}, 422, headers={"if-match": "W/nonsense"})
    await server.user.delete(path, 409, headers={"if-match": seen})


async def test_a_copy_a_cover_and_a_second_thought(server: Server) -> None:
    listed = (await server.user.get("/api/v1/tracks"))["items"]
    covered = next(one for one in listed if one["artwork_id"])
    path = await made(server, covered["id"], public=True)
    changed = await server.user.patch(path, {"cover": {"kind": "album", "id": covered["album_id"]}})
    assert changed["artwork_id"] is not None
    back = await server.user.patch(path, {"cover": {"kind": "playlist", "id": changed["id"]}})
    assert back["artwork_id"] is None
    await server.user.patch(path, {"cover": {"kind": "album", "id": str(uuid4())}}, 404)
    copy = await server.admin.post(f"{path}/duplicate", {"name": "My own"}, 201)
    assert (copy["name"], copy["owner"], copy["public"], copy["song_count"]) == ("My own", "boss", False, 1)
    await server.user.delete(path)
    gone = (await server.user.get("/api/v1/playlists", params={"deleted": True}))["items"]
    assert changed["id"] in [one["id"] for one in gone]
    await server.admin.post(f"{path}/restore", None, 404)
    assert (await server.user.post(f"{path}/restore"))["song_count"] == 1
    await server.user.get(path)


async def test_a_file_becomes_a_playlist_and_a_file_again(server: Server) -> None:
    text = "#EXTM3U\n#PLAYLIST:Sunday\nAnn/1.flac\n#EXTINF:60,Nobody - Nothing\nsome/where.mp3\n"
    answer = await server.user.ask("POST", "/api/v1/playlists/import", 201, content=text.encode())
    report, path = answer.json(), answer.headers["location"]
    assert (report["playlist"]["name"], report["entries"], report["matched"]) == ("Sunday", 2, 1)
    assert report["unmatched"][0]["title"] == "Nothing"
    first, second = (await server.user.get(f"{path}/items"))["items"]
    assert (first["track"]["path"], first["claim"]["match_method"]) == ("Ann/1.flac", "path")
    assert (second["track"], second["claim"]["artists"]) == (None, ["Nobody"])
    tune = (await server.user.get("/api/v1/tracks", params={"q": "tune 1"}))["items"][0]["id"]
    decided = await server.user.put(f"{path}/items/{second['id']}/track", {"track_id": tune}, 200)
    assert decided["song_count"] == 2
    await server.user.put(f"{path}/items/{second['id']}/track", {"track_id": str(uuid4())}, 404)
    await server.user.post(f"{path}/items", {"track_ids": [tune]})
    third = (await server.user.get(f"{path}/items"))["items"][2]
    await server.user.put(f"{path}/items/{third['id']}/track", {"track_id": tune}, 404)
    exported = await server.user.ask("GET", f"{path}/export", params={"format": "m3u8"})
    assert b"\nAnn/1.flac\n" in exported.content
    assert exported.headers["content-disposition"] == "attachment; filename*=UTF-8''Sunday.m3u8"
    streamed = await server.user.ask("GET", f"{path}/export", params={"format": "xspf", "paths": "stream"})
    assert f"<location>http://test/api/v1/tracks/{tune}/stream</location>".encode() in streamed.content
    await server.user.get(f"{path}/export", 403, params={"paths": "native"})
    await server.user.get(f"{path}/export", 422, params={"format": "pls"})


async def test_a_table_with_several_playlists(server: Server) -> None:
    """As it is exported, with columns for everything: more than a usual request may have."""
    columns = ",".join(f"Column {n}" for n in range(200))
    rows = "".join(f"Song 1,Ann Ash,{name},{',' * 199}{'x' * 4000}\n" for name in ["One", "Two"] * 150)
    text = f"Track name,Artist name,Playlist name,{columns}\n,Ann Ash,One\n{rows}"
    assert len(text) > 1_048_576
    report = (await server.user.ask("POST", "/api/v1/playlists/import", 201, content=text.encode())).json()
    [other] = report["others"]
    assert (report["playlist"]["name"], report["entries"], report["skipped"]) == ("One", 150, 1)
    assert (other["playlist"]["name"], other["playlist"]["song_count"], other["others"]) == ("Two", 150, [])
    path = f"/api/v1/playlists/{other['playlist']['id']}"
    exported = await server.user.ask("GET", f"{path}/export", params={"format": "csv"})
    assert exported.headers["content-type"].startswith("text/csv")
    assert exported.text.count("Song 1,Ann Ash") == 150
    refused = await server.user.ask("POST", "/api/v1/playlists/import", 422, content=b'title,artist\nx,"y\n')
    assert "Line 2: a quote is opened and never closed" in refused.json()["detail"]


async def test_addresses_that_no_source_knows(server: Server) -> None:
    """Those that are known are in `test_native_playlist_links.py`, where there is a source."""
    for wrong in ("https://nowhere.example/playlist/1", "file:///etc/passwd", "--exec", "http://127.0.0.1/x"):
        refused = await server.user.ask("POST", "/api/v1/playlists/import/link", 422, json={"url": wrong})
        assert refused.json()["code"] == "unknown_link"
    plain = (await server.user.post("/api/v1/playlists", {"name": "Plain"}, 201))["id"]
    await server.user.post(f"/api/v1/playlists/{plain}/refresh", None, 409)
    assert (await server.user.post(f"/api/v1/playlists/{plain}/unfollow"))["origin"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 422), (b"\0\1", 422), (b"<x/>", 422), (b"a\n" * 10_001, 413), (b'title,artist\n"a,b\n', 422)],
)
async def test_files_that_are_none(server: Server, body: bytes, status: int) -> None:
    before = len((await server.user.get("/api/v1/playlists"))["items"])
    await server.user.ask("POST", "/api/v1/playlists/import", status, content=body)
    assert len((await server.user.get("/api/v1/playlists"))["items"]) == before


async def test_a_file_in_a_form(server: Server) -> None:
    """As `curl -F file=@x.m3u` and browsers send it."""
    import_ = "/api/v1/playlists/import"
    sent = {"file": ("x.m3u", b"#EXTM3U\nAnn/1.flac\n", "audio/x-mpegurl")}
    report = (await server.user.ask("POST", import_, 201, files=sent)).json()
    assert (report["playlist"]["name"], report["entries"], report["matched"]) == ("Imported", 1, 1)
    named = await server.user.ask("POST", import_, 201, files=sent, params={"name": "back"})
    assert named.json()["playlist"]["name"] == "back"
    before = len((await server.user.get("/api/v1/playlists"))["items"])
    for wrong, status in (
        ({"a": ("a.m3u", b"a\n"), "b": ("b.m3u", b"b\n")}, 422),
        ({"a": (None, b"no file")}, 422),
        ({"a": ("a.m3u", b"")}, 422),
        ({"a": ("a.m3u", bytes(16 * 1024 * 1024))}, 413),
    ):
        await server.user.ask("POST", import_, status, files=wrong)
    assert len((await server.user.get("/api/v1/playlists"))["items"]) == before


FOLK: dict[str, Any] = {"all": [{"field": "genre", "op": "is", "value": "folk"}], "sort": ["-title"]}


async def test_a_smart_playlist(server: Server) -> None:
    schema = await server.user.get("/api/v1/playlists/rules/schema")
    assert "TextRule" in schema["$defs"]
    preview = await server.user.post("/api/v1/playlists/preview", {"rules": FOLK, "limit": 2})
    assert (preview["song_count"], preview["full"]) == (3, False)
    assert [one["title"] for one in preview["items"]] == ["Song 3", "Song 2"]
    body = {"name": "Folk", "rules": FOLK, "public": True}
    answer = await server.user.ask("POST", "/api/v1/playlists/smart", 201, json=body)
    path = answer.headers["location"]
    assert (answer.json()["smart"], answer.json()["song_count"]) == (True, 3)
    page = await server.user.get(f"{path}/items", params={"limit": 2})
    rest = await server.user.get(f"{path}/items", params={"limit": 2, "cursor": page["next"]})
    titles = [one["track"]["title"] for one in (*page["items"], *rest["items"])]
    assert (titles, rest["next"]) == (["Song 3", "Song 2", "Song 1"], None)
    assert (await server.user.get(f"{path}/rules"))["rules"]["sort"] == ["-title"]
    problem = await server.user.post(f"{path}/items", {"track_ids": []}, 403)
    assert problem["code"] == "smart_playlist"
    await server.admin.put(f"{path}/rules", {"rules": {**FOLK, "limit": {"count": 1}}}, 200)
    frozen = await server.user.post(f"{path}/freeze")
    assert (frozen["smart"], frozen["song_count"]) == (False, 1)
    await server.user.get(f"{path}/rules", 404)
    await server.user.put(f"{path}/rules", {"rules": FOLK}, 409)


async def test_wrong_rules_are_named(server: Server) -> None:
    wrong = {"all": [{"any": [{"field": "genre", "op": "gt", "value": "x"}]}]}
    problem = await server.user.post("/api/v1/playlists/preview", {"rules": wrong}, 422)
    assert (problem["code"], problem["detail"].startswith("all.0.group.any.0.text.op")) == ("bad_rules", True)
    deep: dict[str, Any] = {"all": []}
    for _ in range(300):
        deep = {"all": [deep]}
    await server.user.post("/api/v1/playlists/preview", {"rules": deep}, 422)


async def test_bodies_that_are_deeper_than_anything(server: Server) -> None:
    body = b'{"rules":' + b'{"all":[' * 100_000
    await server.user.ask("POST", "/api/v1/playlists/preview", 422, content=body)


async def test_a_smart_playlist_of_navidromes(server: Server) -> None:
    body = b'{"name": "Folk only", "all": [{"contains": {"genre": "folk"}}], "sort": "title", "limit": 2}'
    made = await server.user.ask("POST", "/api/v1/playlists/smart/import", 201, content=body)
    assert (made.json()["name"], made.json()["smart"], made.json()["song_count"]) == ("Folk only", True, 2)
    for wrong in (b"", b"{", b"[" * 100_000, b"5", b'{"all": [{"is": {"mood": "x"}}]}', b"\xff"):
        await server.user.ask("POST", "/api/v1/playlists/smart/import", 422, content=wrong)


async def test_rows_that_wait_for_their_track(server: Server) -> None:
    track = (await server.user.get("/api/v1/tracks"))["items"][0]
    here = {"title": track["title"], "artists": [one["name"] for one in track["artists"]],
            "album": track["album"], "duration_ms": track["duration_ms"]}  # fmt: skip
    path, row = await made(server, track["id"]), str(uuid4())
    waits = {"id": row, "claim": {"title": "Nowhere", "artists": ["Nobody"], "isrc": "us-pr3-65-07329"}}
    for _ in range(2):
        told = await server.user.post(f"{path}/items", {"items": [waits], "index": 0})
        assert told["song_count"] == 1
    await server.user.post(f"{path}/items", {"items": [{"claim": here}]})
    first, _, last = (await server.user.get(f"{path}/items"))["items"]
    assert (first["id"], first["track"], first["claim"]["isrc"]) == (row, None, "USPR36507329")
    assert (last["track"]["id"], last["claim"]["title"]) == (track["id"], track["title"])
    wrongs: list[dict[str, Any]] = [{}, {"track_id": track["id"], "claim": here}, {"claim": {}}]
    for wrong in wrongs:
        await server.user.post(f"{path}/items", {"items": [wrong]}, 422)
