"""songLyrics 2, and lyrics by name."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from mcma_plugins.values import Lyrics, LyricsCue
from mcma_subsonic.xml import document
from tests.subsonic import fakedata as data
from tests.subsonic.conftest import Ask

SONG = f"tr-{data.track_id(2)}"


def shown(ask: Ask, monkeypatch: pytest.MonkeyPatch, lyrics: Lyrics) -> list[dict[str, object]]:
    monkeypatch.setitem(data.LYRICS, data.track_id(2), (lyrics,))
    [found] = ask("getLyricsBySongId", id=SONG, enhanced="true")["lyricsList"]["structuredLyrics"]
    assert found["kind"] == "main"
    lines: list[dict[str, object]] = found.get("cueLine", [])
    return lines


def test_places_are_bytes(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    cues = (LyricsCue(100, "눈"), LyricsCue(200, "을"), LyricsCue(300, "é\U0001f3b5"))
    lines = shown(ask, monkeypatch, Lyrics("ko", True, [(0, ""), (100, "눈을 é\U0001f3b5")], [(), cues]))
    assert lines == [{"index": 1, "start": 100, "value": "눈을 é\U0001f3b5", "cue": [
        {"start": 100, "byteStart": 0, "byteEnd": 2, "value": "눈"},
        {"start": 200, "byteStart": 3, "byteEnd": 5, "value": "을"},
        {"start": 300, "byteStart": 7, "byteEnd": 12, "value": "é\U0001f3b5"},
    ]}]  # fmt: skip


@pytest.mark.parametrize(
    ("ends", "following", "shown_ends"),
    [([None, None], 900, None), ([150, None], 900, [150, 900]), ([None, 400], 900, [200, 400]),
     ([150, None], None, [150, 200]), ([150, None], 50, [150, 200])],
)  # fmt: skip
def test_all_have_ends_or_none(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, ends: list[int | None], following: int | None,
    shown_ends: list[int] | None,
) -> None:  # fmt: skip
    cues = (LyricsCue(100, "a", ends[0]), LyricsCue(200, "b", ends[1]))
    lines: list[tuple[int | None, str]] = [(100, "a b")]
    lines += [(following, "c")] if following is not None else []
    [line] = shown(ask, monkeypatch, Lyrics("und", True, lines, [cues, *[()] * (len(lines) - 1)]))
    cue_nodes: Any = line["cue"]
    found = [cue.get("end") for cue in cue_nodes]
    assert found == ([None, None] if shown_ends is None else shown_ends)
    assert line.get("end") == (shown_ends[-1] if shown_ends else None)


def test_without_times_of_words_there_are_none(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(ask, monkeypatch, Lyrics("", False, [(None, "plain")])) == []
    assert shown(ask, monkeypatch, Lyrics("eng", True, [(0, "lines")])) == []
    [old, _] = ask("getLyricsBySongId", id=f"tr-{data.track_id(1)}")["lyricsList"]["structuredLyrics"]
    assert "cueLine" not in old and "kind" not in old


def test_the_line_of_cues_is_an_attribute_in_xml() -> None:
    line = {"index": 0, "value": "a b", "cue": [{"start": 1, "byteStart": 0, "byteEnd": 0, "value": "a"}]}
    text = document({"lyricsList": {"structuredLyrics": [{"cueLine": [line]}]}})
    assert '<cueLine index="0" value="a b"><cue start="1" byteStart="0" byteEnd="0">a</cue></cueLine>' in text


@pytest.mark.parametrize(
    ("artist", "title", "found"),
    [("The Beetles feat. Ångström", "COME APART", True), ("ångström", "Come Apart ", True),
     ("", "come apart", True),
     ("ABBA", "Come Apart", False), ("The Beetles", "", False), ("", "Come", False)],
)  # fmt: skip
def test_by_name(ask: Ask, artist: str, title: str, found: bool) -> None:
    assert bool(ask("getLyrics", artist=artist, title=title)["lyrics"]["value"]) is found


@pytest.mark.parametrize("enhanced", ["perhaps", "2"])
def test_what_is_no_flag(client: TestClient, ask: Ask, enhanced: str) -> None:
    assert ask("getLyricsBySongId", id=SONG, enhanced=enhanced)["error"]["code"] == 0
