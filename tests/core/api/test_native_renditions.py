"""Streams in other formats, and renditions made in advance, over the native API with a real ffmpeg."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from mcma.services.callers import SYSTEM
from mcma_plugins.ids import JobId
from tests.support.listening import listening
from tests.support.renditions import heard
from tests.support.server import Server

pytestmark = pytest.mark.anyio
FORMATS = {
    "mp3": ("mp3", "audio/mpeg"),
    "opus-96": ("opus", "audio/ogg"),
    "aac": ("aac", "audio/aac"),
    "flac": ("flac", "audio/flac"),
}


async def path_of(server: Server, title: str = "Song 1") -> str:
    found = await server.user.get("/api/v1/tracks", params={"q": title})
    return f"/api/v1/tracks/{found['items'][0]['id']}"


async def streamed(server: Server, title: str, /, status: int = 200, **wish: Any) -> Any:
    return await server.user.ask("GET", f"{await path_of(server, title)}/stream", status, params=wish)


@pytest.mark.parametrize("name", FORMATS)
async def test_every_format_plays(server: Server, name: str, tmp_path: Path) -> None:
    title = "Tune 1" if name == "flac" else "Song 1"
    codec, kind = FORMATS[name]
    first = await streamed(server, title, format=name)
    assert first.headers["content-type"] == kind
    assert first.headers["x-mcma-stream"].startswith(f"rendition; profile={codec}-")
    found = heard(first.content, tmp_path)
    assert found.codec == codec
    assert found.seconds == pytest.approx(1.0, abs=0.1)
    again = await streamed(server, title, format=name)
    assert again.headers["x-mcma-stream"].endswith("state=cached")
    assert again.headers["accept-ranges"] == "bytes"
    assert heard(again.content, tmp_path).seconds == pytest.approx(1.0, abs=0.1)
    part = await server.user.ask(
        "GET", f"{await path_of(server, title)}/stream", 206, params={"format": name},
        headers={"range": "bytes=100-199", "if-range": again.headers["etag"]},
    )  # fmt: skip
    assert part.content == again.content[100:200]


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({}, "asked"),
        ({"format": "raw", "bitrate": 64}, "asked"),
        ({"format": "flac"}, "fits"),
        ({"bitrate": 9000}, "fits"),
        ({"format": "FLAC", "channels": 2}, "fits"),
        ({"format": "wma"}, "unknown-format"),
    ],
)
async def test_the_original_where_it_is_what_is_wished_for(
    server: Server, wish: dict[str, Any], reason: str
) -> None:
    answer = await streamed(server, "Song 1", **wish)
    assert answer.headers["x-mcma-stream"] == f"original; reason={reason}"
    assert answer.content == (server.music / "Ann" / "1.flac").read_bytes()


async def test_a_rate_channels_and_an_offset(server: Server, tmp_path: Path) -> None:
    wish: dict[str, Any] = {
        "format": "mp3",
        "bitrate": 70,
        "sample_rate": 30000,
        "channels": 1,
        "offset": 0.5,
    }
    answer = await streamed(server, "Song 2", **wish)
    assert "profile=mp3-64-22050-1" in answer.headers["x-mcma-stream"]
    found = heard(answer.content, tmp_path)
    assert (found.sample_rate, found.channels) == (22050, "mono")
    assert found.seconds == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bitrate", "0"), ("bitrate", "99999"), ("bitrate", "-1"), ("bitrate", "9" * 30), ("bitrate", "x"),
        ("sample_rate", "1"), ("sample_rate", "10000000"), ("channels", "0"), ("channels", "99"),
        ("offset", "-1"), ("offset", "1e300"), ("offset", "nan"), ("offset", "inf"), ("offset", "5"),
        ("format", "a b"), ("format", "x" * 100), ("format", "../../etc"),
    ],
)  # fmt: skip
async def test_absurd_wishes_name_their_field(server: Server, field: str, value: str) -> None:
    answer = await streamed(server, "Song 1", 422, **({"format": "mp3"} | {field: value}))
    assert answer.json()["detail"].startswith(field)


async def test_looking_starts_nothing(server: Server) -> None:
    path = await path_of(server, "Song 3")
    head = await server.user.ask(
        "HEAD", f"{path}/stream", params={"format": "mp3", "estimate_length": "true"}
    )
    assert (head.content, head.headers["content-type"]) == (b"", "audio/mpeg")
    assert head.headers["accept-ranges"] == "none"
    assert 20_000 < int(head.headers["content-length"]) < 60_000
    assert (await server.user.get(f"{path}/renditions"))["items"] == []


async def test_what_is_live_says_no_length(server: Server) -> None:
    """0 would be the length of the stream. Over a connection, because servers may add one."""
    path = await path_of(server, "Song 3")
    async with listening(server) as address, AsyncClient(base_url=address) as client:
        head = await client.head(f"{path}/stream?format=opus-64", headers=server.user.headers)
    assert head.headers["x-mcma-stream"].endswith("state=live")
    assert "content-length" not in head.headers
    assert "transfer-encoding" not in head.headers


async def test_a_length_that_was_promised_is_kept(server: Server, tmp_path: Path) -> None:
    """Short files are whole by the time they are answered; `test_following` has the long ones."""
    answer = await streamed(server, "Song 3", format="opus-64", estimate_length="true")
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert heard(answer.content, tmp_path).codec == "opus"


async def test_made_in_advance_and_listed(server: Server) -> None:
    path = await path_of(server, "Tune 2")
    made = await server.user.post(f"{path}/renditions", {"format": "opus-64", "keep_days": 7}, 202)
    again = await server.user.post(f"{path}/renditions", {"format": "opus-64", "keep_days": 9}, 202)
    assert again["id"] == made["id"]
    assert again["pinned_until"] > made["pinned_until"]
    await server.core.services.jobs.wait(JobId(UUID(made["job_id"])), 30)
    [listed] = (await server.user.get(f"{path}/renditions"))["items"]
    assert (listed["state"], listed["codec"]) == ("ready", "opus")
    answer = await server.user.ask("GET", f"{path}/stream", params={"format": "opus-64"})
    assert answer.headers["etag"] == f'"{made["id"]}"'
    assert answer.headers["x-mcma-stream"].endswith("state=cached")
    assert len(answer.content) == listed["size"]


async def test_what_cannot_be_asked_for(server: Server) -> None:
    path = await path_of(server, "Song 1")
    refused = await server.user.post(f"{path}/renditions", {"format": "flac"}, 422)
    assert "fits" in refused["detail"]
    unknown = await server.user.post(f"{path}/renditions", {"format": "bogus"}, 422)
    assert unknown["detail"].startswith("format: bogus is unknown; known are ")
    assert all(name in unknown["detail"] for name in ("opus-128", "mp3", "flac"))
    await server.user.post(f"{path}/renditions", {"format": "mp3", "keep_days": 0}, 422)
    await server.user.post(f"{path}/renditions", {"format": "mp3", "bitrate": 10**9}, 422)
    await server.user.post(f"/api/v1/tracks/{uuid4()}/renditions", {"format": "mp3"}, 404)
    await server.user.get(f"/api/v1/tracks/{uuid4()}/renditions", 404)
    await server.user.get(f"/api/v1/tracks/{uuid4()}/stream", 404, params={"format": "mp3"})
    await server.nobody.get(f"{path}/stream", 401, params={"format": "mp3"})


async def test_profiles_are_what_streams_understand(server: Server) -> None:
    listed = (await server.user.get("/api/v1/profiles"))["items"]
    names = {one["name"] for one in listed}
    assert {"opus-128", "mp3-192", "aac-256", "flac"} <= names
    path = await path_of(server, "Song 1")
    for one in listed:
        head = await server.user.ask("HEAD", f"{path}/stream", params={"format": one["name"]})
        assert head.headers["content-type"] == one["content_type"]


async def test_it_is_a_job_of_whoever_listens(server: Server) -> None:
    await streamed(server, "Song 2", format="aac", bitrate=96)
    jobs = (await server.user.get("/api/v1/jobs", params={"kind": "transcode"}))["items"]
    assert jobs[0]["created_by"] == str(server.user.caller.user_id if server.user.caller else SYSTEM)
    await server.core.services.jobs.wait(JobId(UUID(jobs[0]["id"])), 10)
    assert (await server.user.get(f"/api/v1/jobs/{jobs[0]['id']}"))["state"] == "succeeded"


async def test_wishes_over_subsonic(server: Server, tmp_path: Path) -> None:
    """Lengths that were estimated are kept, a rate alone is MP3, and each form has an ETag of its own."""
    caller = server.user.caller
    assert caller is not None
    key = await server.core.services.app_passwords.reveal_default(caller)
    track = (await path_of(server, "Song 2")).rpartition("/")[2]
    who = {"u": caller.name, "p": key, "v": "1.16.1", "c": "test", "id": f"tr-{track}"}

    async def ask(method: str = "GET", **wish: str) -> Any:
        return await server.nobody.client.request(method, "/rest/stream", params=who | wish)

    sized = await ask(format="opus", maxBitRate="64", estimateContentLength="true")
    assert int(sized.headers["content-length"]) == len(sized.content)
    assert heard((await ask(maxBitRate="64")).content, tmp_path).codec == "mp3"
    unknown = await ask(format="wma")
    assert unknown.content == (server.music / "Ann" / "2.flac").read_bytes()
    wishes: list[dict[str, str]] = [
        {}, {"format": "mp3"}, {"format": "mp3", "maxBitRate": "64"}, {"format": "opus"},
        {"format": "mp3", "timeOffset": "0"}, {"maxBitRate": "64"},
    ]  # fmt: skip
    for wish in wishes:
        await ask(**wish)
    tags = [(await ask("HEAD", **wish)).headers["etag"] for wish in wishes]
    assert len(set(tags)) == 4, "the last two are what others are"
