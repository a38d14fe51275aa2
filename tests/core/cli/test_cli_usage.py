"""What is typed: options anywhere, exit statuses, words on stderr, and a cheap import."""

import subprocess
import sys
from pathlib import Path

import pytest

from mcma.cli.app import build
from tests.core.cli.conftest import Mcma

COMMANDS = (
    "serve", "health", "migrate", "openapi", "rebuild", "doctor", "demo", "worker", "scan", "search",
    "import",
    "config show",
    "user add", "user app-password", "user app-passwords", "user revoke", "user rights",
    "user libraries",
    "user list", "user passwd", "user disable", "user enable", "user delete",
    "library add", "library list", "library remove", "plugin list", "track fields",
    "job list", "job show", "job cancel", "job retry", "job workers",
    "backup create", "backup list", "backup restore", "backup epoch",
    "schedule list", "schedule enable", "schedule disable",
    "playlist import", "playlist report", "playlist get-missing", "playlist export", "playlist list",
    "downloads list", "downloads add", "downloads show", "downloads cancel", "downloads retry",
    "downloads approve", "downloads reject",
    "tags write", "tags list", "tags undo", "lyrics export",
    "artists merge", "artists split", "artists undo", "artists aliases",
    "labels list", "labels merge", "labels undo",
    "reviews list", "reviews show", "reviews decide", "reviews undo",
    "enrich", "enrich status", "enrich reviews", "enrich show", "enrich accept", "enrich refuse",
    "enrich undo",
    "duplicates list", "duplicates status", "duplicates merge", "duplicates dismiss", "duplicates undo",
    "duplicates find",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_how_it_is_used(mcma: Mcma, command: str) -> None:
    ran = mcma(*command.split(), "--help")
    assert ran.code == 0
    assert f"mcma {command}" in ran.out
    assert "--data-dir" in ran.out


def test_there_are_no_other_commands() -> None:
    app = build()
    groups = {name for name in app if not name.startswith("-")}
    assert groups == {command.split()[0] for command in COMMANDS}
    for command in COMMANDS:
        if " " in command:
            group, name = command.split()
            assert name in set(app[group])


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",), ("user", "add"), ("user", "list", "--nonsense"), ("serve", "--port", "many"),
        ("library", "add"), ("user", "app-password", "ada"), ("user", "revoke", "ada"),
        ("scan", "one", "two"), ("job", "show"),
    ],
)  # fmt: skip
def test_wrong_use_is_2_and_nothing_on_stdout(mcma: Mcma, arguments: tuple[str, ...]) -> None:
    ran = mcma(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.strip()


def test_version(mcma: Mcma) -> None:
    ran = mcma("--version")
    assert (ran.code, ran.out.split()[0]) == (0, "mcma")


@pytest.mark.parametrize("place", ["before", "after", "environment"])
def test_the_data_folder_can_be_given_anywhere(
    mcma: Mcma, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(tmp_path / "some where")
    if place == "environment":
        monkeypatch.setenv("MCMA_DATA_DIR", folder)
        ran = mcma("config", "show")
    elif place == "before":
        ran = mcma("--data-dir", folder, "config", "show")
    else:
        ran = mcma("config", "show", "--data-dir", folder)
    assert ran.code == 0
    assert folder in ran.out


def test_the_settings_with_their_origin_and_no_secret(mcma: Mcma, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBSONIC_SECRET_KEY", "5a8e0c4b7d1f3e2a9c6b5a8e0c4b7d1f")
    monkeypatch.setenv("MCMA_PORT", "7000")
    lines = mcma("config", "show").out.splitlines()
    assert "MCMA_PORT\t7000\tenv" in lines
    assert "SUBSONIC_SECRET_KEY\t********\tenv" in lines
    assert any(line.startswith("MCMA_PLUGIN_LOCAL_") for line in lines)


def test_a_bad_setting_is_1_and_named(mcma: Mcma, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCMA_PORT", "hunter2")
    ran = mcma("user", "list")
    assert ran.code == 1
    assert "MCMA_PORT" in ran.err
    assert "hunter2" not in ran.err


def test_a_worker_beside_sqlite_is_refused_with_the_reason(mcma: Mcma) -> None:
    ran = mcma("worker")
    assert ran.code == 2
    assert "SQLite" in ran.err
    assert "MCMA_DATABASE_URL" in ran.err


def test_importing_the_command_costs_nothing() -> None:
    """Processes that read tags import it again."""
    code = "import sys, mcma.cli; print(*(name for name in sys.modules if '.' not in name))"
    heavy = {"sqlalchemy", "fastapi", "cyclopts", "rich", "structlog", "pydantic", "asyncio"}
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not heavy & set(loaded.stdout.split())


def test_help_needs_neither_database_nor_web() -> None:
    code = (
        "import sys; from mcma.cli.app import run; run(['--help']);"
        "print(*(name for name in sys.modules if '.' not in name))"
    )
    heavy = {"sqlalchemy", "fastapi", "structlog", "pydantic", "markdown_it", "mcma_plugins"}
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not heavy & set(loaded.stdout.splitlines()[-1].split())


def test_a_plugin_without_a_command_is_used_wrongly(mcma: Mcma) -> None:
    ran = mcma("local")
    assert ran.code == 2
    assert "there is: none" in ran.err


def test_what_is_not_utf8_is_refused(mcma: Mcma) -> None:
    ran = mcma("job", "list", "--kind", "x\udcff")
    assert ran.code == 1
    assert "UTF-8" in ran.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_result_that_cannot_be_written_is_a_failure(tmp_path: Path, more: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "mcma", "--data-dir", tmp_path / "data", "config", "show", *more],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (
        1,
        "mcma: The result cannot be written: No space left on device\n",
    )


def test_without_a_stdout_it_works_in_silence(tmp_path: Path) -> None:
    shell = f"'{sys.executable}' -m mcma --data-dir '{tmp_path}/data' config show >&-"
    ran = subprocess.run(["/bin/sh", "-c", shell], stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
