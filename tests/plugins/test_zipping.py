"""Archives as answers: whole, of the length that was promised, and cut off when that cannot be kept."""

import io
import os
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.requests import Request
from starlette.types import Message

from mcma_plugins import _zipping
from mcma_plugins._zipping import length_of, written
from mcma_plugins.errors import NotFound
from mcma_plugins.streams import Archive, Packed
from mcma_plugins.values import StreamFile
from mcma_plugins.web import FileChanged, archive_response

pytestmark = pytest.mark.anyio
AT = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)


def packed(path: Path, name: str = "", *, size: int | None = None, root: Path | None = None) -> Packed:
    size = path.stat().st_size if size is None else size
    within = None if root is None else bytes(root)
    return Packed(name or path.name, StreamFile(bytes(path), size, "", "", "", AT, path.name, within), AT)


def files_in(folder: Path) -> list[Packed]:
    for name, size in (("a.flac", 3_000_000), ("empty.mp3", 0), ("ö.opus", 17)):
        (folder / name).write_bytes(os.urandom(size))
    return [
        packed(folder / "a.flac", "Ann/01 Song.flac"), packed(folder / "empty.mp3", "Ann/02 – leer.mp3"),
        packed(folder / "ö.opus", "Ann/日本.opus"), Packed("Ann/note.txt", b"words", AT),
    ]  # fmt: skip


def test_what_is_written_can_be_read_and_is_as_long_as_said(tmp_path: Path) -> None:
    files = files_in(tmp_path)
    made = b"".join(written(files))
    assert len(made) == length_of(files)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [file.name for file in files]
        assert archive.read("Ann/01 Song.flac") == (tmp_path / "a.flac").read_bytes()
        info = archive.getinfo("Ann/日本.opus")
    assert (info.date_time, info.compress_type) == (AT.timetuple()[:6], zipfile.ZIP_STORED)
    assert info.flag_bits & 0x800, "names are UTF-8 and say so"


@pytest.mark.parametrize("year", [1970, 1980, 2107, 2200])
def test_moments_the_format_has_no_place_for(year: int) -> None:
    files = [Packed("a", b"x", datetime(year, 6, 1, tzinfo=UTC))]
    with zipfile.ZipFile(io.BytesIO(b"".join(written(files)))) as archive:
        assert 1980 <= archive.getinfo("a").date_time[0] <= 2107


@pytest.mark.parametrize(
    ("sizes", "limit", "count"),
    [([10, 10], 5, 100), ([3, 3, 3], 60, 100), ([10, 300, 10], 200, 100), ([0] * 5, 1000, 4), ([10], 9, 1)],
)
def test_lengths_beyond_what_the_old_format_can_say(
    sizes: Sequence[int], limit: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With limits that need no gigabytes."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", count)
    files = [Packed(f"folder/{place}", b"x" * size, AT) for place, size in enumerate(sizes)]
    made = b"".join(written(files))
    assert len(made) == length_of(files)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        assert [info.file_size for info in archive.infolist()] == list(sizes)


def test_nothing_at_all() -> None:
    assert len(b"".join(written([]))) == length_of([]) == 22


class Exchange:
    """One request and what was sent; `leaves_after` messages the client is gone."""

    def __init__(self, method: str = "GET", leaves_after: int | None = None) -> None:
        self.sent: list[Message] = []
        self.released = 0
        self._method, self._leaves = method, leaves_after
        self._gone = anyio.Event()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    async def run(self, files: Sequence[Packed]) -> None:
        scope: dict[str, Any] = {"type": "http", "method": self._method, "headers": []}
        archive = Archive("Ann – First", files, self._release)
        await archive_response(Request(scope), archive)(scope, self._receive, self._send)

    def _release(self) -> None:
        self.released += 1

    async def _receive(self) -> Message:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)
        if self._leaves is not None and len(self.sent) >= self._leaves:
            self._gone.set()
            await anyio.sleep_forever()


async def test_an_answer(tmp_path: Path) -> None:
    exchange, files = Exchange(), files_in(tmp_path)
    await exchange.run(files)
    assert exchange.headers["content-type"] == "application/zip"
    assert exchange.headers["accept-ranges"] == "none"
    assert "filename*=UTF-8''Ann%20%E2%80%93%20First.zip" in exchange.headers["content-disposition"]
    assert int(exchange.headers["content-length"]) == len(exchange.body)
    assert max(len(message.get("body", b"")) for message in exchange.sent) <= _zipping.PIECE + 1024
    assert (exchange.sent[-1].get("more_body"), exchange.released) == (False, 1)


async def test_looking_sends_the_length_alone(tmp_path: Path) -> None:
    exchange, files = Exchange("HEAD"), files_in(tmp_path)
    await exchange.run(files)
    assert exchange.headers["content-length"] == str(length_of(files))
    assert (exchange.body, exchange.released) == (b"", 1)


async def test_a_first_file_that_is_not_as_it_was_is_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "in").mkdir()
    for file, error in (
        (packed(tmp_path / "a", size=4), FileChanged), (packed(tmp_path / "nowhere", size=4), NotFound),
        (packed(tmp_path / "a", root=tmp_path / "in"), FileChanged),
    ):  # fmt: skip
        exchange = Exchange()
        with pytest.raises(error):
            await exchange.run([file])
        assert (exchange.sent, exchange.released) == ([], 1)


async def test_a_later_one_cuts_the_connection(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    exchange = Exchange()
    with pytest.raises(FileChanged):
        await exchange.run([Packed("first", b"words", AT), packed(tmp_path / "a", size=6)])
    assert all(message.get("more_body", True) for message in exchange.sent), "an end would look whole"
    assert exchange.released == 1


async def test_a_client_that_goes_away_ends_the_work(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(8_000_000))
    exchange = Exchange(leaves_after=3)
    with anyio.fail_after(10):
        await exchange.run([packed(tmp_path / "a")])
    assert (len(exchange.sent), exchange.released) == (3, 1)
    assert tmp_path / "a" not in {one.resolve() for one in Path("/proc/self/fd").iterdir()}, "still open"
