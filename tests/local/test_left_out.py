"""Hidden entries, litter, `.nomedia` and `.mcmaignore`."""

import os
import time
from pathlib import Path

import pytest

from mcma_local.ignore import LARGEST
from mcma_local.walk import WalkRules
from tests.local.trees import files, found, make, problems, unknown

LITTER = (
    *("@eaDir", "#recycle", "$RECYCLE.BIN", "$Recycle.Bin", "lost+found", ".Trash-1000", ".Trashes"),
    *("System Volume Information", "._folder", "@Recycle"),
)


@pytest.mark.parametrize("hidden", [True, False])
@pytest.mark.parametrize("name", LITTER)
def test_litter_is_left_out_even_with_hidden_names(tmp_path: Path, name: str, hidden: bool) -> None:
    make(tmp_path, f"{name}/a.mp3", f"b/{name}/c.mp3", "b/d.mp3", "._d.mp3")
    assert files(found(tmp_path, WalkRules(ignore_hidden=hidden))) == ["b/d.mp3"]


@pytest.mark.parametrize(
    ("ignore_hidden", "expected"), [(True, ["a.mp3"]), (False, [".h.mp3", "a.mp3", ".h/b.mp3"])]
)
def test_hidden_names(tmp_path: Path, ignore_hidden: bool, expected: list[str]) -> None:
    make(tmp_path, "a.mp3", ".h.mp3", ".h/b.mp3", ".mp3")
    assert files(found(tmp_path, WalkRules(ignore_hidden=ignore_hidden))) == expected


def test_nomedia_hides_its_folder_and_all_below(tmp_path: Path) -> None:
    make(tmp_path, "a/.nomedia", "a/1.mp3", "a/b/2.mp3", "c/3.mp3")
    folders = found(tmp_path)
    assert [folder.path for folder in folders] == [b"", b"c"]
    assert files(folders) == ["c/3.mp3"]


TREE = ("top.mp3", "top.flac", "a/1.mp3", "a/2.flac", "a/b/1.mp3", "a/b/3.ogg", "c/b/1.mp3", "c/x y.mp3")
ALL = set(TREE)
IGNORED: dict[str, tuple[dict[str, str], set[str]]] = {
    "nothing": ({"": ""}, set()),
    "comment, blank, CRLF": ({"": "# *.mp3\r\n\r\n*.ogg\r\n"}, {"a/b/3.ogg"}),
    "anywhere": ({"": "*.mp3"}, {one for one in TREE if one.endswith(".mp3")}),
    "anchored": ({"": "/*.mp3"}, {"top.mp3"}),
    "folder": ({"": "b/"}, {"a/b/1.mp3", "a/b/3.ogg", "c/b/1.mp3"}),
    "folder pattern is no file": ({"": "top.mp3/"}, set()),
    "path": ({"": "a/b"}, {"a/b/1.mp3", "a/b/3.ogg"}),
    "double star": ({"": "**/b/*.mp3"}, {"a/b/1.mp3", "c/b/1.mp3"}),
    "negation": ({"": "*.mp3\n!1.mp3"}, {"top.mp3", "c/x y.mp3"}),
    "negation too early": ({"": "!1.mp3\n*.mp3"}, {one for one in TREE if one.endswith(".mp3")}),
    "not below a hidden folder": ({"": "a/\n!a/1.mp3"}, {one for one in TREE if one.startswith("a/")}),
    "all but one folder": ({"": "/*\n!/c/"}, {one for one in TREE if not one.startswith("c/")}),
    "all but one kind": ({"": "*\n!*/\n!*.flac"}, {one for one in TREE if not one.endswith(".flac")}),
    "only in the folder of the file": ({"a": "*.mp3"}, {"a/1.mp3", "a/b/1.mp3"}),
    "anchored to the folder of the file": ({"a": "/1.mp3"}, {"a/1.mp3"}),
    "deeper file takes back": ({"": "*.mp3", "a": "!1.mp3"}, {"top.mp3", "c/b/1.mp3", "c/x y.mp3"}),
    "deeper file hides": ({"": "!1.mp3", "a/b": "1.mp3"}, {"a/b/1.mp3"}),
    "escaped space": ({"": "x\\ y.mp3"}, {"c/x y.mp3"}),
    "byte order mark": ({"": "\ufefftop.mp3"}, {"top.mp3"}),
    "class by name": ({"": "[[:digit:]].ogg"}, {"a/b/3.ogg"}),
    "class, not": ({"": "[!12].*"}, {"a/b/3.ogg"}),
    "class of odd letters": ({"": "[]^-][]-]\n[\\]x]\\ y.mp3"}, {"c/x y.mp3"}),
    "one character": ({"": "?.mp3\n!2.*"}, {"a/1.mp3", "a/b/1.mp3", "c/b/1.mp3"}),
    "stars between letters": ({"": "*o*.*l*c"}, {"top.flac"}),
    "folder taken back is not its content": ({"": "b\n!/a/b/\n*.ogg"}, {"c/b/1.mp3", "a/b/3.ogg"}),
    "class": ({"": "[0-1].mp3"}, {"a/1.mp3", "a/b/1.mp3", "c/b/1.mp3"}),
}


@pytest.mark.parametrize("case", IGNORED)
def test_ignore_files(tmp_path: Path, case: str) -> None:
    written, hidden = IGNORED[case]
    make(tmp_path, *TREE)
    for folder, text in written.items():
        (tmp_path / folder / ".mcmaignore").write_bytes(text.encode())
    folders = found(tmp_path)
    assert set(files(folders)) == ALL - hidden
    assert problems(folders) == {}


def test_ignored_sidecar_does_not_belong(tmp_path: Path) -> None:
    make(tmp_path, "a.mp3", "cover.jpg", "front.jpg")
    (tmp_path / ".mcmaignore").write_text("cover.jpg")
    assert found(tmp_path)[0].files[0].sidecars == (b"front.jpg",)


def test_ignored_problem_is_no_problem(tmp_path: Path) -> None:
    make(tmp_path, "a.mp3")
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "out").symlink_to("/")
    (tmp_path / ".mcmaignore").write_text("pipe.mp3\ngone\nout/")
    folders = found(tmp_path)
    assert (files(folders), problems(folders), unknown(folders)) == (["a.mp3"], {}, [])


def test_ignore_file_that_is_not_utf8(tmp_path: Path) -> None:
    make(tmp_path, "a.mp3")
    for name in (b"\xe9.mp3", b"\xe8.mp3"):
        os.close(os.open(bytes(tmp_path) + b"/" + name, os.O_CREAT))
    (tmp_path / ".mcmaignore").write_bytes(b"\xe9.mp3")
    assert [file.name for file in found(tmp_path)[0].files] == [b"a.mp3", b"\xe8.mp3"]


@pytest.mark.parametrize("line", ["!", "[z-a].mp3", "a\\", "[[:nonsense:]]", "[a", "a/!/\\"])
def test_line_that_is_no_pattern_is_reported_and_the_others_count(tmp_path: Path, line: str) -> None:
    make(tmp_path, "a.mp3", "b.mp3")
    (tmp_path / ".mcmaignore").write_text(f"b.mp3\n{line}\n")
    folders = found(tmp_path)
    assert files(folders) == ["a.mp3"]
    (problem,) = folders[0].problems
    assert (problem.path, problem.reason) == (b".mcmaignore", "unreadable")
    assert problem.message.startswith("Line 2 is not a pattern and was left out: ")


@pytest.mark.parametrize("kind", ["folder", "fifo", "dangling", "too long"])
def test_ignore_file_that_cannot_be_read_makes_the_folder_unknown(tmp_path: Path, kind: str) -> None:
    make(tmp_path, "a/1.mp3", "b/2.mp3")
    path = tmp_path / "a/.mcmaignore"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "dangling":
        path.symlink_to("nowhere")
    else:
        path.write_bytes(b"x" * (LARGEST + 1))
    folders = found(tmp_path)
    assert files(folders) == ["b/2.mp3"]
    assert unknown(folders) == ["a"]
    assert ".mcmaignore" in folders[1].problems[0].message


def test_many_stars_end_in_time(tmp_path: Path) -> None:
    name = "a" * 250 + ".mp3"
    make(tmp_path, name)
    (tmp_path / ".mcmaignore").write_text("*a" * 100 + "*b")
    began = time.perf_counter()
    assert files(found(tmp_path)) == [name]
    assert time.perf_counter() - began < 1
