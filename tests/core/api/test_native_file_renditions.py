"""Other formats of files by their addresses: what a download manager sees."""

import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from mcma.services.callers import SYSTEM
from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import track_files
from mcma.store.tables.renditions import renditions
from mcma_plugins.ids import JobId
from tests.support.catalogue import set_row
from tests.support.renditions import heard
from tests.support.server import Server

pytestmark = pytest.mark.anyio


async def a_file(server: Server, title: str) -> str:
    track = (await server.user.get("/api/v1/tracks", params={"q": title}))["items"][0]["id"]
    return str((await server.user.get(f"/api/v1/tracks/{track}/files"))["items"][0]["id"])


async def made(server: Server, address: str) -> Any:
    """Asks, waits for the job that the answer names, and asks again."""
    first = await server.user.ask("GET", address, 503)
    problem = first.json()
    assert (problem["code"], problem["state"]) == ("rendition_pending", "queued")
    assert int(first.headers["retry-after"]) >= 1
    job = await server.core.services.jobs.wait(JobId(UUID(problem["job_id"])), 30)
    assert job.state == "succeeded"
    return await server.user.ask("GET", address)


async def test_made_when_it_is_asked_for_and_fetched_in_two_parts(server: Server, tmp_path: Path) -> None:
    address = f"/api/v1/files/{await a_file(server, 'Song 1')}/renditions/opus-128"
    head = await server.user.ask("HEAD", address, 503)
    assert head.headers["retry-after"]
    whole = await made(server, address)
    assert heard(whole.content, tmp_path).codec == "opus"
    assert whole.headers["content-length"] == str(len(whole.content))
    assert "immutable" in whole.headers["cache-control"]
    etag = whole.headers["etag"]
    assert not etag.startswith("W/")
    half = len(whole.content) // 2
    begun = await server.user.ask("GET", address, 206, headers={"range": f"bytes=0-{half - 1}"})
    rest = {"range": f"bytes={half}-", "if-range": etag}
    ended = await server.user.ask("GET", address, 206, headers=rest)
    assert begun.headers["etag"] == ended.headers["etag"] == etag
    assert hashlib.sha256(begun.content + ended.content).digest() == hashlib.sha256(whole.content).digest()
    await server.user.ask("GET", address, 304, headers={"if-none-match": etag})
    head = await server.user.ask("HEAD", address)
    assert (head.headers["etag"], head.headers["content-length"]) == (etag, str(len(whole.content)))


async def test_looking_starts_nothing(server: Server) -> None:
    file = await a_file(server, "Song 2")
    await server.user.ask("HEAD", f"/api/v1/files/{file}/renditions/mp3-128", 503)
    async with server.database.read() as connection:
        of_file = sa.select(renditions.c.id).where(renditions.c.file_id == UUID(file))
        assert (await connection.execute(of_file)).all() == []


async def test_one_that_was_evicted_is_made_again_and_is_another(server: Server) -> None:
    address = f"/api/v1/files/{await a_file(server, 'Song 2')}/renditions/opus-64"
    before = await made(server, address)
    async with server.database.write() as transaction:
        etag = UUID(before.headers["etag"].strip('"'))
        await transaction.connection.execute(sa.delete(renditions).where(renditions.c.id == etag))
    after = await made(server, address)
    assert after.headers["etag"] != before.headers["etag"]
    resumed = {"range": "bytes=10-", "if-range": before.headers["etag"]}
    answer = await server.user.ask("GET", address, 200, headers=resumed)
    assert answer.content == after.content, "the rest of other bytes would be no file"


async def test_one_whose_bytes_are_lost_is_made_again(server: Server) -> None:
    address = f"/api/v1/files/{await a_file(server, 'Song 3')}/renditions/opus-64"
    before = await made(server, address)
    folder = server.core.settings.data_dir / "renditions"
    [path] = folder.rglob(f"{before.headers['etag'].strip(chr(34))}.*")
    path.unlink()
    assert (await made(server, address)).headers["etag"] != before.headers["etag"]


@pytest.mark.parametrize(
    ("title", "profile", "path"),
    [
        ("Song 1", "original", "Ann/1.flac"),
        ("Song 1", "flac", "Ann/1.flac"),
        ("Tune 1", "mp3-320", "Bob/1.mp3"),
    ],
)
async def test_the_file_as_it_is_where_it_is_that_already(
    server: Server, title: str, profile: str, path: str
) -> None:
    file = await a_file(server, title)
    answer = await server.user.ask("GET", f"/api/v1/files/{file}/renditions/{profile}")
    assert answer.content == (server.music / path).read_bytes()
    assert answer.headers["etag"] == f'"{file}"'


async def test_what_is_not_there(server: Server) -> None:
    file = await a_file(server, "Song 1")
    for profile in ("bogus", "raw", "mp3"):
        await server.user.get(f"/api/v1/files/{file}/renditions/{profile}", 404)
    for bad in ("OPUS", "opus 128", "%00", "x" * 200):
        assert (await server.user.get(f"/api/v1/files/{file}/renditions/{bad}", 422))["code"]
    await server.user.get(f"/api/v1/files/{uuid4()}/renditions/opus-128", 404)
    await server.user.get(f"/api/v1/files/{uuid4()}/renditions/original", 404)
    await server.nobody.get(f"/api/v1/files/{file}/renditions/opus-128", 401)


async def test_who_may_not(server: Server) -> None:
    address = f"/api/v1/files/{await a_file(server, 'Song 1')}/renditions/opus-96"
    outsider = await server.person("outsider of renditions")
    assert outsider.caller is not None
    who = f"/api/v1/users/{outsider.caller.user_id}"
    await server.admin.patch(who, {"libraries": []})
    await outsider.get(address, 404)
    await server.admin.patch(who, {"rights": []})
    assert (await outsider.get(address, 403))["code"] == "right_missing"


async def test_a_file_that_was_replaced(server: Server) -> None:
    file = await a_file(server, "Tune 2")
    other = await a_file(server, "Song 1")
    await set_row(server.database, track_files, UUID(file), deleted_at=utcnow(), replaced_by=UUID(other))
    try:
        gone = await server.user.get(f"/api/v1/files/{file}/renditions/opus-64", 410)
        assert (gone["code"], gone["replaced_by"]) == ("file_changed", other)
    finally:
        await set_row(server.database, track_files, UUID(file), deleted_at=None, replaced_by=None)


async def test_one_that_cannot_be_made_says_so_for_a_while(server: Server) -> None:
    file = await a_file(server, "Tune 2")
    address = f"/api/v1/files/{file}/renditions/aac-160"
    path = server.music / "Bob" / "2.mp3"
    kept = path.read_bytes()
    path.write_bytes(b"\0" * len(kept))
    try:
        job = (await server.user.get(address, 503))["job_id"]
        assert (await server.core.services.jobs.wait(JobId(UUID(job)), 30)).state == "failed"
        assert (await server.user.get(address, 415))["code"] == "rendition_failed"
        jobs = await server.core.services.jobs.list(SYSTEM, kind="render")
        await server.user.get(address, 415)
        assert (await server.core.services.jobs.list(SYSTEM, kind="render")).items == jobs.items
    finally:
        path.write_bytes(kept)
