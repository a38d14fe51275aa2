"""The order, the names and the numbers of a walk."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcma_local.names import AUDIO_EXTENSIONS
from mcma_local.walk import WalkRules, walk
from tests.local.trees import files, found, make, problems

NASTY = {
    "longest": b"n" * 251 + b".mp3",
    "not utf-8": b"caf\xe9 \xff\xfe.mp3",
    "newline": b"one\ntwo\n.mp3",
    "control": b"\x01\x1b[31m\x7f.mp3",
    "spaces at both ends": b"  spaced .mp3",
    "quotes and shell": b"'\"$(rm) `x` ; * ? [a] .mp3",
    "backslash": b"a\\b\\..\\c.mp3",
    "percent": b"%00%2e%2f.mp3",
    "composed": "é.mp3".encode(),
    "decomposed": "e\u0301.mp3".encode(),
    "emoji": "👩‍👩‍👧 🎵.mp3".encode(),
    "right to left": "\u202egnp.\u202c מוזיקה.mp3".encode(),
    "dots": b"a...mp3..b...mp3",
    "dash": b"-rf.mp3",
    "case twin, upper": b"Twin.MP3",
    "case twin, lower": b"twin.mp3",
    "cjk": "音楽.mp3".encode(),
    "encoded surrogate": b"\xed\xa0\x80.mp3",
}


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    for name in NASTY.values():
        for folder in (
            bytes(tmp_path),
            bytes(tmp_path) + b"/" + name.removesuffix(b".mp3")[:200] + b"-folder",
        ):
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - bytes
            with open(folder + b"/" + name, "wb"):  # noqa: PTH123 - bytes
                pass
    return tmp_path


def test_every_name_comes_back_byte_for_byte(nasty: Path) -> None:
    folders = found(nasty)
    assert {file.name for file in folders[0].files} == set(NASTY.values())
    assert len(folders) == 1 + len(NASTY)
    for folder in folders:
        for file in folder.files:
            full = b"/".join(part for part in (bytes(nasty), folder.path, file.name) if part)
            assert os.stat(full).st_ino == file.inode  # noqa: PTH116 - bytes
    assert problems(folders) == {}


def test_composed_and_decomposed_names_are_two_files(nasty: Path) -> None:
    names = [file.name for file in found(nasty)[0].files]
    assert NASTY["composed"] != NASTY["decomposed"]
    assert names.count(NASTY["composed"]) == names.count(NASTY["decomposed"]) == 1


@pytest.mark.parametrize("extension", AUDIO_EXTENSIONS)
def test_extension_counts_in_any_case(tmp_path: Path, extension: str) -> None:
    make(tmp_path, f"a.{extension}", f"b.{extension.upper()}", f"c{extension}", "d.txt")
    assert files(found(tmp_path)) == [f"a.{extension}", f"b.{extension.upper()}"]


def test_other_extensions_can_be_asked_for(tmp_path: Path) -> None:
    make(tmp_path, "a.mp3", "b.spx", "c.SPX")
    assert files(found(tmp_path, WalkRules(extensions=frozenset({b"spx"})))) == ["b.spx", "c.SPX"]


def test_parents_come_before_children_and_names_in_order(tmp_path: Path) -> None:
    make(tmp_path, "b/2.mp3", "b/1.mp3", "b/a/3.mp3", "a/z/4.mp3", "a!/5.mp3", "0.mp3", "c/")
    folders = found(tmp_path)
    assert [folder.path for folder in folders] == [b"", b"a", b"a/z", b"a!", b"b", b"b/a", b"c"]
    assert files(folders) == ["0.mp3", "a/z/4.mp3", "a!/5.mp3", "b/1.mp3", "b/2.mp3", "b/a/3.mp3"]


def test_order_does_not_depend_on_the_order_of_making(tmp_path: Path) -> None:
    paths = [f"{one}/{two}.mp3" for one in "qawsed" for two in "zxcv"]
    first, second = make(tmp_path / "1", *paths), make(tmp_path / "2", *reversed(paths))
    assert files(found(first)) == files(found(second)) == sorted(paths)


def test_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    path = make(tmp_path, "a.mp3") / "a.mp3"
    path.write_bytes(b"12345")
    os.utime(path, ns=(1, 1_700_000_000_123_456_789))
    (file,) = found(tmp_path)[0].files
    assert (file.size, file.mtime_ns, file.inode) == (5, 1_700_000_000_123_456_789, path.stat().st_ino)


def test_sparse_file_is_listed_by_its_size(tmp_path: Path) -> None:
    with (tmp_path / "huge.wav").open("wb") as file:
        file.truncate(1 << 40)
    assert found(tmp_path)[0].files[0].size == 1 << 40


@pytest.mark.parametrize("root", ["plain", "slash", "link"])
def test_root_may_be_written_in_several_ways(tmp_path: Path, root: str) -> None:
    make(tmp_path, "music/a/1.mp3", "music/0.mp3")
    (tmp_path / "link").symlink_to("music")
    (tmp_path / "music/back").symlink_to("a/1.mp3")
    written = {"plain": "music", "slash": "music//", "link": "link"}[root]
    folders = list(walk(os.fsencode(f"{tmp_path}/{written}")))
    assert [folder.path for folder in folders] == [b"", b"a"]
    assert files(folders) == ["0.mp3", "a/1.mp3"]


@pytest.fixture
def deep_root(tmp_path: Path) -> Iterator[Path]:
    """Deeper than Python recurses, pytest's own tidying included, so it is tidied here."""
    root = tmp_path / "deep"
    root.mkdir()
    yield root
    subprocess.run(["rm", "-rf", str(root)], check=True)


def test_deep_tree(deep_root: Path) -> None:
    deep = "/".join(["d"] * 1200)
    for end in range(1, len(deep) + 1, 2):
        (deep_root / deep[:end]).mkdir()
    (deep_root / deep / "a.mp3").touch()
    folders = found(deep_root)
    assert len(folders) == 1201
    assert files(folders) == [f"{deep}/a.mp3"]


def test_path_longer_than_the_system_allows_is_unknown(tmp_path: Path) -> None:
    part = "d" * 250
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(18):
            os.mkdir(part, dir_fd=here)
            below = os.open(part, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        folders = found(tmp_path)
    finally:
        os.close(here)
    assert folders[-1].unknown
    assert len(folders[-1].path) + len(bytes(tmp_path)) > 4090
    assert [folder.unknown for folder in folders[:-1]] == [False] * (len(folders) - 1)
