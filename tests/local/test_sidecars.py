"""Covers and lyrics beside the audio."""

import os
from pathlib import Path

import pytest

from tests.local.trees import found, make


def sidecars(root: Path) -> dict[str, tuple[str, ...]]:
    return {
        os.fsdecode(file.name): tuple(os.fsdecode(one) for one in file.sidecars)
        for folder in found(root)
        for file in folder.files
    }


@pytest.mark.parametrize("stem", ["cover", "folder", "front", "album", "Cover", "FOLDER"])
@pytest.mark.parametrize("extension", ["jpg", "jpeg", "png", "webp", "gif", "JPG"])
def test_cover_belongs_to_every_file_of_its_folder(tmp_path: Path, stem: str, extension: str) -> None:
    make(tmp_path, "1.mp3", "2.flac", f"{stem}.{extension}", "below/3.mp3")
    cover = (f"{stem}.{extension}",)
    assert sidecars(tmp_path) == {"1.mp3": cover, "2.flac": cover, "3.mp3": ()}


@pytest.mark.parametrize(
    "name", ["back.jpg", "cover.bmp", "cover.jpg.txt", "covers.jpg", "1.jpg", ".cover.jpg"]
)
def test_other_images_belong_to_nothing(tmp_path: Path, name: str) -> None:
    make(tmp_path, "1.mp3", name)
    assert sidecars(tmp_path) == {"1.mp3": ()}


def test_best_cover_comes_first_and_lyrics_last(tmp_path: Path) -> None:
    make(tmp_path, "1.mp3", "album.png", "1.lrc", "Front.gif", "cover.webp", "folder.jpg")
    assert sidecars(tmp_path)["1.mp3"] == ("cover.webp", "folder.jpg", "Front.gif", "album.png", "1.lrc")


def test_lyrics_belong_to_the_same_stem(tmp_path: Path) -> None:
    make(tmp_path, "a.b.mp3", "a.mp3", "A.mp3", "a.b.lrc", "a.LRC", "c.lrc")
    assert sidecars(tmp_path) == {"a.b.mp3": ("a.b.lrc",), "a.mp3": ("a.LRC",), "A.mp3": ()}


def test_lyrics_in_several_languages(tmp_path: Path) -> None:
    make(
        tmp_path,
        "a.mp3",
        "a.de.lrc",
        "a.pt-br.TTML",
        "a.elrc",
        "a.live.lrc",
        "a.d.lrc",
        "b.de.mp3",
        "b.de.lrc",
    )
    assert {name: set(beside) for name, beside in sidecars(tmp_path).items()} == {
        "a.mp3": {"a.elrc", "a.de.lrc", "a.pt-br.TTML"}, "b.de.mp3": {"b.de.lrc"},
    }  # fmt: skip


def test_latest_mtime_of_those_that_belong(tmp_path: Path) -> None:
    make(tmp_path, "1.mp3", "2.mp3", "cover.jpg", "1.lrc", "2.txt")
    for name, when in {"cover.jpg": 1_000, "1.lrc": 3_000, "2.txt": 9_000}.items():
        os.utime(tmp_path / name, ns=(when, when))
    assert [file.sidecar_mtime_ns for file in found(tmp_path)[0].files] == [3_000, 1_000]


def test_no_sidecars_no_mtime(tmp_path: Path) -> None:
    assert [one.sidecar_mtime_ns for one in found(make(tmp_path, "1.mp3"))[0].files] == [0]


def test_folder_named_like_a_cover_is_a_folder(tmp_path: Path) -> None:
    make(tmp_path, "1.mp3", "cover.jpg/2.mp3", "live.mp3/3.mp3")
    assert sidecars(tmp_path) == {"1.mp3": (), "2.mp3": (), "3.mp3": ()}


def test_linked_cover_counts_with_the_mtime_of_its_target(tmp_path: Path) -> None:
    make(tmp_path, "a/1.mp3", "art/x.jpg")
    os.utime(tmp_path / "art/x.jpg", ns=(5_000, 5_000))
    (tmp_path / "a/cover.jpg").symlink_to("../art/x.jpg")
    (file,) = found(tmp_path)[1].files
    assert (file.sidecars, file.sidecar_mtime_ns) == ((b"cover.jpg",), 5_000)
