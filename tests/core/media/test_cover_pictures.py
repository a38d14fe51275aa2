"""Cover pictures: which one, how large, and its bytes again."""

import io
import os
import struct
import zlib
from hashlib import sha256
from pathlib import Path

import pytest
from mutagen.flac import FLAC, Picture
from PIL import Image

from mcma.domain.facts import FileFacts, PictureFact
from mcma.media.tags import read_file, read_picture
from tests.support.audio import FORMATS, extension, make_audio


def picture(path: Path, *sidecars: bytes) -> PictureFact | None:
    facts = read_file(os.fsencode(path), sidecars=sidecars)
    assert isinstance(facts, FileFacts), facts
    return facts.picture


@pytest.mark.parametrize("fmt", FORMATS)
def test_embedded_cover(fmt: str, tmp_path: Path, jpeg: bytes) -> None:
    path = make_audio(tmp_path / f"x{extension(fmt)}", fmt=fmt, cover=jpeg)
    digest = sha256(jpeg).digest()
    assert picture(path) == PictureFact(digest, "image/jpeg", len(jpeg), "front", 64, 48)
    assert read_picture(os.fsencode(path), digest) == jpeg
    assert read_picture(os.fsencode(path), bytes(32)) is None


def add_pictures(path: Path, *pictures: tuple[int, bytes]) -> None:
    file = FLAC(path)  # type: ignore[no-untyped-call]
    for kind, data in pictures:
        block = Picture()  # type: ignore[no-untyped-call]
        block.type, block.data = kind, data
        file.add_picture(block)  # type: ignore[no-untyped-call]
    file.save()


@pytest.mark.parametrize(("kinds", "expected"), [((4, 3), "png"), ((4, 8), "jpeg"), ((3, 3), "jpeg")])
def test_front_else_first(
    kinds: tuple[int, int], expected: str, tmp_path: Path, jpeg: bytes, png: bytes
) -> None:
    path = make_audio(tmp_path / "x.flac", fmt="flac")
    add_pictures(path, (kinds[0], jpeg), (kinds[1], png))
    found = picture(path)
    assert found is not None
    assert found.mime == f"image/{expected}"


@pytest.mark.parametrize("name", [b"cover.jpg", b"Folder.JPG", b"FRONT.jpeg", b"album.png"])
def test_image_beside_the_file(name: bytes, tmp_path: Path, jpeg: bytes) -> None:
    path = make_audio(tmp_path / "x.mp3")
    image = os.fsencode(tmp_path / os.fsdecode(name))
    (tmp_path / os.fsdecode(name)).write_bytes(jpeg)
    assert picture(path) is None
    found = picture(path, b"other.jpg", name)
    assert found == PictureFact(sha256(jpeg).digest(), "image/jpeg", len(jpeg), "front", 64, 48, image)
    assert read_picture(image, found.sha256) == jpeg


def test_cover_beats_folder_and_embedded_beats_both(tmp_path: Path, jpeg: bytes, png: bytes) -> None:
    (tmp_path / "cover.png").write_bytes(png)
    (tmp_path / "folder.jpg").write_bytes(jpeg)
    names = (b"folder.jpg", b"cover.png")
    outer = picture(make_audio(tmp_path / "x.mp3"), *names)
    inner = picture(make_audio(tmp_path / "y.mp3", cover=jpeg), *names)
    assert outer is not None
    assert inner is not None
    assert (outer.mime, inner.mime, inner.path) == ("image/png", "image/jpeg", None)


def test_a_changed_image_is_seen(tmp_path: Path, jpeg: bytes, png: bytes) -> None:
    path = make_audio(tmp_path / "x.mp3")
    (tmp_path / "cover.jpg").write_bytes(jpeg)
    first = picture(path, b"cover.jpg")
    (tmp_path / "cover.jpg").write_bytes(png)
    second = picture(path, b"cover.jpg")
    assert first is not None
    assert second is not None
    assert second.sha256 != first.sha256
    assert read_picture(os.fsencode(tmp_path / "cover.jpg"), first.sha256) is None


def png_of(width: int, height: int) -> bytes:
    """A PNG header that claims a size, with hardly any data behind it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("side", "taken"), [(5_000, True), (5_001, False), (20_000, False)])
def test_pixel_limit(side: int, taken: bool, tmp_path: Path) -> None:
    found = picture(make_audio(tmp_path / "x.mp3", cover=png_of(side, 5_000)))
    assert (found is not None) is taken


def test_formats_that_browsers_do_not_show(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "TIFF")
    assert picture(make_audio(tmp_path / "x.mp3", cover=file.getvalue())) is None
    assert picture(make_audio(tmp_path / "y.mp3", cover=b"\xff\xd8\xff broken")) is None


def test_unreadable_images_are_no_picture(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x.mp3")
    os.mkfifo(tmp_path / "cover.jpg")
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "front.jpg").write_bytes(b"")
    assert picture(path, b"cover.jpg", b"folder.jpg", b"front.jpg", b"album.jpg") is None
    assert read_picture(os.fsencode(tmp_path / "gone.mp3"), bytes(32)) is None
