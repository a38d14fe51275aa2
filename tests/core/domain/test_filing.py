"""Names of managed files: what people and tags come up with, on every file system."""

import unicodedata
from typing import Any

import pytest

from mcma.domain.filing import LONGEST, filed, safe_name, twin_key

TRACK: dict[str, Any] = {
    "artist": "Anna", "album": "First", "title": "One", "track": 1, "disc": None, "discs": 1
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Anna/First/01 One"),
        ({"track": None}, "Anna/First/One"),
        ({"track": 123}, "Anna/First/123 One"),
        ({"disc": 2, "discs": 2}, "Anna/First/2-01 One"),
        ({"disc": None, "discs": 2}, "Anna/First/1-01 One"),
        ({"album": None}, "Anna/01 One"),
        ({"artist": ""}, "Unknown Artist/First/01 One"),
        ({"title": "", "track": None}, "Anna/First/Untitled"),
        ({"artist": "AC/DC", "album": "../..", "title": "a\\b"}, "AC_DC/_._/01 a_b"),
        ({"artist": "...And You Will Know"}, "_..And You Will Know/First/01 One"),
    ],
)
def test_where_a_file_is_filed(changes: dict[str, Any], expected: str) -> None:
    found = filed(**{**TRACK, **changes})
    assert "/".join((*found.folders, found.stem)) == expected


@pytest.mark.parametrize(
    "said",
    [
        "", " ", ".", "..", "...", "/", "\\", "a\0b", "a\nb", "\x7f", "con", "CON.mp3", "LPT1",
        "trailing. . ", "lost+found", "System Volume Information", "#recycle", "@eaDir", "$RECYCLE.BIN",
        ".hidden",
        "\ud800", "é" * 300, "🎵" * 100, "x" * 500, "e\u0301" * 200, 'a:b*c?d"e<f>g|h', "\u202etxt.mp3",
    ],
)  # fmt: skip
def test_a_name_is_safe_whatever_was_said(said: str) -> None:
    name = safe_name(said)
    assert 1 <= len(name.encode()) <= LONGEST + 1
    assert not set(name) & set('\0\n/\\:*?"<>|\x7f')
    assert not name.startswith((".", "#", "@", "$", " "))
    assert not name.endswith((".", " "))
    assert name.casefold() not in {"con", "lpt1", "lost+found", "system volume information"}
    assert name == unicodedata.normalize("NFC", name)
    assert safe_name(name) == name, "what was named once keeps its name"


def test_names_that_a_file_system_may_take_for_one() -> None:
    assert twin_key("Beyonce\u0301") == twin_key("BEYONC\u00c9")
    assert twin_key("STRASSE") == twin_key("straße")
    assert twin_key("a") != twin_key("b")
