"""Headers, statuses and errors of file answers, without a server."""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import anyio
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import Request

from mcma_plugins import web
from mcma_plugins.errors import Gone, McmaError, NotFound, Unavailable
from mcma_plugins.web import SENDFILE, FileChanged, attachment, file_response, safe_header

pytestmark = pytest.mark.anyio

DATA = bytes(range(256)) * 4
CHANGED = datetime(2026, 11, 5, 10, 20, 30, 999_999, tzinfo=UTC)
STAMP = "Thu, 05 Nov 2026 10:20:30 GMT"
BEFORE, AFTER = "Thu, 05 Nov 2026 10:20:29 GMT", "Thu, 05 Nov 2026 10:20:31 GMT"
WHOLE = 1024


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "song").write_bytes(DATA)
    return tmp_path / "song"


class Exchange:
    """One request to one response, over ASGI messages."""

    def __init__(self, headers: Mapping[str, str] = {}, method: str = "GET") -> None:
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        self.scope: dict[str, Any] = {"type": "http", "method": method, "path": "/", "headers": raw}
        self.sent: list[dict[str, Any]] = []
        self.gone_after: int | None = None

    async def run(self, file: Path, **options: Any) -> "Exchange":
        kept = {"size": len(DATA), "etag": "abc", "content_type": "audio/flac", "last_modified": CHANGED}
        response = file_response(Request(self.scope), path=bytes(file), **{**kept, **options})
        await response(self.scope, self.receive, self.send)
        return self

    async def receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode("latin-1") for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


PRECONDITIONS = [
    ({}, 200),
    ({"if-none-match": '"abc"'}, 304),
    ({"if-none-match": 'W/"abc"'}, 304),
    ({"if-none-match": '"x", "abc"'}, 304),
    ({"if-none-match": "*"}, 304),
    ({"if-none-match": '"x"'}, 200),
    ({"if-none-match": "abc"}, 200),
    ({"if-none-match": '"x"', "if-modified-since": AFTER}, 200),
    ({"if-modified-since": STAMP}, 304),
    ({"if-modified-since": AFTER}, 304),
    ({"if-modified-since": "Thursday, 05-Nov-26 10:20:30 GMT"}, 304),
    ({"if-modified-since": "Thu Nov  5 10:20:30 2026"}, 304),
    ({"if-modified-since": BEFORE}, 200),
    ({"if-modified-since": "yesterday"}, 200),
    ({"if-modified-since": "Thu, 05 Nov 99999999999 10:20:30 GMT"}, 200),
    ({"if-match": '"abc"'}, 200),
    ({"if-match": "*"}, 200),
    ({"if-match": 'W/"abc"'}, 412),
    ({"if-match": '"x"'}, 412),
    ({"if-unmodified-since": STAMP}, 200),
    ({"if-unmodified-since": BEFORE}, 412),
    ({"if-match": '"abc"', "if-unmodified-since": BEFORE}, 200),
    ({"if-match": '"x"', "if-none-match": '"abc"'}, 412),
    ({"if-none-match": '"abc"', "range": "bytes=0-1"}, 304),
]


@pytest.mark.parametrize(("headers", "status"), PRECONDITIONS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_preconditions(file: Path, method: str, headers: dict[str, str], status: int) -> None:
    got = await Exchange(headers, method).run(file)
    assert got.status == status
    assert got.headers["etag"] == '"abc"'
    assert got.headers["last-modified"] == STAMP
    assert got.body == (DATA if status == 200 and method == "GET" else b"")
    assert ("content-type" in got.headers) is (status == 200)


RANGES = [
    ("bytes=0-", 206, 0, 1024),
    ("bytes=0-0", 206, 0, 1),
    ("bytes=1000-", 206, 1000, 24),
    ("bytes=1000-99999999999999999999999999", 206, 1000, 24),
    ("bytes=-500", 206, 524, 500),
    ("bytes=-9999", 206, 0, 1024),
    ("Bytes=0-9", 206, 0, 10),
    ("bytes=0-9,", 206, 0, 10),
    ("bytes=0000-0009", 206, 0, 10),
    ("bytes=-0", 416, 0, 0),
    ("bytes=1024-", 416, 0, 0),
    ("bytes=1024-2000", 416, 0, 0),
    ("bytes=" + "9" * 5000 + "-", 416, 0, 0),
    ("bytes=9-5", 200, 0, WHOLE),
    ("bytes=0-1,3-4", 200, 0, WHOLE),
    ("bytes=" + ",".join(["0-1"] * 10_000), 200, 0, WHOLE),
    ("bytes=", 200, 0, WHOLE),
    ("bytes=-", 200, 0, WHOLE),
    ("bytes=--5", 200, 0, WHOLE),
    ("bytes=+1-5", 200, 0, WHOLE),
    ("bytes=1_0-20", 200, 0, WHOLE),
    ("bytes=²-", 200, 0, WHOLE),
    ("bytes 0-5", 200, 0, WHOLE),
    ("items=0-5", 200, 0, WHOLE),
    ("", 200, 0, WHOLE),
]


@pytest.mark.parametrize(("wanted", "status", "start", "count"), RANGES)
async def test_ranges(file: Path, wanted: str, status: int, start: int, count: int) -> None:
    got = await Exchange({"range": wanted}).run(file)
    named = {206: f"bytes {start}-{start + count - 1}/1024", 416: "bytes */1024", 200: None}
    assert got.status == status
    assert got.headers.get("content-range") == named[status]
    assert got.headers["content-length"] == str(count)
    assert got.headers["accept-ranges"] == "bytes"
    assert got.body == DATA[start : start + count]


async def test_two_range_fields_are_no_single_range(file: Path) -> None:
    exchange = Exchange()
    exchange.scope["headers"] = [(b"range", b"bytes=0-1"), (b"range", b"bytes=4-5")]
    got = await exchange.run(file)
    assert (got.status, got.body) == (200, DATA)


async def test_a_range_is_for_get_only(file: Path) -> None:
    got = await Exchange({"range": "bytes=0-1"}, "HEAD").run(file)
    assert (got.status, got.headers["content-length"], got.body) == (200, "1024", b"")


IF_RANGE = [
    ('"abc"', "abc", 206),
    ('"abc"', 'W/"abc"', 200),
    ('W/"abc"', 'W/"abc"', 200),
    ('"other"', "abc", 200),
    (STAMP, "abc", 206),
    (BEFORE, "abc", 200),
    (AFTER, "abc", 200),
    ("garbage", "abc", 200),
]


@pytest.mark.parametrize(("validator", "etag", "status"), IF_RANGE)
async def test_if_range(file: Path, validator: str, etag: str, status: int) -> None:
    got = await Exchange({"range": "bytes=0-9", "if-range": validator}).run(file, etag=etag)
    assert (got.status, got.body) == (status, DATA[:10] if status == 206 else DATA)


async def test_without_a_date_dates_are_ignored(file: Path) -> None:
    got = await Exchange({"if-modified-since": AFTER}).run(file, last_modified=None)
    assert got.status == 200
    assert "last-modified" not in got.headers


@pytest.mark.parametrize("wanted", ["bytes=0-", "bytes=-5"])
async def test_an_empty_file(tmp_path: Path, wanted: str) -> None:
    (tmp_path / "empty").touch()
    got = await Exchange({"range": wanted}).run(tmp_path / "empty", size=0)
    assert got.status == (416 if wanted == "bytes=0-" else 200)
    assert (got.headers["content-length"], got.body) == ("0", b"")


def not_there(folder: Path) -> Path:
    return folder / "nothing"


def under_a_file(folder: Path) -> Path:
    return folder / "song" / "below"


def a_folder(folder: Path) -> Path:
    return folder


def a_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def a_loop(folder: Path) -> Path:
    (folder / "loop").symlink_to(folder / "loop")
    return folder / "loop"


def too_long(folder: Path) -> Path:
    return folder / ("x" * 5000)


@pytest.mark.parametrize("make", [not_there, under_a_file, a_folder, a_pipe, a_loop, too_long])
async def test_what_is_no_file_is_not_found_before_the_head(file: Path, make: Any) -> None:
    await refused(NotFound, make(file.parent), size=0)


async def test_a_name_with_a_nul_is_not_found(file: Path) -> None:
    exchange = Exchange()
    response = file_response(
        Request(exchange.scope), path="a\0b", size=1, etag="a", content_type="audio/flac"
    )
    with pytest.raises(NotFound):
        await response(exchange.scope, exchange.receive, exchange.send)


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=0-1"}, {"range": "bytes=5000-"}])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_another_size_is_a_change_before_the_head(
    file: Path, method: str, headers: dict[str, str]
) -> None:
    error = await refused(FileChanged, file, method, headers, size=1023)
    assert isinstance(error, Gone)
    assert error.stable_code == "file_changed"


async def test_a_disk_that_fails_is_unavailable(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "open", fail)
    assert (await refused(Unavailable, file)).stable_code == "file_unreadable"


async def refused(
    kind: type[McmaError], file: Path, method: str = "GET", headers: Mapping[str, str] = {}, **options: Any
) -> McmaError:
    """The error, and the certainty that no byte was sent and no descriptor kept."""
    exchange, before = Exchange(headers, method), descriptors()
    with pytest.raises(kind) as raised:
        await exchange.run(file, **options)
    assert exchange.sent == []
    assert descriptors() == before
    return raised.value


async def test_the_copy_a_client_has_is_good_even_when_ours_is_gone(tmp_path: Path) -> None:
    got = await Exchange({"if-none-match": '"abc"'}).run(tmp_path / "gone")
    assert got.status == 304


async def test_big_files_go_out_in_pieces(tmp_path: Path) -> None:
    data = os.urandom(web.CHUNK * 2 + 5)
    (tmp_path / "big").write_bytes(data)
    got = await Listening().run(tmp_path / "big", size=len(data))
    assert [len(message["body"]) for message in got.sent[1:]] == [web.CHUNK, web.CHUNK, 5]
    assert got.body == data


class Listening(Exchange):
    """A client that stays until it has seen `patience` pieces."""

    patience = 99

    async def run(self, file: Path, **options: Any) -> Exchange:
        self.enough = anyio.Event()
        return await super().run(file, **options)

    async def receive(self) -> dict[str, Any]:
        await self.enough.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await super().send(message)
        if len(self.sent) > self.patience:
            self.enough.set()


async def test_reading_stops_when_the_client_leaves(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as big:
        big.truncate(web.CHUNK * 1000)
    leaving, before = Listening(), descriptors()
    leaving.patience = 3
    await leaving.run(tmp_path / "big", size=web.CHUNK * 1000)
    assert 3 < len(leaving.sent) < 900
    assert descriptors() == before


async def test_a_file_that_shrinks_on_the_way_is_not_completed(tmp_path: Path) -> None:
    path = tmp_path / "big"
    with path.open("wb") as big:
        big.truncate(web.CHUNK * 4)

    class Shrinking(Listening):
        async def send(self, message: Any) -> None:
            os.truncate(path, web.CHUNK)
            await super().send(message)

    exchange = Shrinking()
    with pytest.raises(FileChanged):
        await exchange.run(path, size=web.CHUNK * 4)
    assert all(message["more_body"] for message in exchange.sent[1:])


BIG = bytes(range(256)) * 1024


@pytest.mark.parametrize("accepts", [True, False])
async def test_the_extension_sends_the_range_or_leaves_it(tmp_path: Path, accepts: bool) -> None:
    (tmp_path / "big").write_bytes(BIG)
    exchange, asked = Listening({"range": "bytes=10-100009"}), []

    async def sendfile(fd: int, offset: int, count: int) -> bool:
        asked.append((os.pread(fd, count, offset) == BIG[10:100_010], offset, count))
        return accepts

    exchange.scope["extensions"] = {SENDFILE: {"send": sendfile}}
    await exchange.run(tmp_path / "big", size=len(BIG))
    assert asked == [(True, 10, 100_000)]
    assert exchange.body == (b"" if accepts else BIG[10:100_010])
    assert exchange.sent[-1]["more_body"] is False


async def test_a_file_that_shrinks_under_the_extension_is_a_change(tmp_path: Path) -> None:
    async def sendfile(fd: int, offset: int, count: int) -> bool:
        raise EOFError

    (tmp_path / "big").write_bytes(BIG)
    exchange = Exchange()
    exchange.scope["extensions"] = {SENDFILE: {"send": sendfile}}
    with pytest.raises(FileChanged):
        await exchange.run(tmp_path / "big", size=len(BIG))
    assert len(exchange.sent) == 1


async def test_a_small_answer_is_one_message_whoever_serves(file: Path) -> None:
    exchange = Exchange()
    exchange.scope["extensions"] = {SENDFILE: {"send": None}}
    assert [message["type"] for message in (await exchange.run(file)).sent[1:]] == ["http.response.body"]


async def test_the_extension_is_not_asked_for_a_head(file: Path) -> None:
    exchange = Exchange(method="HEAD")
    exchange.scope["extensions"] = {SENDFILE: {"send": None}}
    assert (await exchange.run(file)).status == 200


async def test_headers_of_the_caller_are_made_safe_and_go_with_304(file: Path) -> None:
    extra = {"Cache-Control": "private", "X-Title": "a\r\nSet-Cookie: b\x00 \U0001f3b5", "ETag": '"theirs"'}
    for headers in ({}, {"if-none-match": "*"}):
        got = await Exchange(headers).run(file, headers=extra, content_type="audio/x\r\nb")
        assert got.headers["cache-control"] == "private"
        assert got.headers["x-title"] == "a Set-Cookie: b  ?"
        assert [name for name, _ in got.sent[0]["headers"]].count(b"etag") == 1
        assert got.headers["etag"] == '"abc"'


@pytest.mark.parametrize(
    ("given_etag", "on_the_wire"),
    [
        ("abc", '"abc"'),
        ('"abc"', '"abc"'),
        ('W/"abc"', 'W/"abc"'),
        ('a"b c\r\nd', '"abcd"'),
        ("é", '""'),
    ],
)
async def test_entity_tags(file: Path, given_etag: str, on_the_wire: str) -> None:
    assert (await Exchange().run(file, etag=given_etag)).headers["etag"] == on_the_wire


NAMES = [
    ("song.flac", 'attachment; filename="song.flac"'),
    ("Ágætis.mp3", "attachment; filename=\"_g_tis.mp3\"; filename*=UTF-8''%C3%81g%C3%A6tis.mp3"),
    ('a"b\\c/d%e.mp3', "attachment; filename=\"a_b_c_d_e.mp3\"; filename*=UTF-8''a%22b%5Cc%2Fd%25e.mp3"),
    ("a\r\nSet-Cookie: x", 'attachment; filename="a Set-Cookie: x"'),
    ("", 'attachment; filename="download"'),
    ("\udcff.mp3", "attachment; filename=\"_.mp3\"; filename*=UTF-8''%EF%BF%BD.mp3"),
    ("why?.mp3", "attachment; filename=\"why_.mp3\"; filename*=UTF-8''why%3F.mp3"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "header"), NAMES)
async def test_names_of_downloads(file: Path, name: str, header: str) -> None:
    assert attachment(name) == header
    assert (await Exchange().run(file, filename=name)).headers["content-disposition"] == header


def test_a_long_name_keeps_its_ending() -> None:
    header = attachment("x" * 5000 + ".flac")
    assert header.endswith('xx.flac"')
    assert len(header) < 250


CHARACTERS = st.text(st.characters(codec=None), max_size=60)


@given(CHARACTERS)
@example("\U0001f3b5\r\n\x00\x7f\x85\u2028")
def test_any_text_makes_a_header_that_can_be_sent(text: str) -> None:
    for value in (safe_header(text), attachment(text)):
        assert not re.search(rb"[\x00-\x1f\x7f]", value.encode("latin-1"))


@given(CHARACTERS)
def test_safe_header_keeps_what_was_safe(text: str) -> None:
    once = safe_header(text)
    assert safe_header(once) == once


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60).filter(str.strip))
def test_the_name_comes_back(name: str) -> None:
    header = attachment(name)
    plain, _, full = header.removeprefix('attachment; filename="').partition("\"; filename*=UTF-8''")
    assert (unquote(full) or plain.removesuffix('"')) == name.strip()


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=0-1"}])
@pytest.mark.parametrize("size", [len(DATA), 200_000], ids=["read whole", "streamed"])
async def test_a_link_that_leads_out_of_the_folder_is_a_change(
    tmp_path: Path, headers: dict[str, str], size: int
) -> None:
    """Whoever may write among the music must not read what only the server may."""
    secret, music = tmp_path / "secret", tmp_path / "music"
    music.mkdir()
    secret.write_bytes(b"s" * size)
    (music / "song").symlink_to(secret)
    (music / "folder").symlink_to(tmp_path)
    for path in (music / "song", music / "folder" / "secret"):
        exchange, before = Exchange(headers), descriptors()
        with pytest.raises(FileChanged):
            await exchange.run(path, size=size, within=bytes(music))
        assert exchange.sent == []
        assert descriptors() == before


async def test_links_inside_the_folder_and_to_it_are_followed(tmp_path: Path) -> None:
    music, name = tmp_path / "music", tmp_path / "name"
    music.mkdir()
    name.symlink_to(music)
    (music / "song").write_bytes(DATA)
    (music / "again").symlink_to("song")
    exchange = await Exchange().run(name / "again", within=bytes(name) + b"/")
    assert exchange.body == DATA


async def test_where_the_system_does_not_name_open_files_the_path_is_resolved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_: object) -> bytes:
        raise FileNotFoundError

    (tmp_path / "song").write_bytes(DATA)
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "song").symlink_to(tmp_path / "song")
    monkeypatch.setattr(os, "readlink", unknown)
    monkeypatch.setattr(
        os.path, "realpath", lambda path: bytes(tmp_path / "song") if b"song" in path else path
    )
    await Exchange().run(tmp_path / "song", within=bytes(tmp_path))
    with pytest.raises(FileChanged):
        await Exchange().run(tmp_path / "music" / "song", within=bytes(tmp_path / "music"))
