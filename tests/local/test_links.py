"""Links are followed inside the root only, and nothing is listed twice by going round."""

from pathlib import Path

import pytest

from mcma_local.walk import WalkRules
from tests.local.trees import files, found, make, problems, unknown

LOOPS = {
    "to itself": {"a/loop": "loop"},
    "to its folder": {"a/loop": "."},
    "to its parent": {"a/loop": ".."},
    "to the root": {"a/b/loop": "../.."},
    "round a pair": {"a/loop": "other", "a/other": "loop"},
}


@pytest.mark.parametrize("case", LOOPS)
def test_loop_is_a_problem_and_ends(tmp_path: Path, case: str) -> None:
    make(tmp_path, "a/1.mp3", "a/b/2.mp3")
    for link, target in LOOPS[case].items():
        (tmp_path / link).symlink_to(target)
    folders = found(tmp_path)
    assert [folder.path for folder in folders] == [b"", b"a", b"a/b"]
    assert files(folders) == ["a/1.mp3", "a/b/2.mp3"]
    assert problems(folders) == dict.fromkeys(LOOPS[case], "symlink_loop")


def test_link_to_a_listed_folder_adds_nothing_whatever_its_name(tmp_path: Path) -> None:
    make(tmp_path, "m/1.mp3", "n/2.mp3")
    for link, target in {"a": "m", "z": "m", "m/cross": "../n", "n/cross": "../m"}.items():
        (tmp_path / link).symlink_to(target)
    folders = found(tmp_path)
    assert [folder.path for folder in folders] == [b"", b"m", b"n"]
    assert problems(folders) == {}


def test_link_to_a_folder_that_is_not_listed_is_walked_once_below_its_own_name(tmp_path: Path) -> None:
    make(tmp_path, ".store/1.mp3", ".store/deep/2.mp3", "z.mp3")
    for link, target in {"x": ".store", "y": ".store", ".store/deep/up": "..", "w": ".store/deep"}.items():
        (tmp_path / link).symlink_to(target)
    folders = found(tmp_path)
    assert files(folders) == ["z.mp3", "w/2.mp3", "x/1.mp3"]
    assert problems(folders) == {"w/up": "symlink_loop"}


@pytest.mark.parametrize("target", ["1.mp3", "sub", "nowhere.mp3"])
@pytest.mark.parametrize("link", ["out.mp3", "out"])
def test_link_out_of_the_root_is_a_problem(tmp_path: Path, link: str, target: str) -> None:
    make(tmp_path, "music/a.mp3", "music-2/1.mp3", "music-2/sub/2.mp3")
    (tmp_path / "music" / link).symlink_to(tmp_path / "music-2" / target)
    folders = found(tmp_path / "music")
    assert files(folders) == ["a.mp3"]
    assert problems(folders) == {link: "outside_root"}


def test_way_out_over_a_second_link_is_seen(tmp_path: Path) -> None:
    make(tmp_path, "music/a.mp3", "other/1.mp3")
    (tmp_path / "music/.door").symlink_to("../other")
    (tmp_path / "music/in").symlink_to(".door")
    (tmp_path / "music/in.mp3").symlink_to(".door/1.mp3")
    folders = found(tmp_path / "music")
    assert files(folders) == ["a.mp3"]
    assert problems(folders) == {"in": "outside_root", "in.mp3": "outside_root"}


def test_link_to_a_file_has_the_numbers_of_its_target(tmp_path: Path) -> None:
    make(tmp_path, "real/1.mp3", "best/")
    (tmp_path / "real/1.mp3").write_bytes(b"12345")
    (tmp_path / "best/top.mp3").symlink_to("../real/1.mp3")
    best, real = (folder.files[0] for folder in found(tmp_path) if folder.files)
    assert (best.name, real.name) == (b"top.mp3", b"1.mp3")
    assert best[1:4] == real[1:4]
    assert best.size == 5


def test_link_that_leads_to_nothing(tmp_path: Path) -> None:
    make(tmp_path, "a.mp3")
    for link in ("gone.mp3", "cover.jpg", "Gone Artist"):
        (tmp_path / link).symlink_to(f".missing/{link}")
    folders = found(tmp_path)
    assert files(folders) == ["a.mp3"]
    assert folders[0].files[0].sidecars == ()
    assert problems(folders) == dict.fromkeys(("gone.mp3", "cover.jpg", "Gone Artist"), "unreadable")
    assert unknown(folders) == ["Gone Artist"], "its files may come back"


def test_links_can_be_left_alone(tmp_path: Path) -> None:
    make(tmp_path, ".store/1.mp3", "a.mp3")
    for link, target in {"x": ".store", "b.mp3": "a.mp3", "loop": ".", "out": "/", "gone": "gone"}.items():
        (tmp_path / link).symlink_to(target)
    folders = found(tmp_path, WalkRules(follow_symlinks=False))
    assert (files(folders), problems(folders)) == (["a.mp3"], {})
