"""mcma lyrics export: files outside of all libraries, whatever is asked for."""

from pathlib import Path

import pytest

from tests.core.cli.conftest import Mcma
from tests.support.audio import make_audio

TIMED = "[00:01.00]<00:01.00>One <00:01.50>two\n[00:03.00]<b>three</b>\n"


@pytest.fixture
def music(mcma: Mcma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCMA_DATA_DIR", str(tmp_path / "data"))
    root = tmp_path / "music"
    for number, words in enumerate(("plain words\nof it", "", TIMED), 1):
        tags = {"title": f"Song {number}", "artist": "Anna", "album": "First"}
        make_audio(root / "Anna" / f"{number}.mp3", freq=300 + number, tags=tags)
        if words:
            (root / "Anna" / f"{number}.lrc").write_text(words)
    assert mcma("library", "add", str(root), "--name", "Mine").code == 0
    assert mcma("scan", "--wait").code == 0
    return root


def test_what_there_is_is_written_once(mcma: Mcma, music: Path, tmp_path: Path) -> None:
    before = sorted(music.rglob("*"))
    out = tmp_path / "out" / "lyrics"
    done = mcma("lyrics", "export", "Mine", str(out))
    assert (done.code, done.out) == (0, "2 files written, 0 unchanged\n"), done.err
    assert sorted(path.name for path in (out / "Anna").iterdir()) == ["1.txt", "3.lrc"]
    assert (out / "Anna" / "1.txt").read_text() == "plain words\nof it\n"
    head, _, words = (out / "Anna" / "3.lrc").read_text().partition("[00:01.00]")
    assert head.startswith("[ti:Song 3]\n[ar:Anna]\n")
    assert "[00:01.00]" + words == TIMED
    (out / "Anna" / "1.txt").write_text("other")
    assert mcma("lyrics", "export", "Mine", str(out)).out == "1 file written, 1 unchanged\n"
    assert sorted(music.rglob("*")) == before


def test_never_where_a_library_is(mcma: Mcma, music: Path, tmp_path: Path) -> None:
    before = sorted(music.rglob("*"))
    link = tmp_path / "link"
    link.symlink_to(music)
    inside = tmp_path / "out"
    inside.mkdir()
    (inside / "Anna").symlink_to(music / "Anna")
    (tmp_path / "file").write_text("x")
    for where in (music, music / "new", tmp_path, link, link / "new", inside, tmp_path / "file" / "new"):
        assert mcma("lyrics", "export", "Mine", str(where)).code == 1, where
    assert sorted(music.rglob("*")) == before
    assert mcma("lyrics", "export", "Nowhere", str(tmp_path / "a")).code == 1
