"""The demo library: deterministic, tagged, and never half there."""

import itertools
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mcma.demo import files, make_demo
from mcma.demo.albums import ALBUMS, Album
from mcma.demo.pieces import played
from mcma.demo.sound import RATE
from mcma.demo.tagging import lrc
from mcma.domain.errors import McmaError
from mcma.domain.facts import FileFacts
from mcma.media.tags import read_file
from tests.core.cli.conftest import Mcma


def short(album: Album) -> Album:
    """Two bars of one piece."""
    piece = next((one for one in album.pieces if one.lyrics), album.pieces[-1])
    chords = " ".join(piece.chords.split()[:2])
    return replace(album, pieces=(replace(piece, chords=chords, tempo=200),))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcma.demo.albums.ALBUMS", tuple(short(album) for album in ALBUMS))


def facts(path: Path) -> FileFacts:
    found = read_file(bytes(path))
    assert isinstance(found, FileFacts), found
    return found


@pytest.mark.parametrize("album", ALBUMS, ids=lambda album: album.suffix)
def test_a_piece_is_the_same_each_time_and_is_heard(album: Album) -> None:
    piece = short(album).pieces[0]
    first, second = played(piece, album.band), played(piece, album.band)
    assert first == second
    assert max(map(abs, first)) > 0.2
    assert max(abs(after - before) for before, after in itertools.pairwise(first)) < 0.5, "it clicks"
    assert abs(sum(first) / len(first)) < 0.02


@pytest.mark.usefixtures("few")
def test_files_have_tags_covers_and_lyrics(tmp_path: Path) -> None:
    assert make_demo(tmp_path / "demo") == len(ALBUMS)
    found = {path.suffix: facts(path) for path in tmp_path.glob("demo/*/*/0*.*") if path.suffix != ".lrc"}
    assert set(found) == {".flac", ".mp3", ".opus"}
    for album in ALBUMS:
        one, piece = found[f".{album.suffix}"], short(album).pieces[0]
        assert (one.tags.title, one.tags.album) == (piece.title, album.title)
        assert album.suffix == "opus" or one.picture, "the folder's cover is beside it"
    assert "CC0" in (tmp_path / "demo" / "LICENCE.txt").read_text()
    assert list(tmp_path.glob("demo/*/*/*.lrc"))
    assert len(list(tmp_path.glob("demo/*/*/cover.jpg"))) == len(ALBUMS)


@pytest.mark.usefixtures("few")
def test_without_ffmpeg_it_is_wav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "located", lambda: None)
    make_demo(tmp_path)
    names = sorted(path.suffix for path in tmp_path.glob("*/*/0*.*") if path.suffix != ".lrc")
    assert names == [".wav"] * len(ALBUMS)
    assert facts(next(tmp_path.glob("*/*/0*.wav"))).tags.album


@pytest.mark.usefixtures("few")
def test_one_that_was_cut_short_is_made_again_and_a_whole_one_is_not(tmp_path: Path) -> None:
    (tmp_path / ".making" / "half").mkdir(parents=True)
    assert make_demo(tmp_path) == len(ALBUMS)
    assert not (tmp_path / ".making").exists()
    shutil.rmtree(tmp_path / ALBUMS[0].artist)
    assert make_demo(tmp_path) == 0


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path, mcma: Mcma) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(McmaError, match="cannot be made"):
        make_demo(tmp_path / "file" / "demo")
    ran = mcma("demo", str(tmp_path / "file" / "demo"))
    assert ran.code == 1
    assert "file/demo" in ran.err


def test_the_albums_are_as_promised() -> None:
    assert len(ALBUMS) == 3
    for album in ALBUMS:
        assert 4 <= len(album.pieces) <= 5
        for piece in album.pieces:
            seconds = len(piece.chords.split()) * 4 * 60 / piece.tempo + 2
            assert 20 <= seconds <= 40, piece.title


def test_lyrics_have_times_in_order() -> None:
    piece = next(piece for album in ALBUMS for piece in album.pieces if piece.lyrics)
    lines = lrc(piece).splitlines()
    assert lines[0].startswith("[00:00.00]")
    assert lines == sorted(lines)
    assert RATE == 24_000
