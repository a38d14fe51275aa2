"""A root that cannot be trusted stops the walk before its first folder, in words for people."""

import errno
import os
from pathlib import Path

import pytest

from mcma_local.root import probe
from mcma_local.walk import walk
from mcma_plugins import RootUnusable
from tests.local.trees import break_listing, files, found, make


def refusal(root: bytes) -> str:
    with pytest.raises(RootUnusable) as caught:
        next(walk(root))
    return str(caught.value)


def test_missing_root(tmp_path: Path) -> None:
    message = refusal(bytes(tmp_path / "gone"))
    assert f"'{tmp_path / 'gone'}' does not exist" in message
    assert "mount" in message


def test_root_below_a_file_is_missing(tmp_path: Path) -> None:
    make(tmp_path, "file")
    assert "does not exist" in refusal(bytes(tmp_path / "file/music"))


def test_root_that_is_a_file(tmp_path: Path) -> None:
    make(tmp_path, "a.mp3")
    assert "is not a folder" in refusal(bytes(tmp_path / "a.mp3"))


@pytest.mark.parametrize(
    "left", [(), ("lost+found/",), (".nomount",), (".Trash-1000/a.mp3", "._x", "@eaDir/")]
)
def test_root_with_nothing_in_it(tmp_path: Path, left: tuple[str, ...]) -> None:
    message = refusal(bytes(make(tmp_path, *left)))
    assert "has nothing in it" in message
    assert "mounted?" in message


def test_root_without_music_is_fine(tmp_path: Path) -> None:
    assert files(found(make(tmp_path, "readme.txt"))) == []


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ESTALE])
def test_root_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    make(tmp_path, "a.mp3")
    break_listing(monkeypatch, tmp_path, number)
    assert f"cannot be read ({os.strerror(number)})" in refusal(bytes(tmp_path))


def test_root_that_hides_itself(tmp_path: Path) -> None:
    assert "remove that file" in refusal(bytes(make(tmp_path, ".nomedia", "a.mp3")))


@pytest.mark.parametrize("root", [b"", b"music", b"./music", b"~/music", b"/mu\0sic"])
def test_root_that_is_no_absolute_path(root: bytes) -> None:
    assert "not an absolute path" in refusal(root)


def test_name_is_printed_on_one_line() -> None:
    message = probe(b"/gone/\xff\n\x1b[31m\xe2\x80\xae caf\xc3\xa9").message
    assert message.startswith("The folder '/gone/\\xff\\n\\x1b[31m\\u202e café' does not exist")
    assert message.isprintable()
    message.encode()
