"""What a person can set, and what is refused before it does harm."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mcma_lyrics import LyricsSettings

ROOT = Path(__file__).parents[2]


def read(**fields: Any) -> LyricsSettings:
    return LyricsSettings.model_validate(fields)


def test_the_example_says_the_defaults() -> None:
    lines = re.findall(r"^# MCMA_PLUGIN_LYRICS_([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.M)
    assert {name.lower() for name, _ in lines} == set(LyricsSettings.model_fields)
    assert read(**{name.lower(): value for name, value in lines}) == LyricsSettings()


@pytest.mark.parametrize(("name", "said", "kept"), [
    ("allowed_hosts", "NAS.home:8080, [fd00::1]:80", ("nas.home:8080", "[fd00::1]:80")),
    ("allowed_hosts", '["nas.home:1"]', ("nas.home:1",)),
    ("base_url", " https://mirror.example/lrc/ ", "https://mirror.example/lrc"),
])  # fmt: skip
def test_what_is_understood(name: str, said: str, kept: object) -> None:
    assert getattr(read(**{name: said}), name) == kept


@pytest.mark.parametrize(("name", "said"), [
    ("allowed_hosts", "nas.home"), ("allowed_hosts", "http://nas.home:80"), ("allowed_hosts", "*:80"),
    ("base_url", "lrclib.net"), ("base_url", "ftp://lrclib.net"), ("base_url", "https://me:pw@lrclib.net"),
    ("base_url", "https://lrclib.net/?a=b"), ("base_url", "https://"), ("base_url", "https://lrclib.net/#x"),
    ("seconds_between", -1), ("keep_days", 0), ("keep_nothing_days", 0),
])  # fmt: skip
def test_what_is_refused(name: str, said: object) -> None:
    with pytest.raises(ValidationError, match=name):
        read(**{name: said})
