"""Pictures from anybody: what they are is looked at, what is kept is whole."""

import io
import os
import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from mcma.domain.errors import InvalidInput
from mcma.services.keptpictures import STAGING, KeptPictures, kept_at, picture_in
from tests.support.painter import Puts, drawn, putting

RED = drawn("red")


def film() -> bytes:
    target, frames = io.BytesIO(), [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    return target.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims to be this large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def link(folder: Path) -> Path:
    (folder / "cover.jpg").symlink_to("/etc/passwd")
    return folder / "cover.jpg"


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "cover.jpg")
    return folder / "cover.jpg"


def elsewhere(folder: Path) -> Path:
    (folder.parent.parent / "mine.jpg").write_bytes(RED)
    return folder / ".." / ".." / "mine.jpg"


@pytest.mark.parametrize(
    ("puts", "mime"),
    [
        (lambda _: None, None),
        (lambda _: "cover.jpg", None),
        (lambda folder: folder / "nothing.jpg", None),
        (lambda folder: folder, None),
        (link, None),
        (pipe, None),
        (elsewhere, None),
        (putting(b""), None),
        (putting(b"<svg onload='alert(1)'/>"), None),
        (putting(b"<html>"), None),
        (putting(drawn(form="TIFF")), None),
        (putting(drawn(side=900, form="BMP")), None),
        (putting(drawn(side=900)[:-2000]), None),
        (putting(drawn(side=900, form="PNG")[:-300]), None),
        (putting(b"\xff\xd8\xff" + bytes(21 * 1024 * 1024)), None),
        (putting(film()), None),
        (putting(bomb(10_000, 10_000)), None),
        (putting(drawn(form="PNG"), "cover.jpg"), "image/png"),
        (putting(drawn(form="WEBP"), "x.exe"), "image/webp"),
    ],
)  # fmt: skip
def test_what_came_is_looked_at(tmp_path: Path, puts: Puts, mime: str | None) -> None:
    folder = KeptPictures(tmp_path).emptied("job")
    came = puts(folder)
    if mime is not None:
        assert picture_in(folder, came).info.mime == mime
        return
    with pytest.raises(InvalidInput):
        picture_in(folder, came)


def test_kept_once_found_again_and_removed(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path)
    key = kept.keep(RED)
    assert kept.keep(RED) == key
    assert kept.has(key) and kept.all() == {key}
    with pytest.raises(InvalidInput):
        kept.keep(b"no picture")
    kept.remove([key, "0" * 64])
    assert (kept.has(key), kept.all()) == (False, set())


def test_a_folder_is_empty_and_gone_afterwards(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path)
    (kept.emptied("job") / "left").write_bytes(b"of a killed one")
    assert list(kept.emptied("job").iterdir()) == []
    kept.removed("job")
    assert list((tmp_path / STAGING).iterdir()) == []


def test_what_killed_writers_left_goes_after_a_day(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path)
    key = kept.keep(RED)
    part, folder = kept_at(tmp_path, key).with_name(".part"), kept.emptied("job")
    part.write_bytes(b"half")
    kept.all()
    assert part.exists() and folder.exists()
    long_ago = time.time() - 2 * 86400
    for path in (part, folder):
        os.utime(path, (long_ago, long_ago))
    assert kept.all() == {key}
    assert not part.exists() and not folder.exists()
