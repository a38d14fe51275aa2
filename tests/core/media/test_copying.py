"""Files taken over by every way there is, and what goes wrong on it."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from mcma.domain.facts import ProblemReason
from mcma.media import copying
from mcma.media.copying import UnfitError, take_over

CONTENT = os.urandom(300_000)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.mp3"
    path.write_bytes(CONTENT)
    os.utime(path, ns=(1_600_000_000_123_456_789, 1_600_000_000_123_456_789))
    return path


def taken(source: Path, **more: Any) -> Path:
    target = source.with_name("target.mp3")
    take_over(os.fsencode(source), os.fsencode(target), **more)
    return target


def refuse(*numbers: int) -> Any:
    def refused(*_: object) -> None:
        raise OSError(*numbers, "refused")

    return refused


@pytest.mark.parametrize("way", ["as it is", "no reflink", "nothing but reading"])
def test_the_copy_is_whole_and_keeps_its_time(
    source: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way != "as it is":
        monkeypatch.setattr(copying, "ioctl", refuse(errno.EOPNOTSUPP))
    if way == "nothing but reading":
        monkeypatch.setattr(os, "copy_file_range", refuse(errno.EXDEV))
    target = taken(source)
    assert target.read_bytes() == CONTENT
    assert target.stat().st_mtime_ns == source.stat().st_mtime_ns
    assert target.stat().st_ino != source.stat().st_ino


def test_an_empty_file(source: Path) -> None:
    source.write_bytes(b"")
    assert taken(source).read_bytes() == b""


def test_a_hard_link_where_there_can_be_one_else_a_copy(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert taken(source, link=True).stat().st_ino == source.stat().st_ino
    source.with_name("target.mp3").unlink()
    monkeypatch.setattr(os, "link", refuse(errno.EXDEV))
    assert taken(source, link=True).stat().st_ino != source.stat().st_ino


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_leaves_nothing(source: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "ioctl", refuse(errno.EOPNOTSUPP))
    monkeypatch.setattr(os, "copy_file_range", refuse(number))
    with pytest.raises(OSError) as failed:
        taken(source)
    assert failed.value.errno == number
    assert not source.with_name("target.mp3").exists()


def test_an_fsync_that_fails_is_a_failure(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", refuse(errno.EIO))
    with pytest.raises(OSError):
        taken(source)
    assert not source.with_name("target.mp3").exists()


def test_what_is_written_to_meanwhile_is_not_taken(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def writing(fd: int) -> None:
        real(fd)
        source.write_bytes(CONTENT + b"more")

    monkeypatch.setattr(os, "fsync", writing)
    with pytest.raises(UnfitError) as unfit:
        taken(source)
    assert unfit.value.reason == ProblemReason.CHANGED
    assert not source.with_name("target.mp3").exists()


def test_never_over_another_file(source: Path) -> None:
    source.with_name("target.mp3").write_bytes(b"mine")
    for link in (False, True):
        with pytest.raises(FileExistsError):
            taken(source, link=link)
    assert source.with_name("target.mp3").read_bytes() == b"mine"


@pytest.mark.parametrize("link", [False, True])
def test_what_is_no_regular_file(tmp_path: Path, link: bool) -> None:
    os.mkfifo(tmp_path / "source.mp3")
    with pytest.raises(UnfitError):
        taken(tmp_path / "source.mp3", link=link)
