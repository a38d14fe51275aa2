"""Reading in processes: a file that kills or hangs its reader is a problem of its own."""

import asyncio
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from mcma.domain.facts import FileFacts, FileProblem
from mcma.services.indexing.readers import TagReaders
from mcma.services.indexing.reading import ToRead, read_one
from tests.support.audio import make_audio
from tests.support.bad_readers import read_badly
from tests.support.forked_readers import start_anew
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> None:
    start_anew(monkeypatch)


def files(root: Path, *names: str) -> list[ToRead]:
    return [
        ToRead(os.fsencode(make_audio(root / name, tags={"title": name})), (), os.fsencode(root))
        for name in names
    ]


async def test_files_are_read_in_order(tmp_path: Path) -> None:
    async with TagReaders(1) as readers:
        readers.warm_up()
        read = await readers.read(files(tmp_path, "b.mp3", "a.mp3"))
    assert [one.tags.title for one in read if isinstance(one, FileFacts)] == ["b.mp3", "a.mp3"]


@pytest.mark.parametrize(("name", "words"), [("kills.mp3", "crashed"), ("hangs.mp3", "hung")])
async def test_a_bad_file_is_a_problem_and_the_others_are_read(tmp_path: Path, name: str, words: str) -> None:
    async with TagReaders(1, read_many=read_badly, seconds_per_file=2) as readers:
        one, bad, two = await readers.read(files(tmp_path, "1.mp3", name, "2.mp3"))
    assert isinstance(bad, FileProblem)
    assert (bad.reason, words in bad.message) == ("broken", True)
    assert isinstance(one, FileFacts)
    assert isinstance(two, FileFacts)


async def test_a_crash_does_not_blame_what_was_read_beside_it(tmp_path: Path) -> None:
    async with TagReaders(2, read_many=read_badly, seconds_per_file=10) as readers:
        batches = [files(tmp_path, "1.mp3", "2.mp3"), files(tmp_path, "kills.mp3"), files(tmp_path, "3.mp3")]
        read = await asyncio.gather(*(readers.read(batch) for batch in batches))
    problems = [[isinstance(one, FileProblem) for one in batch] for batch in read]
    assert problems == [[False, False], [True], [False]]


async def test_no_process_is_left(tmp_path: Path) -> None:
    async with TagReaders(1) as readers:
        await readers.read(files(tmp_path, "1.mp3"))
        pool = readers._crowd.pool
        assert isinstance(pool, ProcessPoolExecutor)
        [process] = pool._processes.values()
    process.join(5)
    assert not process.is_alive()


async def test_a_scan_with_processes(music: Music) -> None:
    music.album("a", "one two", artist="Anna", album="First")
    async with TagReaders(1) as readers:
        report = await music.scanning(readers).run()
    assert (report.state, report.added) == ("ok", 2)


@pytest.mark.parametrize(("name", "album"), [("Anna/First/01 one.mp3", None)])
def test_an_album_is_never_taken_from_a_folder(tmp_path: Path, name: str, album: str | None) -> None:
    path = make_audio(tmp_path / name)
    read = read_one(ToRead(os.fsencode(path), (), os.fsencode(tmp_path)))
    assert isinstance(read, FileFacts)
    assert (read.tags.album, read.tags.title, "album" in read.tags.from_name) == (album, "one", False)


async def test_without_processes_files_are_read_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some containers have no shared memory for the locks of a process pool."""

    def refused(_method: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("mcma.services.indexing.readers.get_context", refused)
    song = make_audio(tmp_path / "song.mp3", tags={"title": "Song"})
    async with TagReaders(2) as readers:
        readers.warm_up()
        [found] = await readers.read([ToRead(os.fsencode(song), (), os.fsencode(tmp_path))])
    assert isinstance(found, FileFacts)
    assert found.tags.title == "Song"


ORPHAN = """
import asyncio, os, sys
from mcma.services.indexing.readers import TagReaders
from mcma.services.indexing.reading import ToRead

async def main():
    readers = TagReaders(1)
    await readers.read([ToRead(os.fsencode(sys.argv[1]), (), b"/")])
    [process] = readers._crowd.pool._processes.values()
    print(process.pid, flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_reader_goes_with_a_killed_server(tmp_path: Path) -> None:
    song = make_audio(tmp_path / "song.mp3")
    script = tmp_path / "orphan.py"
    script.write_text(ORPHAN)
    server = subprocess.Popen([sys.executable, str(script), str(song)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    reader = int(server.stdout.readline())
    server.kill()
    server.wait()
    server.stdout.close()
    until = time.monotonic() + 10
    while Path(f"/proc/{reader}").exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not Path(f"/proc/{reader}").exists()
