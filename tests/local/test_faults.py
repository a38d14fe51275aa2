"""One bad entry costs itself, never the walk, and is never taken for a deletion."""

import errno
import os
import socket
import stat
from pathlib import Path

import pytest

from mcma_local.walk import walk
from tests.local.trees import LISTING_ERRORS, break_listing, files, found, make, problems, unknown


def test_pipe_with_an_audio_name(tmp_path: Path) -> None:
    make(tmp_path, "a.mp3")
    os.mkfifo(tmp_path / "pipe.mp3")
    os.mkfifo(tmp_path / "cover.jpg")
    os.mkfifo(tmp_path / "other")
    (tmp_path / "link.mp3").symlink_to("pipe.mp3")
    folders = found(tmp_path)
    assert files(folders) == ["a.mp3"]
    assert folders[0].files[0].sidecars == ()
    assert problems(folders) == {"pipe.mp3": "not_regular", "link.mp3": "not_regular"}
    assert "named pipe" in folders[0].problems[0].message


def test_socket_with_an_audio_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.mp3")
    monkeypatch.chdir(tmp_path)  # a socket's path may have 107 bytes
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock.mp3")
        folders = found(tmp_path)
    assert files(folders) == ["a.mp3"]
    assert problems(folders) == {"sock.mp3": "not_regular"}
    assert "socket" in folders[0].problems[0].message


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_device_with_an_audio_name(tmp_path: Path) -> None:
    make(tmp_path, "a.mp3")
    os.mknod(tmp_path / "null.mp3", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    folders = found(tmp_path)
    assert files(folders) == ["a.mp3"]
    assert problems(folders) == {"null.mp3": "not_regular"}


@pytest.mark.parametrize("name", LISTING_ERRORS)
def test_folder_that_cannot_be_listed_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    make(tmp_path, "a/1.mp3", "b/2.mp3", "b/deep/3.mp3", "c/4.mp3")
    break_listing(monkeypatch, tmp_path / "b", LISTING_ERRORS[name])
    folders = found(tmp_path)
    assert [folder.path for folder in folders] == [b"", b"a", b"b", b"c"]
    assert files(folders) == ["a/1.mp3", "c/4.mp3"]
    assert unknown(folders) == ["b"]
    assert problems(folders) == {"b": "unreadable"}
    assert os.strerror(LISTING_ERRORS[name]) in folders[2].problems[0].message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything; the test above stands for it")
@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_folder_without_permission_is_unknown(tmp_path: Path, mode: int) -> None:
    make(tmp_path, "a/1.mp3", "b/2.mp3")
    (tmp_path / "b").chmod(mode)
    try:
        folders = found(tmp_path)
    finally:
        (tmp_path / "b").chmod(0o755)
    assert files(folders) == ["a/1.mp3"]
    assert unknown(folders) == ["b"]


def test_folder_that_vanishes_while_walking_is_unknown(tmp_path: Path) -> None:
    make(tmp_path, "a/1.mp3", "b/2.mp3", "c/3.mp3")
    walking = walk(bytes(tmp_path))
    folders = [next(walking)]
    (tmp_path / "b").rename(tmp_path.parent / "elsewhere")
    folders += walking
    assert files(folders) == ["a/1.mp3", "c/3.mp3"]
    assert unknown(folders) == ["b"]


def test_root_that_vanishes_while_walking_leaves_the_rest_unknown(tmp_path: Path) -> None:
    make(tmp_path, "music/a/1.mp3", "music/b/2.mp3")
    walking = walk(bytes(tmp_path / "music"))
    folders = [next(walking)]
    (tmp_path / "music").rename(tmp_path / "unmounted")
    folders += walking
    assert unknown(folders) == ["a", "b"]


class BrokenEntry:
    """A directory entry whose stat fails."""

    def __init__(self, entry: "os.DirEntry[bytes]", number: int) -> None:
        self._entry = entry
        self._number = number
        self.name = entry.name

    def is_symlink(self) -> bool:
        return self._entry.is_symlink()

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self._entry.is_dir(follow_symlinks=follow_symlinks)

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        raise OSError(self._number, os.strerror(self._number))


class Listed(list[object]):
    def __enter__(self) -> "Listed":
        return self

    def __exit__(self, *_: object) -> None:
        pass


def break_stat(patch: pytest.MonkeyPatch, name: bytes, number: int) -> None:
    true_scandir = os.scandir

    def scandir(path: bytes) -> Listed:
        with true_scandir(path) as entries:
            return Listed(BrokenEntry(one, number) if one.name == name else one for one in entries)

    patch.setattr(os, "scandir", scandir)


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.ESTALE])
def test_file_that_cannot_be_looked_at_makes_its_folder_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    make(tmp_path, "a/1.mp3", "a/2.mp3", "b/3.mp3")
    break_stat(monkeypatch, b"1.mp3", number)
    folders = found(tmp_path)
    assert files(folders) == ["a/2.mp3", "b/3.mp3"]
    assert unknown(folders) == ["a"]
    assert problems(folders) == {"a/1.mp3": "unreadable"}


def test_file_that_vanished_is_just_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "1.mp3", "2.mp3")
    break_stat(monkeypatch, b"1.mp3", errno.ENOENT)
    folders = found(tmp_path)
    assert (files(folders), unknown(folders), problems(folders)) == (["2.mp3"], [], {})


def test_sidecar_that_cannot_be_looked_at_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "1.mp3", "cover.jpg", "front.png")
    break_stat(monkeypatch, b"cover.jpg", errno.EIO)
    (folder,) = found(tmp_path)
    assert folder.files[0].sidecars == (b"front.png",)
    assert not folder.unknown


def test_file_system_that_gives_all_folders_one_inode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a/1.mp3", "b/2.mp3", "b/c/3.mp3")
    same = os.stat(tmp_path)  # noqa: PTH116 - what is replaced
    monkeypatch.setattr(os, "stat", lambda path, **_: same)
    assert files(found(tmp_path)) == ["a/1.mp3", "b/2.mp3", "b/c/3.mp3"]
