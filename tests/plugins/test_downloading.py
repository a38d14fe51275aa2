"""Files that arrive: whole or not at all, gone on with where they stopped, and never more than is wanted."""

import asyncio
import errno
import json
import resource
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import Path
from types import MappingProxyType

import pytest

from mcma_plugins.errors import OutOfSpace, PermanentError, PluginError, RetryLater
from mcma_plugins.fetching import Web
from mcma_plugins.sources import FetchProgress
from tests.support.jobs import until
from tests.support.webclient import QUICK
from tests.support.webserver import Answer, Request, WebServer, Write, head, saying

pytestmark = pytest.mark.anyio
SOUND = bytes(range(256)) * 4096
MIB = 1024 * 1024
ETAG = '"abc"'


@pytest.fixture
async def web(server: WebServer) -> AsyncIterator[Web]:
    made = Web(agent="mcma-test/1", allowed=[server.address], times=QUICK)
    yield made
    await made.aclose()


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "song.flac"


async def got(
    web: Web, server: WebServer, into: Path, most: int = 4 * MIB, seconds: float = 10, resume: bool = True
) -> list[FetchProgress]:
    steps = web.download(server.url("/song"), into, most_bytes=most, seconds=seconds, resume=resume)
    return [step async for step in steps]


def song(
    content: bytes = SOUND,
    upto: int | None = None,
    validators: Mapping[str, str] = MappingProxyType({"etag": ETAG}),
) -> Answer:
    """Serves ranges; `upto`: the connection ends there, counted from the start of the file."""

    async def answer(request: Request, write: Write) -> None:
        first = _first(request, validators)
        named = dict(validators)
        if first:
            named["content-range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        named |= {"content-length": str(len(content) - first), "content-type": "audio/flac"}
        await write(head(206 if first else 200, named) + content[first:upto])

    return answer


def _first(request: Request, validators: Mapping[str, str]) -> int:
    condition = request.headers.get("if-range")
    if condition is not None and condition not in validators.values():
        return 0
    return int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))


async def half(web: Web, server: WebServer, into: Path) -> None:
    """Half of the file is there."""
    server.paths["/song"] = song(upto=len(SOUND) // 2)
    with pytest.raises(RetryLater) as caught:
        await got(web, server, into)
    assert caught.value.stable_code == "incomplete"
    assert not into.exists()
    assert part(into).stat().st_size == len(SOUND) // 2
    server.asked.clear()


def part(into: Path) -> Path:
    return into.with_name(f"{into.name}.part")


async def test_a_file(web: Web, server: WebServer, into: Path) -> None:
    server.paths["/song"] = song()
    steps = await got(web, server, into)
    assert into.read_bytes() == SOUND
    assert [one.name for one in into.parent.iterdir()] == [into.name]
    assert steps[0] == FetchProgress(0, len(SOUND))
    assert steps[-1] == FetchProgress(len(SOUND), len(SOUND))
    assert [one.done for one in steps] == sorted(one.done for one in steps)
    assert "range" not in server.asked[0].headers
    assert server.asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "validator", [{"etag": ETAG}, {"last_modified": "Fri, 13 Nov 2020 10:00:00 GMT"}], ids=["etag", "date"]
)
async def test_it_goes_on_where_it_stopped(
    web: Web, server: WebServer, into: Path, validator: dict[str, str]
) -> None:
    server.paths["/song"] = song(upto=300_000, validators=validator)
    with pytest.raises(RetryLater):
        await got(web, server, into)
    server.paths["/song"] = song(validators=validator)
    steps = await got(web, server, into)
    assert into.read_bytes() == SOUND
    assert steps[0] == FetchProgress(300_000, len(SOUND))
    assert server.asked[1].headers["range"] == "bytes=300000-"
    assert server.asked[1].headers["if-range"] == next(iter(validator.values()))
    assert not part(into).exists()


async def test_it_goes_on_several_times(web: Web, server: WebServer, into: Path) -> None:
    for upto in (1, 70_000, 400_000, 900_000):
        server.paths["/song"] = song(upto=upto)
        with pytest.raises(RetryLater):
            await got(web, server, into)
    server.paths["/song"] = song()
    await got(web, server, into)
    assert into.read_bytes() == SOUND
    assert server.asked[-1].headers["range"] == "bytes=900000-"


async def test_it_has_changed_meanwhile(web: Web, server: WebServer, into: Path) -> None:
    await half(web, server, into)
    other = SOUND[::-1]
    server.paths["/song"] = song(other, validators={"etag": '"other"'})
    await got(web, server, into)
    assert into.read_bytes() == other


async def test_a_server_without_ranges(web: Web, server: WebServer, into: Path) -> None:
    await half(web, server, into)
    server.paths["/song"] = saying(content=SOUND)
    steps = await got(web, server, into)
    assert (steps[0].done, into.read_bytes()) == (0, SOUND)


@pytest.mark.parametrize("validator", [{"etag": 'W/"weak"'}, {"x": "none"}])
async def test_without_a_strong_validator_it_begins_anew(
    web: Web, server: WebServer, into: Path, validator: dict[str, str]
) -> None:
    server.paths["/song"] = song(upto=1000, validators=validator)
    with pytest.raises(RetryLater):
        await got(web, server, into)
    server.paths["/song"] = song(validators=validator)
    await got(web, server, into)
    assert "range" not in server.asked[1].headers
    assert into.read_bytes() == SOUND


async def test_whoever_wants_it_anew(web: Web, server: WebServer, into: Path) -> None:
    await half(web, server, into)
    server.paths["/song"] = song()
    await got(web, server, into, resume=False)
    assert "range" not in server.asked[0].headers
    assert into.read_bytes() == SOUND


@pytest.mark.parametrize("said", [
    "bytes 0-9/1048576", "bytes 524288-1048575/999999", "bytes 524289-1048575/1048576", "bytes */1048576",
    "bytes 524288-10/1048576", "nonsense", "items 524288-1048575/1048576", "bytes 524288-1048575/" + "9" * 40,
])  # fmt: skip
async def test_a_range_that_does_not_fit(web: Web, server: WebServer, into: Path, said: str) -> None:
    """It is asked for once more, from the start."""
    await half(web, server, into)

    async def wrong(request: Request, write: Write) -> None:
        if "range" in request.headers:
            await write(head(206, {"content-range": said, "content-length": "10"}) + b"0123456789")
        else:
            await song()(request, write)

    server.paths["/song"] = wrong
    await got(web, server, into)
    assert into.read_bytes() == SOUND
    assert len(server.asked) == 2


async def test_a_range_of_another_file(web: Web, server: WebServer, into: Path) -> None:
    """A 206 though the file is another one."""
    await half(web, server, into)
    other = SOUND[::-1]

    async def wrong(request: Request, write: Write) -> None:
        if "range" in request.headers:
            named = {"content-range": f"bytes 524288-{len(SOUND) - 1}/{len(SOUND)}", "etag": '"other"'}
            await write(head(206, {**named, "content-length": "524288"}) + other[524288:])
        else:
            await song(other, validators={"etag": '"other"'})(request, write)

    server.paths["/song"] = wrong
    await got(web, server, into)
    assert into.read_bytes() == other


@pytest.mark.parametrize(("total", "asked"), [(len(SOUND) // 2, 1), (len(SOUND) * 2, 2), (None, 2)])
async def test_416(web: Web, server: WebServer, into: Path, total: int | None, asked: int) -> None:
    """All of it is there already, or what is there is something else."""
    await half(web, server, into)
    note = into.with_name(f"{into.name}.part.json")
    note.write_text(json.dumps({**json.loads(note.read_text()), "total": None}))

    async def beyond(request: Request, write: Write) -> None:
        if "range" in request.headers:
            await write(head(416, {"content-range": f"bytes */{total}"} if total else {}))
        else:
            await song()(request, write)

    server.paths["/song"] = beyond
    await got(web, server, into)
    assert into.read_bytes() == (SOUND[: len(SOUND) // 2] if asked == 1 else SOUND)
    assert len(server.asked) == asked


@pytest.mark.parametrize("status", [206, 416])
async def test_a_piece_that_nobody_asked_for(web: Web, server: WebServer, into: Path, status: int) -> None:
    server.paths["/song"] = saying(status, b"x", content_range="bytes 5-5/10")
    with pytest.raises(PluginError):
        await got(web, server, into)
    assert not into.exists()


@pytest.mark.parametrize(
    "note", ["", "{", "[]", "5", "null", '{"url": 1}', '{"url": "x", "etag": 5}', "\x00" * 10]
)
async def test_a_note_that_nobody_can_read(web: Web, server: WebServer, into: Path, note: str) -> None:
    await half(web, server, into)
    into.with_name(f"{into.name}.part.json").write_text(note)
    server.paths["/song"] = song()
    await got(web, server, into)
    assert into.read_bytes() == SOUND


async def test_a_part_of_another_address(web: Web, server: WebServer, into: Path) -> None:
    await half(web, server, into)
    server.paths["/other"] = song(SOUND[::-1])
    assert [one async for one in web.download(server.url("/other"), into, most_bytes=4 * MIB)]
    assert into.read_bytes() == SOUND[::-1]


async def test_too_large_and_said_so(web: Web, server: WebServer, into: Path) -> None:
    async def huge(_: Request, write: Write) -> None:
        await write(head(200, {"content-length": str(20 * 1024**3), "etag": ETAG}) + b"x" * 1000)

    server.paths["/song"] = huge
    with pytest.raises(PermanentError) as caught:
        await got(web, server, into)
    assert caught.value.stable_code == "too_large"
    assert list(into.parent.iterdir()) == []


async def test_too_large_without_a_word(web: Web, server: WebServer, into: Path) -> None:
    async def endless(_: Request, write: Write) -> None:
        await write(head(200, {"etag": ETAG}))
        while True:
            await write(SOUND)

    server.paths["/song"] = endless
    with pytest.raises(PermanentError) as caught:
        await got(web, server, into)
    assert caught.value.stable_code == "too_large"
    assert list(into.parent.iterdir()) == []


async def test_too_large_by_going_on(web: Web, server: WebServer, into: Path) -> None:
    await half(web, server, into)
    server.paths["/song"] = song()
    with pytest.raises(PermanentError) as caught:
        await got(web, server, into, most=len(SOUND) - 1)
    assert caught.value.stable_code == "too_large"
    assert list(into.parent.iterdir()) == []


async def test_time_is_over_in_the_middle(web: Web, server: WebServer, into: Path) -> None:
    async def dripping(_: Request, write: Write) -> None:
        await write(head(200, {"content-length": "1000000", "etag": ETAG}))
        while True:
            await write(b"x")
            await asyncio.sleep(0.02)

    server.paths["/song"] = dripping
    with pytest.raises(RetryLater) as caught:
        await got(web, server, into, seconds=1)
    assert caught.value.stable_code == "unreachable"
    assert not into.exists()
    assert part(into).stat().st_size > 0, "what came is kept"


async def test_time_is_over_before_it_begins(web: Web, server: WebServer, into: Path) -> None:
    async def silent(_: Request, __: Write) -> None:
        await asyncio.Event().wait()

    server.paths["/song"] = silent
    with pytest.raises(RetryLater):
        await got(web, server, into, seconds=0.3)


async def test_a_page_is_no_sound(web: Web, server: WebServer, into: Path) -> None:
    server.paths["/song"] = saying(content=b"<p>Sign in", content_type="text/html")
    with pytest.raises(RetryLater) as caught:
        await got(web, server, into)
    assert caught.value.stable_code == "bad_answer"
    assert list(into.parent.iterdir()) == []


async def test_packed_files_are_not_taken(web: Web, server: WebServer, into: Path) -> None:
    server.paths["/song"] = saying(content=b"x", content_encoding="gzip")
    with pytest.raises(RetryLater):
        await got(web, server, into)


async def test_a_redirect_into_this_network(web: Web, server: WebServer, into: Path) -> None:
    server.paths["/song"] = saying(302, location="http://127.0.0.1:1/")
    with pytest.raises(PermanentError) as caught:
        await got(web, server, into)
    assert caught.value.stable_code == "refused_address"


async def test_ranges_go_with_a_redirect(web: Web, server: WebServer, into: Path) -> None:
    await half(web, server, into)
    server.paths |= {"/song": saying(302, location="/there"), "/there": song()}
    await got(web, server, into)
    assert into.read_bytes() == SOUND
    assert server.asked[-1].headers["range"] == "bytes=524288-"


async def test_who_closes_it_keeps_what_came(web: Web, server: WebServer, into: Path) -> None:
    server.paths["/song"] = song()
    async with aclosing(web.download(server.url("/song"), into, most_bytes=4 * MIB)) as steps:
        async for step in steps:
            if step.done:
                break
    assert not into.exists()
    server.paths["/song"] = song()
    assert (await got(web, server, into))[0].done == step.done
    assert into.read_bytes() == SOUND


async def test_who_cancels_it_keeps_what_came(web: Web, server: WebServer, into: Path) -> None:
    came = asyncio.Event()

    async def stalling(_: Request, write: Write) -> None:
        await write(head(200, {"content-length": str(len(SOUND)), "etag": ETAG}) + SOUND[:300_000])
        came.set()
        await asyncio.Event().wait()

    server.paths["/song"] = stalling
    task = asyncio.create_task(got(web, server, into))
    await came.wait()
    await until(lambda: part(into).exists() and part(into).stat().st_size > 0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    server.paths["/song"] = song()
    assert (await got(web, server, into))[0].done > 0
    assert into.read_bytes() == SOUND


async def test_the_disk_is_full(
    web: Web, server: WebServer, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit of the size of files stands for it: the kernel refuses what goes beyond."""
    server.paths["/song"] = song()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    monkeypatch.setattr("mcma_plugins._parts._FULL", frozenset({errno.EFBIG}))
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        with pytest.raises(OutOfSpace):
            await got(web, server, into)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert not into.exists()
    assert part(into).stat().st_size == 300_000
    await got(web, server, into)
    assert into.read_bytes() == SOUND


async def test_a_folder_that_is_gone(web: Web, server: WebServer, into: Path) -> None:
    server.paths["/song"] = song()
    with pytest.raises(FileNotFoundError):
        await got(web, server, into.parent / "gone" / into.name)


async def test_an_empty_file(web: Web, server: WebServer, into: Path) -> None:
    server.paths["/song"] = song(b"")
    await got(web, server, into)
    assert into.read_bytes() == b""
