"""What yt-dlp wrote is read with care: a site may say anything."""

import json
from pathlib import Path
from typing import Any

import pytest

from mcma_plugins.sources import SourceKind
from mcma_youtube import files, metadata

ONE = "dQw4w9WgXcQ"


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, b'"x"'])
def test_what_is_no_description(tmp_path: Path, content: bytes) -> None:
    (tmp_path / metadata.NAME).write_bytes(content)
    assert metadata.read(tmp_path) == {}
    assert metadata.item({}, ONE) is None


@pytest.mark.parametrize(
    "value", [None, 0, -1, 1.5, True, 10**30, "x", [], {}, [None], float("nan"), float("inf")]
)
def test_fields_of_any_kind(tmp_path: Path, value: Any) -> None:
    said = dict.fromkeys(
        ["track", "artists", "artist", "album", "release_year", "duration", "track_number", "acodec", "abr",
         "thumbnail", "channel", "ext", "format_id"], value,
    )  # fmt: skip
    (tmp_path / metadata.NAME).write_text(json.dumps({**said, "title": " A  title\n"}))
    item = metadata.item(metadata.read(tmp_path), ONE)
    assert item is not None
    assert (item.kind, item.title) == (SourceKind.TRACK, "x" if value == "x" else "A title")
    assert item.artists in ((), ("x",))
    assert item.year is None
    assert item.duration_ms in (None, 1500)
    assert files.sound(tmp_path, metadata.read(tmp_path)) is None


def test_only_whole_files_are_taken(tmp_path: Path) -> None:
    unfinished = ["audio.251.webm.part", "audio.251.webm.ytdl", "audio.251.temp", "cover.webp.part"]
    for name in (*unfinished, "audio.info.json", "audio.webm", "other.251.webm"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "audio.140.m4a").symlink_to("/etc/passwd")
    (tmp_path / "cover.jpg").symlink_to("/etc/passwd")
    (tmp_path / "audio.0.webm").touch()
    assert files.sound(tmp_path, {}) is None
    assert files.cover(tmp_path) is None
    (tmp_path / "audio.251.webm").write_bytes(b"sound")
    (tmp_path / "audio.140.mp4").write_bytes(b"other")
    (tmp_path / "cover.webp").write_bytes(b"picture")
    told = {"format_id": "251", "ext": "webm"}
    assert files.sound(tmp_path, told) == tmp_path / "audio.251.webm"
    assert files.cover(tmp_path) == tmp_path / "cover.webp"
    files.drop_sound(tmp_path)
    assert {one.name for one in tmp_path.glob("audio*")} == {"audio.140.m4a"}
