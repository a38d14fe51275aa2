"""The files of tracks over the native API."""

import os
from typing import Any
from uuid import UUID, uuid4

import pytest

from mcma.store.clock import new_id, utcnow
from mcma.store.tables.catalogue import track_files
from tests.support.catalogue import set_row
from tests.support.server import Server

pytestmark = pytest.mark.anyio


async def a_file(server: Server, title: str) -> tuple[str, dict[str, Any]]:
    """Track and its only file, as an administrator sees it."""
    track = (await server.user.get("/api/v1/tracks", params={"q": title}))["items"][0]["id"]
    [found] = (await server.admin.get(f"/api/v1/tracks/{track}/files"))["items"]
    return track, found


async def test_files_say_what_they_are(server: Server) -> None:
    track, found = await a_file(server, "Song 1")
    path = server.music / "Ann" / "1.flac"
    assert (found["track_id"], found["path"], found["size"]) == (track, "Ann/1.flac", path.stat().st_size)
    assert (found["codec"], found["lossless"], found["preferred"]) == ("flac", True, True)
    [shown] = (await server.user.get(f"/api/v1/tracks/{track}/files"))["items"]
    assert shown == {**found, "path": None}, "paths are for administrators"
    assert await server.user.get(f"/api/v1/files/{found['id']}") == shown
    await server.user.get(f"/api/v1/tracks/{uuid4()}/files", 404)
    await server.user.get(f"/api/v1/files/{uuid4()}", 404)


async def test_their_bytes_never_change(server: Server) -> None:
    _, found = await a_file(server, "Song 2")
    address, whole = f"/api/v1/files/{found['id']}/content", (server.music / "Ann" / "2.flac").read_bytes()
    answer = await server.user.ask("GET", address)
    assert answer.content == whole
    assert answer.headers["etag"] == f'"{found["id"]}"'
    assert "immutable" in answer.headers["cache-control"]
    part = {"range": "bytes=5-9", "if-range": answer.headers["etag"]}
    assert (await server.user.ask("GET", address, 206, headers=part)).content == whole[5:10]
    head = await server.user.ask("HEAD", address, params={"download": "true"})
    assert head.headers["content-disposition"] == 'attachment; filename="2.flac"'
    await server.user.get(f"/api/v1/files/{uuid4()}/content", 404)
    await server.nobody.get(address, 401)


async def test_a_file_that_was_replaced_says_by_which(server: Server) -> None:
    path = server.music / "Bob" / "1.mp3"
    _, before = await a_file(server, "Tune 1")
    kept, times = path.read_bytes(), path.stat()
    os.utime(path, (times.st_atime, times.st_mtime + 5))
    [job] = await server.core.services.scans.request(_admin(server), [UUID(server.library)])
    assert (await server.core.services.jobs.wait(job, 60)).state == "succeeded"
    _, after = await a_file(server, "Tune 1")
    assert after["id"] != before["id"]
    for where in (f"files/{before['id']}", f"files/{before['id']}/content"):
        gone = await server.user.get(f"/api/v1/{where}", 410)
        assert (gone["code"], gone["replaced_by"]) == ("file_changed", after["id"])
    assert (await server.user.ask("GET", f"/api/v1/files/{after['id']}/content")).content == kept


async def test_files_of_other_libraries_are_not_there(server: Server) -> None:
    _, found = await a_file(server, "Song 3")
    outsider = await server.person("outsider of files")
    assert outsider.caller is not None
    await server.admin.patch(f"/api/v1/users/{outsider.caller.user_id}", {"libraries": []})
    await outsider.get(f"/api/v1/files/{found['id']}", 404)
    await outsider.get(f"/api/v1/files/{found['id']}/content", 404)


async def test_a_track_may_have_several_and_some_may_be_missing(server: Server) -> None:
    track, found = await a_file(server, "Song 3")
    other = await _another(server, found)
    try:
        listed = (await server.user.get(f"/api/v1/tracks/{track}/files"))["items"]
        assert [(one["id"], one["preferred"]) for one in listed] == [(found["id"], True), (other, False)]
        problem = await server.user.get(f"/api/v1/files/{other}/content", 503)
        assert problem["code"] == "file_missing"
    finally:
        await set_row(server.database, track_files, UUID(other), deleted_at=utcnow())
    assert (await server.user.get(f"/api/v1/files/{other}", 410))["replaced_by"] is None


async def _another(server: Server, found: dict[str, Any]) -> str:
    """A second file of the same track, on a volume that is away."""
    query = track_files.select().where(track_files.c.id == UUID(found["id"]))
    other = new_id()
    async with server.database.write() as transaction:
        row = (await transaction.connection.execute(query)).one()._asdict()
        values = {**row, "id": other, "name": b"other.flac", "missing_since": utcnow()}
        await transaction.connection.execute(track_files.insert().values(**values))
    return str(other)


def _admin(server: Server) -> Any:
    return server.admin.caller


async def _scan(server: Server) -> None:
    [job] = await server.core.services.scans.request(_admin(server), [UUID(server.library)])
    assert (await server.core.services.jobs.wait(job, 60)).state == "succeeded"


async def test_a_chain_of_replacements_leads_to_its_end(server: Server) -> None:
    path, known = server.music / "Bob" / "2.mp3", []
    for seconds in (0, 10, 20):
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime + seconds))
        await _scan(server)
        known.append((await a_file(server, "Tune 2"))[1]["id"])
    assert len(set(known)) == 3
    for old in known[:2]:
        for where in (f"files/{old}", f"files/{old}/content", f"files/{old}/renditions/opus-128"):
            assert (await server.user.get(f"/api/v1/{where}", 410))["replaced_by"] == known[-1]
    outsider = await server.person("outsider of chains")
    assert outsider.caller is not None
    await server.admin.patch(f"/api/v1/users/{outsider.caller.user_id}", {"libraries": []})
    await outsider.get(f"/api/v1/files/{known[0]}", 404)


async def test_whoever_goes_on_with_a_download_never_mixes_two_files(server: Server) -> None:
    """Written to in place, with the length it had: before a scan has seen it, and after."""
    path = server.music / "Ann" / "3.flac"
    _, found = await a_file(server, "Song 3")
    whole, address = path.read_bytes(), f"/api/v1/files/{found['id']}/content"
    first = await server.user.ask("GET", address, 206, headers={"range": "bytes=0-99"})
    assert first.content == whole[:100]
    onwards = {"range": "bytes=100-", "if-range": first.headers["etag"]}
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 10**9))
    gone = await server.user.ask("GET", address, 410, headers=onwards)
    assert gone.json()["code"] == "file_changed"
    await _scan(server)
    await server.user.ask("GET", address, 410, headers=onwards)
    now = (await a_file(server, "Song 3"))[1]["id"]
    assert (await server.user.get(f"/api/v1/files/{found['id']}", 410))["replaced_by"] == now != found["id"]
    new = f"/api/v1/files/{now}/content"
    again = await server.user.ask("GET", new, headers=onwards)
    assert (again.status_code, again.content) == (200, path.read_bytes()), "from its beginning"
