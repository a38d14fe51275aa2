"""Bad files are lines of the report; the scan goes on."""

import os
import random
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mcma.domain.facts import FileProblem, ProblemReason
from mcma.services.indexing.reading import Read, ToRead
from mcma.store.tables.catalogue import albums, file_problems, track_files
from tests.support.audio import run_ffmpeg, tone
from tests.support.scanning import InThread, Music

pytestmark = pytest.mark.anyio


def _truncated(path: Path) -> None:
    path.write_bytes(tone("flac", 0.5).read_bytes()[:60])


def _video(path: Path) -> None:
    movie = path.with_suffix(".mkv")
    run_ffmpeg("-f", "lavfi", "-i", "testsrc=size=32x32:duration=0.2", "-c:v", "mjpeg", str(movie))
    movie.rename(path)


def _huge_tag(path: Path) -> None:
    size = 300 << 20
    safe = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    with path.open("wb") as file:
        file.write(b"ID3\x04\x00\x00" + bytes([0x7F, 0x7F, 0x7F, 0x7F]) + b"TIT2" + safe + b"\x00\x00")
        file.truncate(size)


BAD: dict[str, Callable[[Path], Any]] = {
    "zero bytes": lambda path: path.write_bytes(b""),
    "truncated": _truncated,
    "mislabelled": lambda path: path.write_bytes(b"%PDF-1.4 " * 500),
    "video": _video,
    "a tag of 300 MB": _huge_tag,
    "a pipe": lambda path: os.mkfifo(path),
}
REASONS = {
    "zero bytes": {"empty"}, "truncated": {"truncated", "broken", "not_audio"}, "mislabelled": {"not_audio"},
    "video": {"video", "not_audio"}, "a tag of 300 MB": {"tag_too_large"}, "a pipe": {"not_regular"},
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_file_is_a_problem_and_no_track(music: Music, kind: str) -> None:
    music.put("a/good.mp3", title="good", artist="Anna")
    BAD[kind](music.root / "a/bad.mp3")
    report = await music.scan()
    assert (report.state, report.added, report.problems) == ("ok", 1, 1)
    [problem] = await music.rows(file_problems)
    assert problem.reason in REASONS[kind]
    assert (problem.path_display, bool(problem.message)) == ("a/bad.mp3", True)
    assert (await music.tracks()).keys() == {"good"}
    (music.root / "a/bad.mp3").unlink()
    report = await music.scan()
    assert (report.problems, await music.rows(file_problems)) == (0, [])


class Counting(InThread):
    def __init__(self) -> None:
        self.paths: list[bytes] = []

    async def read(self, files: Sequence[ToRead]) -> list[Read]:
        self.paths += [file.path.rpartition(b"/")[2] for file in files]
        return await super().read(files)


async def test_a_bad_file_is_read_again_only_when_it_changes(music: Music) -> None:
    bad = music.root / "bad.mp3"
    bad.write_bytes(b"nothing here")
    await music.scan()
    [before] = await music.rows(file_problems)
    reading = Counting()
    await music.scanning(reading).run()
    assert reading.paths == []
    [kept] = await music.rows(file_problems)
    assert (kept.id, kept.first_seen_at) == (before.id, before.first_seen_at)
    await music.scanning(reading, full=True).run()
    assert reading.paths == [b"bad.mp3"]
    music.put("bad.mp3", title="good now", artist="Anna")
    report = await music.scanning(reading).run()
    assert (report.added, reading.paths, await music.rows(file_problems)) == (1, [b"bad.mp3"] * 2, [])


async def test_a_known_file_that_breaks_stays_as_it_was(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Anna")
    await music.scan()
    before = await music.track("one")
    good = (music.root / "a/1.mp3").read_bytes()
    (music.root / "a/1.mp3").write_bytes(b"")
    reading = Counting()
    await music.scanning(reading).run()
    report = await music.scanning(reading).run()
    assert (report.problems, report.missing, reading.paths) == (1, 0, [b"1.mp3"])
    assert await music.track("one") == before
    (music.root / "a/1.mp3").write_bytes(good)
    await music.scan()
    assert ((await music.track("one")).id, await music.rows(file_problems)) == (before.id, [])


class Writing(InThread):
    """Somebody writes to the file while it is read, once."""

    def __init__(self) -> None:
        self.times = 0

    async def read(self, files: Sequence[ToRead]) -> list[Read]:
        self.times += 1
        if self.times == 1:
            return [FileProblem(ProblemReason.CHANGED, "written to while it was read") for _ in files]
        return await super().read(files)


async def test_a_file_that_changes_while_it_is_read_is_read_by_the_next_scan(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Anna")
    reading = Writing()
    report = await music.scanning(reading).run()
    assert (report.added, report.problems) == (0, 1)
    report = await music.scanning(reading).run()
    assert (report.added, report.problems, await music.rows(file_problems)) == (1, 0, [])


async def test_names_of_every_kind(music: Music) -> None:
    names = [
        unicodedata.normalize("NFC", "é").encode() + b".mp3",
        unicodedata.normalize("NFD", "é").encode() + b".mp3",
        b"x" * 251 + b".mp3", b"\xff\xfe.mp3", b"new\nline.mp3", "\u202ertl.mp3".encode(), b"A.mp3", b"a.mp3",
        "😀.mp3".encode(), b"-rf.mp3", b"%s{0}'\".mp3",
    ]  # fmt: skip
    for number, name in enumerate(names):
        source = music.put("plain.mp3", title=f"t{number}", artist="Anna")
        source.rename(music.root / os.fsdecode(name))
    report = await music.scan()
    assert (report.added, report.problems) == (len(names), 0)
    rows = await music.rows(track_files)
    assert {bytes(row.name) for row in rows} == set(names)
    assert all(row.path_display.isprintable() for row in rows)
    report = await music.scan()
    assert (report.changed, report.missing) == (0, 0)


async def test_loops_of_links_end(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Anna")
    (music.root / "a/loop").symlink_to("..")
    report = await music.scan()
    assert report.added == 1
    assert {row.reason for row in await music.rows(file_problems)} == {"symlink_loop"}


async def test_tags_cannot_hurt_the_database(music: Music) -> None:
    tags: dict[str, Any] = {"album": "x" * 3000, "comment": "\x00", "tracknumber": "99999999999999999999"}
    music.put("a/1.mp3", title="a\x00b", artist="An\x00na", **tags)
    report = await music.scan()
    assert (report.state, report.added) == ("ok", 1)
    [row] = (await music.tracks()).values()
    assert "\x00" not in f"{row.title}{row.artist}{row.comment}"


class Shouting(InThread):
    async def read(self, files: Sequence[ToRead]) -> list[Read]:
        return [FileProblem(ProblemReason.BROKEN, "a\x00b\udcff" * 500) for _ in files]


async def test_what_a_reader_says_is_cleaned(music: Music) -> None:
    music.put("a/1.mp3", title="one")
    await music.scanning(Shouting()).run()
    [problem] = await music.rows(file_problems)
    assert problem.message.startswith("a\\x00b\\xdcff")
    assert len(problem.message) <= 500


async def test_names_that_no_index_takes_are_taken(music: Music) -> None:
    """A thousand letters of another script: one such file kept a whole library from being scanned."""
    shuffled = random.Random(1)
    long = ["".join(chr(shuffled.randint(0x4E00, 0x9FFF)) for _ in range(1000)) for _ in range(4)]
    title, artist, album, genre = long
    for name in ("a/1.mp3", "a/2.mp3"):
        music.put(name, title=title, artist=artist, album=album, genre=genre)
    music.put("b/good.mp3", title="good", artist="Anna")
    report = await music.scan()
    assert (report.state, report.added, report.problems) == ("ok", 3, 0)
    assert len(await music.rows(albums)) == 1
    assert (await music.scan()).changed == 0
