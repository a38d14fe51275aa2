"""What the README says of settings, states and codes is what there is."""

import re
from pathlib import Path

from mcma_plugins.errors import PermanentError
from mcma_plugins.sources import SOURCE_STATES
from mcma_youtube import YouTubeSettings, faults, verdicts
from mcma_youtube.plugin import YouTubePlugin

README = (Path(__file__).parents[2] / "mcma_youtube" / "README.md").read_text()


def cells(heading: str) -> list[str]:
    """The first of each line of the table below a heading."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


def test_settings() -> None:
    expected = [f"MCMA_PLUGIN_YOUTUBE_{name.upper()}" for name in YouTubeSettings.model_fields]
    assert cells("Settings") == expected


def test_states() -> None:
    assert set(cells("How it is")) == set(SOURCE_STATES) - {"unreachable"}


def test_codes() -> None:
    told = set(re.findall(r"`([a-z_]+)`", README.partition("with one of these codes:")[2].partition(".")[0]))
    errors = [one.error() for one in verdicts.VERDICTS]
    assert told == {one.stable_code for one in errors if isinstance(one, PermanentError)} | {
        faults.not_there().stable_code
    }


def test_commands() -> None:
    for command in YouTubePlugin(YouTubeSettings()).commands():
        assert f"`mcma youtube {command.name}`" in README
