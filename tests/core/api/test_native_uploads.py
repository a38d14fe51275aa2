"""Uploads over the native API: what becomes of good files, of bad ones, and of those that are cut off."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mcma.api.options import ApiOptions
from mcma.domain.errors import OutOfSpace
from mcma.media.spool import Spool
from mcma.wiring import opened
from mcma_plugins.ids import JobId
from tests.support.audio import make_audio
from tests.support.catalogue_truth import check
from tests.support.jobs import until
from tests.support.server import Person, Server, app_of, settings_for

pytestmark = pytest.mark.anyio
TRACKS = "/api/v1/tracks"
NO_FILE = b"--x\r\ncontent-disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n"
_made = [0]


@pytest.fixture(autouse=True)
async def nothing_is_left(server: Server) -> AsyncIterator[None]:
    """Whatever happened: the catalogue holds together, and no staging folder is there."""
    yield
    await until(lambda: all_put_away(server))
    await check(server.database)


async def all_put_away(server: Server) -> bool:
    folder = server.core.settings.data_dir / "music/Imported/.mcma-staging"
    return not folder.exists() or [one.name for one in folder.iterdir()] == [".nomedia"]


def song(tmp_path: Path, fmt: str = "mp3", *, sound: int | None = None, **tags: Any) -> bytes:
    """Of a sound of its own unless told otherwise."""
    _made[0] += 1
    path = make_audio(tmp_path / f"{_made[0]}.{fmt}", fmt=fmt, freq=2000 + 7 * (sound or _made[0] + 500),
                      tags=tags)  # fmt: skip
    return path.read_bytes()


async def ended(server: Server, person: Person, job: str) -> dict[str, Any]:
    view = await server.core.services.jobs.wait(JobId(UUID(job)), 60)
    assert view.state in ("succeeded", "failed"), view
    shown: dict[str, Any] = await person.get(f"/api/v1/jobs/{job}")
    return shown


async def upload(
    person: Person, content: Any, name: str = "a song.mp3", status: int = 201, **more: Any
) -> Any:
    headers = {"content-type": "audio/mpeg", **more.pop("headers", {})}
    answer = await person.ask(
        "POST", TRACKS, status, content=content, params={"name": name}, headers=headers, **more
    )
    return answer.json()


async def test_a_file_becomes_a_track(server: Server, tmp_path: Path) -> None:
    content = song(tmp_path, title="Up", artist="Uma", album="Loaded", tracknumber=4)
    answer = await server.user.ask(
        "POST", TRACKS, 201, content=content, params={"name": "my song.mp3"},
        headers={"content-type": "audio/mpeg"},
    )  # fmt: skip
    made = answer.json()
    track = made["track"]["id"]
    assert answer.headers["location"] == f"{TRACKS}/{track}"
    assert (made["track"]["title"], made["track"]["metadata_status"]) == ("my song", "pending")
    played = await server.user.get(f"{TRACKS}/{track}/stream")
    assert played == content, "it can be heard at once"
    job = await ended(server, server.user, made["job_id"])
    assert (job["state"], job["result"]) == ("succeeded", {"track_id": track, "result": "ingested"})
    shown = await server.user.get(f"{TRACKS}/{track}")
    assert (shown["title"], shown["artist"], shown["album"]) == ("Up", "Uma", "Loaded")
    assert shown["path"] == "Uma/Loaded/04 Up.mp3"
    assert await server.user.get(f"{TRACKS}/{track}/stream") == content


async def test_a_form_with_one_file(server: Server, tmp_path: Path) -> None:
    content = song(tmp_path, fmt="flac", title="Form", artist="Uma")
    answer = await server.user.ask(
        "POST", TRACKS, 201, files={"file": ("C:\\music\\Ünder.flac", content, "audio/flac")},
        data={"other": "x" * 5000},
    )  # fmt: skip
    assert answer.json()["track"]["title"] == "Ünder"
    await ended(server, server.user, answer.json()["job_id"])
    assert (await server.user.get(f"{TRACKS}/{answer.json()['track']['id']}"))["title"] == "Form"


async def test_a_name_by_its_header(server: Server, tmp_path: Path) -> None:
    said = {"content-disposition": "attachment; filename*=UTF-8''Caf%C3%A9.mp3"}
    answer = await server.user.ask(
        "POST", TRACKS, 201, content=song(tmp_path), headers={"content-type": "audio/mpeg", **said}
    )
    assert answer.json()["track"]["title"] == "Café"
    await ended(server, server.user, answer.json()["job_id"])


async def test_the_same_bytes_again_are_the_track_they_are(server: Server, tmp_path: Path) -> None:
    content = song(tmp_path, title="Twice", artist="Uma")
    first = await upload(server.user, content)
    early = await upload(server.user, content, status=200)
    await ended(server, server.user, first["job_id"])
    late = await upload(server.admin, content, "other.mp3", 200)
    for again in (early, late):
        assert (again["track"]["id"], again["job_id"]) == (first["track"]["id"], None)


async def test_many_at_once_are_one(server: Server, tmp_path: Path) -> None:
    content = song(tmp_path, title="Many", artist="Uma")
    people = [await server.person(f"many {_made[0]} {n}") for n in range(6)]
    answers = await asyncio.gather(
        *(person.client.post(TRACKS, content=content, headers=person.headers) for person in people)
    )
    assert sorted(one.status_code for one in answers) == [200] * 5 + [201]
    [made] = [one.json() for one in answers if one.status_code == 201]
    assert {one.json()["track"]["id"] for one in answers} == {made["track"]["id"]}
    [first] = [person for person, one in zip(people, answers, strict=True) if one.status_code == 201]
    await ended(server, first, made["job_id"])


async def test_the_same_sound_in_other_bytes_leads_to_what_is_there(server: Server, tmp_path: Path) -> None:
    """Likes, and rows of playlists, made while it waited follow."""
    first = await upload(server.user, song(tmp_path, sound=9, title="There", artist="Uma"))
    await ended(server, server.user, first["job_id"])
    kept = first["track"]["id"]
    second = await upload(server.user, song(tmp_path, sound=9, title="Retagged", artist="Uma"))
    loser = second["track"]["id"]
    await server.user.put(f"/api/v1/likes/track/{loser}")
    listed = await server.user.post("/api/v1/playlists", {"name": "mine", "track_ids": [loser]}, 201)
    job = await ended(server, server.user, second["job_id"])
    assert job["result"] == {"track_id": kept, "result": "duplicate"}
    assert (await server.user.get(f"{TRACKS}/{loser}"))["id"] == kept
    assert (await server.user.get(f"{TRACKS}/{kept}"))["user"]["liked_at"]
    rows = await server.user.get(f"/api/v1/playlists/{listed['id']}/items")
    assert [one["track"]["id"] for one in rows["items"]] == [kept]


async def test_what_a_library_folder_has_is_found_there(server: Server, tmp_path: Path) -> None:
    [song_1] = (await server.user.get(f"{TRACKS}?q=Song 1"))["items"]
    content = (server.music / "Ann" / "1.flac").read_bytes()
    made = await upload(server.user, content, "x.flac")
    job = await ended(server, server.user, made["job_id"])
    assert job["result"] == {"track_id": song_1["id"], "result": "duplicate"}


async def test_what_somebody_cannot_see_does_not_count_as_there(server: Server, tmp_path: Path) -> None:
    folder = server.music.parent / "private"  # it is looked at after other tests as well
    content = song(tmp_path, title="Private", artist="Uma")
    folder.mkdir()
    (folder / "p.mp3").write_bytes(content)
    library = await server.admin.post("/api/v1/libraries", {"path": str(folder)}, 201)
    await server.admin.post("/api/v1/sources/local/scan", {"library_id": library["id"]}, 202)
    me = await server.person(f"outsider {_made[0]}")
    users = (await server.admin.get("/api/v1/users"))["items"]
    [mine] = [one["id"] for one in users if one["name"] == f"outsider {_made[0]}"]
    seen = [one["id"] for one in (await me.get("/api/v1/libraries"))["items"] if one["id"] != library["id"]]
    await server.admin.patch(f"/api/v1/users/{mine}", {"libraries": seen})
    made = await upload(me, content)
    job = await ended(server, me, made["job_id"])
    assert job["result"] == {"track_id": made["track"]["id"], "result": "ingested"}
    await server.admin.delete(f"/api/v1/libraries/{library['id']}")


async def test_a_better_encoding_joins_its_track(server: Server, tmp_path: Path) -> None:
    tags: dict[str, Any] = {"title": "Better", "artist": "Uma", "album": "Joined", "tracknumber": 1}
    first = await upload(server.user, song(tmp_path, sound=11, **tags))
    await ended(server, server.user, first["job_id"])
    second = await upload(server.user, song(tmp_path, "flac", sound=11, **tags), "b.flac")
    job = await ended(server, server.user, second["job_id"])
    assert job["result"] == {"track_id": first["track"]["id"], "result": "joined"}
    shown = await server.user.get(f"{TRACKS}/{second['track']['id']}")
    assert (shown["id"], shown["suffix"]) == (first["track"]["id"], "flac")
    files = (await server.user.get(f"{TRACKS}/{shown['id']}/files"))["items"]
    assert len(files) == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.mp3", b"This is a text, whatever its name says. " * 200),
        ("archive.mp3", b"PK\x03\x04" + bytes(range(256)) * 400),
        ("page.mp3", b"<!doctype html>" + b"<p>hello</p>" * 9000),
        ("zeroes.mp3", bytes(100_000)),
        ("film.mp3", b"\x1a\x45\xdf\xa3" + bytes(70_000)),
        ("list.mp3", b"#EXTM3U\nhttp://127.0.0.1/x\n" * 50),
        ("short.mp3", b"\xff"),
    ],
)
async def test_what_is_no_music_is_refused_at_once(server: Server, name: str, content: bytes) -> None:
    refused = await upload(server.user, content, name, 415)
    assert refused["code"] == "unsupported"


async def test_it_is_refused_before_the_rest_has_come(server: Server) -> None:
    sent = [0]

    async def endless() -> AsyncIterator[bytes]:
        while sent[0] < 64 * 1024 * 1024:
            sent[0] += 1024 * 1024
            yield b"no music " * (1024 * 1024 // 9)

    await upload(server.user, endless(), "text.mp3", 415)
    assert sent[0] < 8 * 1024 * 1024


async def test_what_turns_out_to_be_broken_fails_its_job_and_is_gone(server: Server, tmp_path: Path) -> None:
    content = song(tmp_path, "flac", title="Broken", artist="Uma")
    made = await upload(server.user, content[:60], "broken.flac")
    job = await ended(server, server.user, made["job_id"])
    assert (job["state"], "no music that mcma can read" in job["error"]) == ("failed", True)
    await server.user.get(f"{TRACKS}/{made['track']['id']}", 404)
    assert not (await server.user.get(f"{TRACKS}?q=broken"))["items"]
    again = await upload(server.user, content[:60], "broken.flac")
    assert again["track"]["id"] != made["track"]["id"]
    await ended(server, server.user, again["job_id"])


async def test_nothing_at_all(server: Server) -> None:
    assert "nothing in it" in (await upload(server.user, b"", status=422))["detail"]


@pytest.mark.parametrize(
    ("kind", "content", "status"),
    [
        ("application/json", b"{}", 415),
        ("text/plain", b"x", 415),
        ("multipart/form-data", b"x", 422),
        ("multipart/form-data; boundary=x", b"--x\r\n", 422),
        ("multipart/form-data; boundary=x", b"junk", 422),
        ("multipart/form-data; boundary=x", NO_FILE, 422),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"a" * 9000 + b": b\r\n", 422),
        ("multipart/form-data; boundary=" + "x" * 200, b"--x", 422),
    ],
)  # fmt: skip
async def test_bodies_that_are_no_upload(server: Server, kind: str, content: bytes, status: int) -> None:
    await upload(server.user, content, status=status, headers={"content-type": kind})


async def test_two_files_in_a_form(server: Server, tmp_path: Path) -> None:
    files = [("file", (f"{n}.mp3", song(tmp_path), "audio/mpeg")) for n in range(2)]
    answer = await server.user.ask("POST", TRACKS, 422, files=files)
    assert "one by one" in answer.json()["detail"]


async def test_an_upload_that_is_cut_off_leaves_nothing(server: Server, tmp_path: Path) -> None:
    content = song(tmp_path, title="Cut")
    before = (await server.user.get(f"{TRACKS}?limit=500"))["items"]

    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": content[: len(content) // 2], "more_body": True},
        {"type": "http.disconnect"},
    ]
    status = await sent(server, messages)
    assert status == 422, "nobody hears it"
    assert (await server.user.get(f"{TRACKS}?limit=500"))["items"] == before


async def test_a_client_that_stops_sending_is_not_waited_for(server: Server, tmp_path: Path) -> None:
    app = app_of(server.core, ApiOptions(read_seconds=0.05))
    content = song(tmp_path, title="Stalled")
    messages = [{"type": "http.request", "body": content[:2000], "more_body": True}]
    assert await sent(server, messages, app) == 408


async def test_too_large_by_its_length_and_while_it_comes(server: Server, tmp_path: Path) -> None:
    app = app_of(server.core, ApiOptions(max_upload_bytes=10_000))
    content = song(tmp_path, title="Large") + bytes(20_000)
    headers = [(b"content-length", str(len(content)).encode())]
    assert await sent(server, [], app, headers) == 413, "before a byte was read"
    pieces = [content[at : at + 4000] for at in range(0, len(content), 4000)]
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    assert await sent(server, messages, app, [(b"transfer-encoding", b"chunked")]) == 413
    assert ApiOptions().max_upload_bytes > 1_048_576


async def sent(server: Server, messages: list[dict[str, Any]], app: Any = None, headers: Any = ()) -> int:
    """The status of an upload that is made of these messages, after which nothing more comes."""
    token = server.user.headers["authorization"].encode()
    scope = {
        "type": "http", "method": "POST", "path": TRACKS, "raw_path": TRACKS.encode(), "root_path": "",
        "query_string": b"", "scheme": "http", "http_version": "1.1", "server": ("test", 80),
        "client": ("127.0.0.1", 1), "asgi": {"version": "3.0"},
        "headers": [(b"authorization", token), (b"content-type", b"audio/mpeg"),
                    *(headers or [(b"transfer-encoding", b"chunked")])],
    }  # fmt: skip
    left = list(messages)
    answered: list[int] = []

    async def receive() -> dict[str, Any]:
        if left:
            return left.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    async with asyncio.timeout(20):
        await (app or server.app)(scope, receive, send)
    return answered[0]


async def test_a_full_disk_is_said_and_nothing_is_left(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Spool, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spool, "write", full)
    refused = await upload(server.user, song(tmp_path), status=507)
    assert refused["code"] == OutOfSpace.code


async def test_no_room_for_what_is_announced(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("mcma.services.intake.uploads.shutil.disk_usage", lambda path: real._replace(free=10))
    await upload(server.user, song(tmp_path), status=507)


async def test_three_at_once_and_no_more(server: Server, tmp_path: Path) -> None:
    me = await server.person(f"eager {_made[0]}")
    go, running = asyncio.Event(), asyncio.Semaphore(0)

    async def slow(content: bytes) -> AsyncIterator[bytes]:
        running.release()
        await go.wait()
        yield content

    songs = [song(tmp_path, title=f"Eager {n}") for n in range(4)]
    tasks = [asyncio.create_task(upload(me, slow(content))) for content in songs[:3]]
    async with asyncio.timeout(20):
        for _ in tasks:
            await running.acquire()
        answer = await me.client.post(TRACKS, content=songs[3], headers=me.headers)
        assert (answer.status_code, "retry-after" in answer.headers) == (429, True)
        go.set()
        for made in await asyncio.gather(*tasks):
            await ended(server, me, made["job_id"])
    await ended(server, me, (await upload(me, songs[3]))["job_id"])


async def test_who_may_upload(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = server.core.services.uploads
    monkeypatch.setattr(uploads, "_allowed", "admins")
    await upload(server.user, song(tmp_path), status=403)
    made = await upload(server.admin, song(tmp_path))
    await ended(server, server.admin, made["job_id"])
    monkeypatch.setattr(uploads, "_allowed", "nobody")
    await upload(server.admin, song(tmp_path), status=403)


async def test_a_managed_track_is_removed_with_its_file(server: Server, tmp_path: Path) -> None:
    content = song(tmp_path, title="Gone", artist="Uma", album="Away")
    made = await upload(server.user, content)
    await ended(server, server.user, made["job_id"])
    track = made["track"]["id"]
    path = server.core.settings.data_dir / "music/Imported/Uma/Away/Gone.mp3"
    assert path.exists()
    await server.user.put(f"/api/v1/likes/track/{track}")
    await server.user.delete(f"{TRACKS}/{track}", 403)
    await server.admin.delete(f"{TRACKS}/{track}")
    await server.user.get(f"{TRACKS}/{track}", 404)
    await server.admin.delete(f"{TRACKS}/{track}", 404)
    assert not path.parent.exists(), "folders that became empty go as well"
    again = await upload(server.user, content)
    assert again["track"]["id"] != track
    await ended(server, server.user, again["job_id"])


async def test_a_file_of_a_library_folder_is_never_removed(server: Server) -> None:
    [song_2] = (await server.user.get(f"{TRACKS}?q=Song 2"))["items"]
    await server.admin.delete(f"{TRACKS}/{song_2['id']}", 409)
    assert (server.music / "Ann" / "2.flac").exists()


async def test_one_process_receives_and_another_reads(
    own_server: Server, database_url: str, tmp_path: Path
) -> None:
    """The scaled shape: nothing of an upload is in the memory of the process that received it."""
    if not database_url.startswith("postgresql"):
        return
    made = await upload(own_server.user, song(tmp_path, title="Far", artist="Uma"))
    shown = await own_server.user.get(f"/api/v1/jobs/{made['job_id']}")
    assert shown["state"] == "queued"
    async with opened(settings_for(tmp_path, database_url)):
        job = await ended(own_server, own_server.user, made["job_id"])
    assert job["result"]["result"] == "ingested"
    assert (await own_server.user.get(f"{TRACKS}/{made['track']['id']}"))["title"] == "Far"
