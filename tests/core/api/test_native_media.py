"""Streams and covers over the native API."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.server import Server

pytestmark = pytest.mark.anyio


async def a_track(server: Server, title: str = "Song 1") -> str:
    found = await server.user.get("/api/v1/tracks", params={"q": title})
    return str(found["items"][0]["id"])


async def test_the_bytes_are_the_files(server: Server) -> None:
    answer = await server.user.ask("GET", f"/api/v1/tracks/{await a_track(server)}/stream")
    assert answer.content == (server.music / "Ann" / "1.flac").read_bytes()
    assert answer.headers["content-type"] == "audio/flac"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"].startswith("private")


async def test_parts_and_heads(server: Server) -> None:
    path, whole = (
        f"/api/v1/tracks/{await a_track(server)}/stream",
        (server.music / "Ann" / "1.flac").read_bytes(),
    )
    part = await server.user.ask("GET", path, 206, headers={"range": "bytes=10-19"})
    assert part.content == whole[10:20]
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    refused = await server.user.ask("GET", path, 416, headers={"range": f"bytes={len(whole)}-"})
    assert refused.headers["content-range"] == f"bytes */{len(whole)}"
    head = await server.user.ask("HEAD", path)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(whole)))


async def test_a_copy_that_is_good_is_not_sent_again(server: Server) -> None:
    path = f"/api/v1/tracks/{await a_track(server)}/stream"
    etag = (await server.user.ask("HEAD", path)).headers["etag"]
    await server.user.ask("GET", path, 304, headers={"if-none-match": etag})
    stale = await server.user.ask("GET", path, headers={"range": "bytes=0-1", "if-range": '"other"'})
    assert len(stale.content) > 2


async def test_a_download_has_a_name(server: Server) -> None:
    path = f"/api/v1/tracks/{await a_track(server)}/stream"
    answer = await server.user.ask("HEAD", path, params={"download": "true"})
    assert answer.headers["content-disposition"] == 'attachment; filename="1.flac"'


async def test_a_file_that_is_gone(server: Server) -> None:
    path = server.music / "Bob" / "2.mp3"
    kept = path.read_bytes()
    path.unlink()
    try:
        answer = await server.user.ask("GET", f"/api/v1/tracks/{await a_track(server, 'Tune 2')}/stream", 404)
        assert answer.json()["code"] == "not_found"
        path.write_bytes(kept + b"more")
        changed = await server.user.get(f"/api/v1/tracks/{await a_track(server, 'Tune 2')}/stream", 410)
        assert changed["code"] == "file_changed"
    finally:
        path.write_bytes(kept)


async def test_streams_need_a_login_and_a_track(server: Server) -> None:
    await server.nobody.get(f"/api/v1/tracks/{await a_track(server)}/stream", 401)
    await server.user.get(f"/api/v1/tracks/{uuid4()}/stream", 404)


async def test_covers(server: Server) -> None:
    path = f"/api/v1/tracks/{await a_track(server)}/cover"
    original = await server.user.ask("GET", path)
    assert original.headers["content-type"] == "image/jpeg"
    assert "max-age" in original.headers["cache-control"]
    await server.user.ask("GET", path, 304, headers={"if-none-match": f'"x", W/{original.headers["etag"]}'})
    small = await server.user.ask("GET", path, params={"size": 32})
    assert small.headers["etag"] != original.headers["etag"]
    head = await server.user.ask("HEAD", path)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(original.content)))


async def test_what_has_no_picture_gets_one_that_is_not_kept(server: Server) -> None:
    bob = (await server.user.get("/api/v1/artists", params={"q": "bob"}))["items"][0]["id"]
    made = (await server.user.post("/api/v1/playlists", {"name": "Covered"}, 201))["id"]
    for path in (f"artists/{bob}", f"playlists/{made}"):
        answer = await server.user.ask("GET", f"/api/v1/{path}/cover", params={"size": 64})
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"].startswith("image/")


@pytest.mark.parametrize("kinds", ["tracks", "albums", "artists", "playlists"])
async def test_covers_of_nothing(server: Server, kinds: str) -> None:
    await server.user.get(f"/api/v1/{kinds}/{uuid4()}/cover", 404)


@pytest.mark.parametrize("size", ["0", "-1", "5000", "9" * 30, "x"])
async def test_sizes_that_are_none(server: Server, size: str) -> None:
    await server.user.get(f"/api/v1/tracks/{await a_track(server)}/cover", 422, params={"size": size})


async def test_covers_of_other_things(server: Server) -> None:
    await server.user.get(f"/api/v1/users/{uuid4()}/cover", 422)


async def test_a_link_put_in_place_of_a_file_leads_nowhere(server: Server, tmp_path: Path) -> None:
    path = server.music / "Bob" / "2.mp3"
    kept = path.read_bytes()
    (tmp_path / "secret").write_bytes(b"s" * len(kept))
    path.unlink()
    path.symlink_to(tmp_path / "secret")
    try:
        changed = await server.user.get(f"/api/v1/tracks/{await a_track(server, 'Tune 2')}/stream", 410)
        assert changed["code"] == "file_changed"
    finally:
        path.unlink()
        path.write_bytes(kept)


async def test_pictures_over_subsonic(server: Server) -> None:
    """Of every kind of id, with every kind of size."""
    caller = server.user.caller
    assert caller is not None
    key = await server.core.services.app_passwords.reveal_default(caller)
    who = {"u": caller.name, "p": key, "v": "1.16.1", "c": "test", "f": "json"}
    client = server.nobody.client
    track = await a_track(server)
    made = await server.user.post("/api/v1/playlists", {"name": "Pictures", "track_ids": [track]}, 201)
    shown = await client.get("/rest/getPlaylist", params=who | {"id": f"pl-{made['id']}"})
    playlist = shown.json()["subsonic-response"]["playlist"]
    song = playlist["entry"][0]
    ids = [song["id"], song["albumId"], song["artistId"], playlist["id"]]
    for id_ in (*ids, song["coverArt"], playlist["coverArt"], f"pl-{playlist['id']}"):
        for size in ("", "0", "1", "300", "99999"):
            answer = await client.get("/rest/getCoverArt", params=who | {"id": id_, "size": size})
            assert answer.headers["content-type"] == "image/jpeg", (id_, size, answer.text)
            known = {"if-none-match": answer.headers["etag"]}
            again = await client.get(
                "/rest/getCoverArt", params=who | {"id": id_, "size": size}, headers=known
            )
            assert (again.status_code, again.content) == (304, b"")
    for wrong, code in (({"id": f"al-{uuid4()}"}, 70), ({"id": ids[0], "size": "-1"}, 0), ({}, 10)):
        failed = await client.get("/rest/getCoverArt", params=who | wrong)
        assert failed.json()["subsonic-response"]["error"]["code"] == code
