"""Lyrics beside the sound: which files, in which languages, and TTML."""

from pathlib import Path

import pytest

from mcma.media.lyricfiles import lyrics_beside
from mcma.media.lyrics import parse_lyrics
from mcma.media.ttml import read_ttml
from mcma_plugins.lrc import MAX_LYRICS
from mcma_plugins.values import LyricsCue

NS = "http://www.w3.org/ns/ttml"
TT = f'<tt xmlns="{NS}" xmlns:ttm="{NS}#metadata" xml:lang="ko"><body><div>{{}}</div></body></tt>'


def beside(folder: Path, files: dict[str, str]) -> list[tuple[str, str | None]]:
    for name, text in files.items():
        (folder / name).write_text(text)
    found = lyrics_beside(bytes(folder / "a b.flac"), [name.encode() for name in files])
    assert {one.source for one in found} <= {"sidecar"}
    return [(one.lang, one.plain) for one in found]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, []),
        ({"a b.lrc": "[00:01.00]x"}, [("und", "x")]),
        ({"a b.lrc": "[00:01.00]x", "A B.ELRC": "[00:01.00]<00:01.00>y"}, [("und", "y")]),
        ({"a b.de.lrc": "[00:01.00]ja", "a b.lrc": "x", "a b.eng.elrc": "yes"},
         [("und", "x"), ("de", "ja"), ("eng", "yes")]),
        ({"a b.pt-BR.lrc": "sim"}, [("pt-br", "sim")]),
        ({"a b.de.lrc": "one", "a b.de.elrc": "other"}, [("de", "other")]),
        ({"a b.live.lrc": "x", "a bc.lrc": "x", "a.lrc": "x", "a b.d.lrc": "x", "a b.txt": "x"}, []),
        ({"a b.lrc": " \n"}, []),
        ({"a b.ttml": "no xml"}, []),
        ({"a b.ttml": TT.format("<p begin='1s'>라</p>"), "a b.lrc": "x"}, [("ko", "라")]),
    ],
)  # fmt: skip
def test_which_files(tmp_path: Path, files: dict[str, str], found: list[tuple[str, str]]) -> None:
    assert beside(tmp_path, files) == found


def test_a_file_that_is_too_large_or_gone(tmp_path: Path) -> None:
    (tmp_path / "a b.lrc").write_bytes(b"x" * (1024 * 1024 + 1))
    assert lyrics_beside(bytes(tmp_path / "a b.flac"), [b"a b.lrc", b"a b.de.lrc"]) == ()


def test_words_of_ttml() -> None:
    body = """<ttm:agent type="person" xml:id="v1"/>
      <p begin="1.000" end="3.5" ttm:agent="v1"><span begin="1.000" end="1.400">Hel</span><span begin="1.4"
      end="2.0">lo</span> <span begin="00:00:02.500" end="3500ms">there</span><span ttm:role="x-bg"><span
      begin="2.0" end="3.0">(ooh)</span></span><span ttm:role="x-translation" xml:lang="de">Hallo</span></p>
      <p begin="01:02.250">line &amp; only<br/>that</p>"""
    read = read_ttml(TT.format(body).encode())
    assert read is not None and read.lang == "ko"
    found = parse_lyrics(read.text, read.lang)
    assert found is not None
    assert found.synced == ((1000, "Hello there"), (62_250, "line & only that"))
    assert found.cues == (
        (LyricsCue(1000, "Hel", 1400), LyricsCue(1400, "lo", 2000), LyricsCue(2500, "there", 3500)), (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("begin", "at"),
    [("0", 0), ("7", 7000), ("7.25s", 7250), ("250ms", 250), ("2m", 120_000), ("0.5h", 1_800_000),
     ("1:02.5", 62_500), ("01:00:00.000", 3_600_000), ("", None), ("12f", None), ("100t", None),
     ("00:00:01:12", None),
     ("-1", None), ("1e3", None), ("99:59:59", None), ("1:02s", None)],
)  # fmt: skip
def test_times_of_ttml(begin: str, at: int | None) -> None:
    read = read_ttml(TT.format(f"<p begin='{begin}'>la</p>").encode())
    found = parse_lyrics(read.text) if read else None
    assert found is not None
    assert found.synced == (() if at is None else ((at, "la"),))


BOMB = '<!DOCTYPE tt [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + TT.format("<p>&b;</p>")
HOSTILE = [
    b"", b"\0" * 100, b"<tt", b"<html/>", BOMB.encode(), b"<?xml version='1.0' encoding='nonsense'?><tt/>",
    b"<tt>" + b"<span>" * 20_000 + b"</span>" * 20_000 + b"</tt>",
    b"<tt><p begin='1s'>" + b"<span begin='1s'>a</span>" * 20_000 + b"</p></tt>",
    TT.format("<p begin='1s'>" + "<span>" * 5000 + "x" + "</span>" * 5000 + "</p>").encode(),
]  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_ttml_is_no_lyrics_or_short_ones(data: bytes) -> None:
    read = read_ttml(data)
    found = parse_lyrics(read.text, read.lang) if read else None
    assert found is None or len(found.plain or "") <= 100_000


def test_nested_paragraphs_are_read_once() -> None:
    depth = 2000
    body = "<p begin='1s'><span>word</span><span>" * depth + "</span></p>" * depth
    read = read_ttml(TT.format(body).encode())
    assert read is not None
    assert len(read.text) < 100 * depth
    after = read_ttml(TT.format("<div><p><p>in</p>x</p></div><p>one</p><div><p>two</p></div>").encode())
    assert after is not None
    assert after.text.split("\n")[1:] == ["one", "two"]


def test_lines_that_come_again_are_counted_each_time() -> None:
    words = "<00:01>a " * 400
    stamps = "".join(f"[{at // 60:02}:{at % 60:02}]" for at in range(5000))
    read = parse_lyrics(f"[00:00]first\n{stamps}{words}")
    assert read is not None
    assert read.synced[0] == (0, "first")
    assert 100 < len(read.synced) < 500
    assert sum(map(len, read.cues)) <= MAX_LYRICS
    assert len(read.plain or "") <= MAX_LYRICS + len(read.synced)
