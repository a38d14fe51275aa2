"""Commands without a server: they take the folder's lock and do the work themselves."""

import io
import json
from pathlib import Path

import pytest

from mcma.store.lock import FolderLock
from tests.core.cli.conftest import Mcma
from tests.support.audio import make_audio


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))


@pytest.mark.usefixtures("typed")
def test_from_a_user_to_a_scanned_library(mcma: Mcma, tmp_path: Path) -> None:
    folder, music = ("--data-dir", str(tmp_path / "data")), tmp_path / "my music"
    make_audio(music / "a.mp3", tags={"title": "A", "artist": "B", "album": "C"})
    (music / "bad\x1b[31m.mp3").write_text("junk")
    made = mcma(*folder, "user", "add", "ada", "--admin", "--password-stdin", "--json")
    assert json.loads(made.out)["name"] == "ada"
    login = json.loads(mcma(*folder, "user", "app-password", "ada", "--name", "Phone", "--json").out)
    assert set(login) == {"username", "password"}
    assert mcma(*folder, "user", "app-passwords", "ada").out.startswith("Phone\t")
    assert (
        mcma(*folder, "user", "revoke", "ada", "--name", "Phone").out
        == "The app password for Phone is gone.\n"
    )
    listed = mcma(*folder, "user", "app-passwords", "ada")
    assert (listed.out, "mcma user app-password ada" in listed.err) == ("", True)
    told = mcma(*folder, "user", "rights", "ada", "--no-share")
    assert told.out == "ada may: download, upload, share, fetch\n", "an administrator may do everything"
    assert mcma("library", "add", str(music), "--name", "Ours", *folder).code == 0
    assert mcma(*folder, "user", "libraries", "ada").out == "ada sees: Ours\n"
    assert mcma(*folder, "user", "libraries", "ada", "Ours", "--all").code == 2
    scanned = mcma(*folder, "scan", "Ours", "--wait")
    assert scanned.code == 0
    assert scanned.out.startswith("Ours: 2 files, 1 added, 0 changed")
    assert "1 file was not taken in" in scanned.err
    assert "\x1b" not in scanned.err, "a file's name moves no cursor"
    (again,) = json.loads(mcma(*folder, "scan", "--wait", "--json").out)
    assert again["report"]["added"] == 0
    assert "mcma job list --all" in mcma(*folder, "job", "list", "--state", "failed").err
    assert mcma(*folder, "job", "list", "--state", "failed", "--all").err == "No jobs.\n"
    jobs = json.loads(mcma(*folder, "job", "list", "--json").out)
    assert [one["state"] for one in jobs if one["kind"] == "scan"] == ["succeeded"] * 2
    assert mcma(*folder, "library", "list").out.startswith("1\tOurs\t1\t1\tok\t")


def test_a_folder_is_imported(mcma: Mcma, tmp_path: Path) -> None:
    folder, inbox = ("--data-dir", str(tmp_path / "data")), tmp_path / "inbox"
    make_audio(inbox / "a.mp3", tags={"title": "A", "artist": "B", "album": "C"})
    (inbox / "bad.mp3").write_text("junk")
    queued = mcma(*folder, "import", str(inbox))
    assert queued.out.startswith(f"{inbox}: queued as job ")
    ran = mcma(*folder, "import", str(inbox), "--wait")
    assert ran.out.startswith(f"{inbox}: 2 files, 1 imported, 0 replaced, 0 unchanged, 0 duplicates, 1 prob")
    assert "bad.mp3: not_audio" in ran.err
    assert (tmp_path / "data/music/Imported/B/C/A.mp3").exists()
    one = json.loads(mcma(*folder, "import", str(inbox / "a.mp3"), "--wait", "--json").out)
    assert (one["state"], one["report"]["unchanged"]) == ("succeeded", 1)
    kids = mcma(*folder, "import", str(inbox / "a.mp3"), "--library", "Kids", "--link", "--wait")
    assert kids.code == 0
    nothing = mcma(*folder, "import", str(tmp_path / "nothing"))
    assert (nothing.code, "neither a folder nor a file" in nothing.err) == (1, True)


def test_a_scan_that_cannot_be_trusted_fails_and_names_the_folder(mcma: Mcma, tmp_path: Path) -> None:
    folder, music = ("--data-dir", str(tmp_path / "data")), tmp_path / "music"
    music.mkdir()
    mcma(*folder, "library", "add", str(music))
    ran = mcma(*folder, "scan", "--wait")
    assert ran.code == 1
    assert str(music) in ran.err
    assert "mcma job show" in ran.err
    assert "Error:" not in ran.err, "no name of a Python class"


@pytest.mark.parametrize(
    ("command", "named", "hint"),
    [
        ("library add /nowhere/at/all", "/nowhere/at/all", ""),
        ("scan nothing", "nothing", "mcma library list"),
        ("scan", "no library", "mcma library add PATH"),
        ("user disable nobody", "nobody", "mcma user list"),
        ("user delete nobody", "nobody", "--yes"),
        ("job show 12", "12", "mcma job list"),
        ("local nothing", "nothing", ""),
    ],
)
def test_failures_say_what_and_how_to_go_on(
    mcma: Mcma, tmp_path: Path, command: str, named: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    ran = mcma("--data-dir", str(tmp_path / "data"), *command.split())
    assert ran.code == (2 if command.startswith("local") else 1)
    assert ran.out == ""
    assert named in ran.err
    assert hint in ran.err


def test_a_folder_in_use_by_somebody_silent_is_named(
    mcma: Mcma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcma.cli.execute._PATIENCE", 0.0)
    lock = FolderLock(tmp_path)
    lock.acquire()
    ran = mcma("--data-dir", str(tmp_path), "user", "list")
    lock.release()
    assert ran.code == 1
    assert str(tmp_path) in ran.err


def test_passwords_are_never_an_argument(mcma: Mcma) -> None:
    assert mcma("user", "add", "ada", "--password", "correct horse battery").code == 2


def test_on_either_engine_a_scan_is_waited_for(
    mcma: Mcma, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCMA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCMA_DATA_DIR", str(tmp_path / "data"))
    make_audio(tmp_path / "music" / "a.mp3", tags={"title": "A"})
    assert mcma("library", "add", str(tmp_path / "music")).code == 0
    queued = json.loads(mcma("scan", "--json").out)
    assert [one["state"] for one in queued] == ["queued"]
    (scanned,) = json.loads(mcma("scan", "--wait", "--json").out)
    assert (scanned["job"], scanned["state"], scanned["songs"]) == (queued[0]["job"], "succeeded", 1)


def test_a_database_that_cannot_be_reached_is_1_and_no_password(
    mcma: Mcma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCMA_DATABASE_URL", "postgresql+asyncpg://mcma:hunter2@127.0.0.1:1/mcma")
    ran = mcma("--data-dir", str(tmp_path / "data"), "user", "list")
    assert ran.code == 1
    assert "database" in ran.err
    assert "hunter2" not in ran.err
    assert "Traceback" not in ran.err
