"""What a person can set, and what is refused before it does harm."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mcma_musicbrainz import MusicBrainzSettings

ROOT = Path(__file__).parents[2]


def read(**fields: Any) -> MusicBrainzSettings:
    return MusicBrainzSettings.model_validate(fields)


def test_the_example_says_the_defaults() -> None:
    text = (ROOT / ".env.example").read_text()
    lines = dict(re.findall(r"^# MCMA_PLUGIN_MUSICBRAINZ_([A-Z_]+)=(.*)$", text, re.M))
    assert lines.pop("ACOUSTID_KEY_FILE") == ""
    assert {name.lower() for name in lines} == set(MusicBrainzSettings.model_fields)
    assert read(**{name.lower(): value for name, value in lines.items()}) == MusicBrainzSettings()


def test_nobody_is_asked_by_default() -> None:
    assert not MusicBrainzSettings().lookups


@pytest.mark.parametrize(("name", "said", "kept"), [
    ("countries", "de, XW ,DE", ("DE", "XW")),
    ("countries", '["GB"]', ("GB",)),
    ("locales", "en, ja_Latn", ("en", "ja_Latn")),
    ("allowed_hosts", "NAS.home:5000, [fd00::1]:80", ("nas.home:5000", "[fd00::1]:80")),
    ("base_url", " https://mirror.example/mb/ ", "https://mirror.example/mb"),
    ("contact", " me@example.org ", "me@example.org"),
])  # fmt: skip
def test_what_is_understood(name: str, said: str, kept: object) -> None:
    assert getattr(read(**{name: said}), name) == kept


@pytest.mark.parametrize(("name", "said"), [
    ("countries", "Germany"), ("countries", "D1"), ("locales", "English"), ("locales", "en-US"),
    ("allowed_hosts", "nas.home"), ("allowed_hosts", "http://nas.home:80"), ("allowed_hosts", "*:80"),
    ("base_url", "musicbrainz.org"), ("base_url", "ftp://musicbrainz.org"),
    ("base_url", "https://me:pw@musicbrainz.org"), ("base_url", "http://nas.home:http"),
    ("base_url", "http://nas.home:70000"), ("acoustid_url", "https://"),
    ("coverart_url", "https://coverartarchive.org/?a=b"),
    ("contact", "me) evil/1.0 (x"), ("contact", "a\r\nHost: b"), ("contact", "a" * 201),
    ("per_second", 0), ("per_second", -1), ("per_second", "nan"), ("cache_days", 0), ("cache_days", 1000),
])  # fmt: skip
def test_what_is_refused(name: str, said: object) -> None:
    with pytest.raises(ValidationError, match=name):
        read(**{name: said})


@pytest.mark.parametrize(
    "url", ["https://musicbrainz.org", "https://beta.musicbrainz.org", "http://MusicBrainz.org."]
)
def test_everybodys_server_is_asked_once_a_second(url: str) -> None:
    with pytest.raises(ValidationError, match="per_second"):
        read(base_url=url, per_second=1.1)
    assert read(base_url=url, per_second=0.5).per_second == 0.5


def test_a_mirror_is_asked_as_often_as_one_likes() -> None:
    assert read(base_url="http://nas.home:5000", per_second=200).per_second == 200


def test_the_key_is_no_secret_that_shows() -> None:
    settings = read(acoustid_key=" sesame\n")
    assert "sesame" not in repr(settings)
    assert settings.acoustid_key.get_secret_value() == "sesame"
