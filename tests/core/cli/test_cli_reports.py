"""What commands say of their own run: files that were refused, workers, and how the server is."""

import json
import shutil
from pathlib import Path

import pytest

from mcma.domain.words import counted
from tests.core.cli.conftest import Mcma
from tests.support.audio import make_audio


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCMA_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """One song and one file that is no music."""
    folder = tmp_path / "inbox"
    make_audio(folder / "a.mp3", tags={"title": "A", "artist": "B", "album": "C"})
    (folder / "bad.mp3").write_text("junk")
    return folder


def test_a_scan_tells_duplicates_from_refused_files(mcma: Mcma, inbox: Path) -> None:
    shutil.copy(inbox / "a.mp3", inbox / "b.mp3")
    mcma("library", "add", str(inbox), "--name", "Ours")
    told = mcma("scan", "--wait")
    assert told.out.startswith("Ours: 3 files, 2 added")
    taken, refused = told.err.split("Ours: 1 file was not taken in:")
    assert "Ours: 1 file was taken in, with the same sound as another file:\n  b.mp3\n" in taken
    assert "bad.mp3: not_audio" in refused
    assert "b.mp3: duplicate" not in told.err


def test_one_file_says_nothing_of_its_neighbours(mcma: Mcma, inbox: Path) -> None:
    mcma("import", str(inbox), "--wait")
    ran = mcma("import", str(inbox / "a.mp3"), "--wait")
    assert (ran.code, "bad.mp3" in ran.err) == (0, False)
    assert ran.out.startswith(f"{inbox / 'a.mp3'}: 1 file, 0 imported, 0 replaced, 1 unchanged")
    assert json.loads(mcma("import", str(inbox / "a.mp3"), "--wait", "--json").out)["left_out"] == []


@pytest.mark.parametrize(
    ("name", "reason"), [("bad.mp3", "not_audio"), ("void.mp3", "empty"), ("a.txt", "no kind of file")]
)
def test_one_file_that_is_refused_is_a_failure(mcma: Mcma, inbox: Path, name: str, reason: str) -> None:
    (inbox / "void.mp3").touch()
    (inbox / "a.txt").write_text("words")
    for _ in range(2):
        ran = mcma("import", str(inbox / name), "--wait")
        assert ran.code == 1
        assert f"{inbox / name} was not imported: " in ran.err
        assert reason in ran.err
    assert mcma("import", str(inbox), "--wait").code == 0, "a folder may have such files"


def test_a_file_that_is_there_already_is_no_failure(mcma: Mcma, inbox: Path) -> None:
    mcma("import", str(inbox), "--wait")
    shutil.copy(inbox / "a.mp3", inbox / "b.mp3")
    ran = mcma("import", str(inbox / "b.mp3"), "--wait")
    assert (ran.code, "1 duplicate," in ran.out) == (0, True)


def test_without_a_server_no_worker_is_asked_for_that_sqlite_refuses(mcma: Mcma) -> None:
    ran = mcma("job", "workers")
    assert (ran.code, "mcma serve" in ran.err, "mcma worker" in ran.err) == (0, True, False)


def test_on_either_engine_the_doctor_says_that_no_server_runs(
    mcma: Mcma, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCMA_DATABASE_URL", database_url)
    ran = mcma("doctor")
    assert "warning: No server is running. (not_running)\n    mcma serve\n" in ran.out
    assert ran.code == 0
    assert "mcma serve" in mcma("job", "workers").err


def test_one_is_no_plural() -> None:
    assert [counted(count, "file") for count in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
    assert counted(1, "library", "libraries") == "1 library"
    assert counted(12345, "library", "libraries") == "12,345 libraries"


def test_a_track_says_who_says_what(mcma: Mcma, inbox: Path) -> None:
    mcma("library", "add", str(inbox), "--name", "Ours")
    mcma("scan", "--wait")
    found = json.loads(mcma("search", "A", "--json").out)
    track = next(one["id"] for part in found for one in part["items"] if one["kind"] == "track")
    rows = [line.split("\t") for line in mcma("track", "fields", track).out.splitlines()]
    assert ["title", "A", "tag", "yes"] in rows
    assert ["artists", "B", "tag", "yes"] in rows
    [title] = [
        one for one in json.loads(mcma("track", "fields", track, "--json").out) if one["field"] == "title"
    ]
    assert (title["value"], title["rule"], len(title["values"])) == ("A", "prefer", 1)
    assert mcma("track", "fields", "nonsense").code == 2
