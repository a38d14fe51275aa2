"""What a person can set, and what is refused before it does harm."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mcma_archive import ArchiveSettings

ROOT = Path(__file__).parents[2]


def read(**fields: Any) -> ArchiveSettings:
    return ArchiveSettings.model_validate(fields)


def test_the_example_says_the_defaults() -> None:
    lines = re.findall(r"^# MCMA_PLUGIN_ARCHIVE_([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.M)
    assert read(**{name.lower(): value for name, value in lines}) == ArchiveSettings()


@pytest.mark.parametrize(("name", "said", "kept"), [
    ("formats", " VBR MP3, flac ,Flac", ("vbr mp3", "flac")),
    ("formats", '["Flac"]', ("flac",)),
    ("collections", "etree, 78rpm", ("etree", "78rpm")),
    ("allowed_hosts", "NAS.home:8080, [fd00::1]:80", ("nas.home:8080", "[fd00::1]:80")),
    ("base_url", " https://mirror.example/ia/ ", "https://mirror.example/ia"),
])  # fmt: skip
def test_what_is_understood(name: str, said: str, kept: object) -> None:
    assert getattr(read(**{name: said}), name) == kept


@pytest.mark.parametrize(("name", "said"), [
    ("formats", ""), ("formats", "flac, nonsense"), ("collections", "etree) OR (x"), ("collections", "a b"),
    ("allowed_hosts", "nas.home"), ("allowed_hosts", "http://nas.home:80"), ("allowed_hosts", "*:80"),
    ("base_url", "archive.org"), ("base_url", "ftp://archive.org"), ("base_url", "https://me:pw@archive.org"),
    ("base_url", "https://archive.org/?a=b"), ("base_url", "https://"),
    ("base_url", "https://archive.org/#x"),
    ("track_items", -1), ("track_items", 100),
])  # fmt: skip
def test_what_is_refused(name: str, said: object) -> None:
    with pytest.raises(ValidationError, match=name):
        read(**{name: said})
