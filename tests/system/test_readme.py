"""What the documents tell people to type exists."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from mcma.cli.app import build
from mcma.settings import Settings
from mcma_archive import ArchiveSettings
from mcma_local import LocalSettings
from mcma_lyrics import LyricsSettings
from mcma_musicbrainz import MusicBrainzSettings
from mcma_youtube import YouTubePlugin, YouTubeSettings

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "docs/artists.md",
    "docs/running.md",
    "core/README.md",
    "mcma_archive/README.md",
    "mcma_youtube/README.md",
    "mcma_musicbrainz/README.md",
    "mcma_lyrics/README.md",
)
OF_PLUGINS = {"youtube": [one.name for one in YouTubePlugin(YouTubeSettings()).commands()]}
TARGETS = ("setup", "run", "test", "lint", "bench", "soak", "clean")


def text(page: str) -> str:
    return (ROOT / page).read_text()


def commands(page: str) -> list[list[str]]:
    lines = re.findall(r"^(?: {4}|  .*?\? +)((?:\.venv/bin/)?mcma .*)$", text(page), re.MULTILINE)
    inline = re.findall(r"`(mcma [^`]+)`", text(page))
    return [shlex.split(line, comments=True)[1:] for line in (*lines, *inline)]


def test_there_are_commands_to_check() -> None:
    assert len(commands("README.md")) > 5


@pytest.mark.parametrize("page", PAGES)
def test_commands_are_understood(page: str) -> None:
    app = build()
    for words in commands(page):
        if words[:1] == ["--data-dir"]:
            words = words[2:]
        if words[0] in OF_PLUGINS:
            assert words[1:] in [[command] for command in OF_PLUGINS[words[0]]]
            continue
        if words != ["--help"]:
            app.parse_args(words, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("page", PAGES)
def test_make_has_the_targets(page: str) -> None:
    assert set(re.findall(r"\bmake ([a-z]+)\b(?=[ `]|$)", text(page), re.MULTILINE)) - {"one"} <= set(TARGETS)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", text(page)):
        if "://" not in link:
            assert (ROOT / page).parent.joinpath(link).exists(), link


@pytest.mark.parametrize("page", PAGES)
def test_settings_exist(page: str) -> None:
    known = {f"MCMA_{name.upper()}" for name in Settings.model_fields}
    known |= {f"MCMA_PLUGIN_LOCAL_{name.upper()}" for name in LocalSettings.model_fields}
    known |= {f"MCMA_PLUGIN_ARCHIVE_{name.upper()}" for name in ArchiveSettings.model_fields}
    known |= {f"MCMA_PLUGIN_MUSICBRAINZ_{name.upper()}" for name in MusicBrainzSettings.model_fields}
    known |= {f"MCMA_PLUGIN_LYRICS_{name.upper()}" for name in LyricsSettings.model_fields}
    known |= {f"MCMA_PLUGIN_YOUTUBE_{name.upper()}" for name in YouTubeSettings.model_fields}
    known |= {f"{name}_FILE" for name in known} | {"MCMA_"}
    assert set(re.findall(r"MCMA_[A-Z_]*", text(page))) <= known


def make(*arguments: str) -> str:
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "--assume-old=setup", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_there(target: str) -> None:
    make(target)


def test_run_passes_on_what_was_asked_for() -> None:
    asked = make("run", "MUSIC=/a folder/it's", "LAN=1", "PORT=7000")
    assert all(
        words in asked for words in ("serve --welcome", '--library "$MUSIC"', "--lan", '--port "$PORT"')
    )
    plain = make("run")
    assert "--demo" in plain
    assert "--lan" not in plain
    assert "--lan" not in make("run", "LAN=0")


def test_a_folder_with_spaces_stays_one_word(tmp_path: Path) -> None:
    """The recipe, with a program that only prints what it was given."""
    (tmp_path / "Makefile").write_text(text("Makefile"))
    program = tmp_path / ".venv" / "bin" / "mcma"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nfor one in "$@"; do echo "[$one]"; done\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["make", "--no-print-directory", "--assume-old=.venv/.ready", "run", "MUSIC=/a b/it's"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "[/a b/it's]" in done.stdout, done


def test_continuous_integration_runs_the_tests() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "set -euo pipefail" in script.read_text()
    assert "make test" in script.read_text()
