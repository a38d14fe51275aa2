"""Pictures: what is refused, how they shrink, what is drawn, and what is kept on disk."""

import errno
import hashlib
import io
import os
import random
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mcma.domain.errors import InvalidInput, NotFound, OutOfSpace
from mcma.media.artwork import (
    MAX_BYTES,
    SIZES,
    ArtworkCache,
    ImageInfo,
    check_image,
    placeholder,
    snapped,
    thumbnail,
)

RED, BLUE = (220, 30, 40), (20, 40, 220)


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def halves(width: int = 400, height: int = 200, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image.convert(mode)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def near(found: Any, colour: tuple[int, int, int], by: int = 24) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, colour, strict=True))


@pytest.mark.parametrize(
    ("kind", "mime"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("GIF", "image/gif")],
)
def test_what_a_picture_is(kind: str, mime: str) -> None:
    assert check_image(saved(halves(), kind)) == ImageInfo(mime, 400, 200)


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is this large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
REFUSED = {
    "empty": b"",
    "text": b"hello",
    "postscript": POSTSCRIPT,
    "bmp": saved(halves(), "BMP"),
    "tiff": saved(halves(), "TIFF"),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "head only": saved(halves())[:20],
    "jpeg without content": b"\xff\xd8\xff\xe0",
    "25.1 megapixels": claims(5010, 5010),
    "a bomb": claims(13_300, 13_300),
    "a larger bomb": claims(60_000, 60_000),
    "the largest bomb": claims(2**31 - 1, 2**31 - 1),
    "no width": claims(0, 10),
    "too many bytes": saved(halves()) + b"\0" * MAX_BYTES,
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize(
    "reader", [check_image, lambda data: thumbnail(data, 64)], ids=["check", "thumbnail"]
)
def test_what_is_refused(name: str, reader: Callable[[bytes], object]) -> None:
    with pytest.raises(InvalidInput):
        reader(REFUSED[name])


def test_25_megapixels_are_accepted_from_the_header_alone() -> None:
    assert check_image(claims(5000, 5000)).width == 5000


def test_a_bomb_is_refused_without_memory() -> None:
    tracemalloc.start()
    with pytest.raises(InvalidInput):
        check_image(REFUSED["a bomb"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_breaks_off_is_refused_when_it_is_decoded(kind: str, cut: float) -> None:
    noise = Image.frombytes("RGB", (200, 200), random.Random(1).randbytes(120_000))
    data = saved(noise, kind)
    with pytest.raises(InvalidInput):
        thumbnail(data[: int(len(data) * cut)], 100)


MODES = ["RGB", "L", "P", "1", "RGBA", "LA", "CMYK"]


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_becomes_a_jpeg_in_colour(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    image = opened(thumbnail(saved(halves(mode=mode), kind), 100))
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (100, 50))
    if mode not in ("L", "LA", "1"):
        assert near(image.getpixel((10, 25)), RED, 40)
        assert near(image.getpixel((90, 25)), BLUE, 40)


def test_16_bits_of_grey_stay_grey() -> None:
    image = opened(thumbnail(saved(Image.new("I;16", (50, 50), 30_000)), 64))
    assert near(image.getpixel((25, 25)), (117, 117, 117), 3)


@pytest.mark.parametrize(
    ("size", "wanted", "found"),
    [
        ((400, 200), 100, (100, 50)),
        ((200, 400), 100, (50, 100)),
        ((300, 300), 300, (300, 300)),
        ((40, 30), 100, (40, 30)),
        ((3000, 2), 64, (64, 1)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_longest_side_is_the_size_and_nothing_grows(
    kind: str, size: tuple[int, int], wanted: int, found: tuple[int, int]
) -> None:
    assert opened(thumbnail(saved(halves(*size), kind), wanted)).size == found


@pytest.mark.parametrize(
    ("orientation", "size", "red"),
    [(1, (100, 50), (10, 25)), (3, (100, 50), (90, 25)), (6, (50, 100), (25, 10))],
)
def test_a_turned_picture_is_upright(orientation: int, size: tuple[int, int], red: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = opened(thumbnail(saved(halves(), "JPEG", exif=exif), 100))
    assert image.size == size
    assert near(image.getpixel(red), RED)
    assert not image.getexif()


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_broken_exif_does_not_cost_the_picture() -> None:
    broken = b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01"
    assert opened(thumbnail(saved(halves(), "JPEG", exif=broken), 100)).size == (100, 50)


@pytest.mark.parametrize(
    ("logo", "ground"), [((250, 250, 250), (24, 24, 27)), ((10, 10, 10), (255, 255, 255))]
)
def test_transparency_lies_on_what_contrasts(
    logo: tuple[int, int, int], ground: tuple[int, int, int]
) -> None:
    image = Image.new("RGBA", (100, 100))
    image.paste((*logo, 255), (40, 40, 60, 60))
    found = opened(thumbnail(saved(image), 100))
    assert near(found.getpixel((5, 5)), ground, 8)
    assert near(found.getpixel((50, 50)), logo, 8)


def test_a_palette_is_shrunk_smoothly() -> None:
    checks = Image.new("1", (256, 256))
    checks.putdata([(x + y) % 2 * 255 for y in range(256) for x in range(256)])
    image = opened(thumbnail(saved(checks.convert("P")), 64))
    assert near(image.getpixel((32, 32)), (128, 128, 128))


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=60, deadline=None, database=None)
@given(
    st.integers(0, 3),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=40),
)
def test_damage_is_refused_or_survived(which: int, damage: list[tuple[int, int]]) -> None:
    data = bytearray(DAMAGED[which])
    for position, value in damage:
        data[position % len(data)] = value
    try:
        assert opened(thumbnail(bytes(data), 64)).width <= 64
    except InvalidInput as refused:
        assert refused.stable_code in {"image_unreadable", "image_too_large"}


DAMAGED = [saved(halves(90, 60), kind) for kind in ("JPEG", "PNG", "WEBP", "GIF")]


@pytest.mark.parametrize("kind", ["album", "artist", "playlist", "track"])
@pytest.mark.parametrize("name", ["Kind of Blue", "東京", "!!!", "", "\udcff", "x" * 10_000, "W W"])
def test_a_made_up_cover(name: str, kind: str) -> None:
    data = placeholder(name, kind, 300)
    image = opened(data)
    assert (image.format, image.size) == ("JPEG", (300, 300))
    assert data == placeholder(name, kind, 300)
    assert len(image.getcolors(maxcolors=100_000) or []) > 200
    assert max(sum(image.getpixel((x, 150))) for x in range(300)) > 600, "letters, or a note"  # type: ignore[arg-type]


def test_made_up_covers_differ() -> None:
    names = ["Kind of Blue", "Kid Band", "Blue Train", "OK Computer", "Untrue"]
    assert len({placeholder(name, kind, 64) for name in names for kind in ("album", "artist")}) == 10


@pytest.mark.parametrize(("asked", "made"), [(-5, 64), (1, 64), (300, 300), (301, 320), (99_999, 2000)])
def test_sizes_are_few(asked: int, made: int) -> None:
    assert snapped(asked) == made
    assert opened(placeholder("a", "album", min(asked, 301))).width == snapped(min(asked, 301))


COVER = saved(halves(700, 700), "JPEG")
KEY = hashlib.sha256(COVER).hexdigest()


@pytest.fixture
def cache(tmp_path: Path) -> ArtworkCache:
    return ArtworkCache(tmp_path / "artwork")


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_originals_and_sizes_are_where_they_should_be(cache: ArtworkCache, tmp_path: Path) -> None:
    assert cache.get(KEY) is None
    assert cache.put(COVER) == cache.put(COVER) == KEY
    small = cache.resized(KEY, 290)
    original = cache.get(KEY)
    assert original is not None
    assert original.read_bytes() == COVER
    assert opened(small.read_bytes()).size == (300, 300)
    assert files(tmp_path / "artwork") == [f"{KEY[:2]}/{KEY}", f"{KEY[:2]}/{KEY}-300.jpg"]


def test_a_size_is_made_once(cache: ArtworkCache) -> None:
    cache.put(COVER)
    assert cache.get(KEY, 300) is None
    first = cache.resized(KEY, 300)
    made = first.stat().st_ino
    assert cache.resized(KEY, 299) == cache.get(KEY, 257) == first
    assert first.stat().st_ino == made


def test_a_hostile_client_makes_few_files(cache: ArtworkCache, tmp_path: Path) -> None:
    cache.put(saved(halves(20, 20)))
    key = files(tmp_path)[0][-64:]
    for size in range(-10, 3000, 7):
        cache.resized(key, size)
    assert len(files(tmp_path)) == 1 + len(SIZES)


@pytest.mark.parametrize("key", ["", "../../etc/passwd", KEY.upper(), KEY[:-1], KEY + "\n", "0" * 64 + "/x"])
def test_what_is_no_key_is_not_found(cache: ArtworkCache, key: str) -> None:
    uses: list[Callable[[], object]] = [lambda: cache.get(key), lambda: cache.resized(key, 64)]
    for use in uses:
        with pytest.raises(NotFound):
            use()


def test_a_size_of_nothing_is_not_found(cache: ArtworkCache) -> None:
    with pytest.raises(NotFound):
        cache.resized(KEY, 64)


def test_what_is_no_picture_is_not_kept(cache: ArtworkCache, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        cache.put(POSTSCRIPT)
    assert files(tmp_path) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_nothing_behind(
    cache: ArtworkCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OutOfSpace):
            cache.put(COVER)
        assert files(tmp_path) == []
    cache.put(COVER)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutOfSpace):
        cache.resized(KEY, 64)
    assert files(tmp_path) == [f"artwork/{KEY[:2]}/{KEY}"]


def test_many_threads_may_want_the_same(cache: ArtworkCache, tmp_path: Path) -> None:
    def use(_: int) -> bytes:
        return cache.resized(cache.put(COVER), 64).read_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(use, range(32)))) == 1
    assert len(files(tmp_path)) == 2


def test_tags_depend_on_content_and_size(cache: ArtworkCache) -> None:
    other = "f" * 64
    tags = [cache.etag(KEY), cache.etag(KEY, 300), cache.etag(KEY, 600), cache.etag(other, 300)]
    assert len(set(tags)) == 4
    assert cache.etag(KEY, 290) == cache.etag(KEY, 300) == f"{KEY[:32]}-300"


def used_at(path: Path, hours_ago: float) -> None:
    now = time.time()
    os.utime(path, (now - hours_ago * 3600, now))


def test_what_was_used_longest_ago_goes_first(cache: ArtworkCache) -> None:
    cache.put(COVER)
    made = {size: cache.resized(KEY, size) for size in (64, 128, 256)}
    for size, hours in ((64, 5), (128, 9), (256, 1)):
        used_at(made[size], hours)
    total = sum(path.stat().st_size for path in made.values()) + len(COVER)
    assert cache.evict(total) == 0
    gone = made[128].stat().st_size
    assert cache.evict(total - 1) == gone
    assert [size for size, path in made.items() if path.exists()] == [64, 256]


def test_a_use_counts(cache: ArtworkCache) -> None:
    cache.put(COVER)
    old, older = cache.resized(KEY, 64), cache.resized(KEY, 128)
    used_at(old, 5)
    used_at(older, 9)
    assert cache.get(KEY, 128) == older
    cache.evict(len(COVER) + older.stat().st_size)
    assert (old.exists(), older.exists()) == (False, True)


@pytest.mark.parametrize("originals", [False, True])
def test_originals_go_last_and_only_when_asked(cache: ArtworkCache, originals: bool) -> None:
    cache.put(COVER)
    small = cache.resized(KEY, 64)
    original = cache.get(KEY)
    assert original is not None
    used_at(original, 99)
    cache.evict(len(COVER))
    assert (small.exists(), original.exists()) == (False, True)
    assert cache.evict(0, originals=originals) == (len(COVER) if originals else 0)
    assert original.exists() is not originals


def test_leftovers_of_a_killed_writer_go_and_those_of_a_live_one_stay(cache: ArtworkCache) -> None:
    cache.put(COVER)
    folder = (cache.get(KEY) or Path()).parent
    left, live = folder / ".left", folder / ".live"
    left.touch()
    live.touch()
    os.utime(left, (0, time.time() - 7200))
    cache.evict(10**9)
    assert (left.exists(), live.exists()) == (False, True)
