"""Checking and shrinking pictures that come from anywhere. Blocking: for threads and workers only."""

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, ImageStat

from mcma.domain.errors import InvalidInput

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
"""Without this list Pillow tries all its decoders, and starts Ghostscript for what looks like PostScript."""

MAX_PIXELS: Final = 25_000_000
"""25 megapixels need 100 MB while they are decoded; a few hundred bytes of PNG can claim far more."""

MAX_BYTES: Final = 20 * 1024 * 1024
QUALITY: Final = 85

SIZES: Final = (
    *(64, 96, 128, 160, 200, 256, 300, 320, 400, 480, 512),
    *(600, 640, 800, 1000, 1024, 1200, 1500, 2000),
)
"""The sizes that are made, those clients ask for: with any size at all, a client could fill the disk."""

_CORNERS: Final = {2: (0, 1, 1, 0), 3: (0, 1, 2, 0), 4: (0, 1, 2, 3)}
LIGHT, DARK = (255, 255, 255), (24, 24, 27)
_MAX_PROFILE: Final = 16 * 1024

warnings.simplefilter("error", Image.DecompressionBombWarning)
warnings.filterwarnings(
    "ignore", category=UserWarning, module=r"PIL\."
)  # of damaged metadata, by the hundred


@dataclass(frozen=True)
class ImageInfo:
    """What the header of a picture says; width and height are pixels as stored, before any rotation."""

    mime: str
    width: int
    height: int


def check_image(data: bytes) -> ImageInfo:
    """What `data` is, read from its header only: nothing is decoded.

    Raises InvalidInput for anything but JPEG, PNG, WebP and GIF, over 20 MiB or over 25 megapixels.
    """
    with _opened(data) as image:
        return ImageInfo(Image.MIME[str(image.format)], image.width, image.height)


def check_whole(data: bytes) -> ImageInfo:
    """`check_image`, and all of it can be decoded: it is not cut off, and one picture, not a film.

    Raises InvalidInput (image_too_large, image_unreadable, image_animated).
    """
    with _opened(data) as image:
        info = ImageInfo(Image.MIME[str(image.format)], image.width, image.height)
        if getattr(image, "is_animated", False):
            raise InvalidInput("The picture is animated.", code="image_animated")
        image.load()
    return info


def thumbnail(data: bytes, size: int) -> bytes:
    """`data` as a JPEG whose longest side is `size` pixels, or as large as it was when that is less.

    Upright (EXIF), without metadata, transparency laid on a ground that contrasts. Raises InvalidInput.
    """
    with _opened(data) as image:
        profile = image.info.get("icc_profile") if image.mode == "RGB" else None
        whole = _in_colour(image)
        whole.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
        return encode(_flat(_upright(whole)), profile)


def mosaic(pictures: Sequence[bytes], size: int) -> bytes:
    """Two to four pictures as the corners of a square JPEG of `size` pixels; of fewer than four some come
    again, crosswise. Raises InvalidInput."""
    cell = size // 2
    canvas = Image.new("RGB", (size, size), DARK)
    corners = [_cell(data, cell) for data in pictures]
    for place, chosen in enumerate(_CORNERS[len(corners)]):
        canvas.paste(corners[chosen], (place % 2 * cell, place // 2 * cell))
    return encode(canvas)


def _cell(data: bytes, side: int) -> Image.Image:
    with _opened(data) as image:
        whole = _in_colour(image)
        whole.thumbnail((2 * side, 2 * side), Image.Resampling.LANCZOS, reducing_gap=2.0)
        return ImageOps.fit(_flat(_upright(whole)), (side, side), Image.Resampling.LANCZOS)


def square(data: bytes, side: int) -> bytes:
    """The middle of `data` as a square JPEG of `side` pixels, or of as many as there are; otherwise as
    `thumbnail`."""
    with _opened(data) as image:
        profile = image.info.get("icc_profile") if image.mode == "RGB" else None
        whole = _flat(_upright(_in_colour(image)))
        most = min(side, *whole.size)
        return encode(ImageOps.fit(whole, (most, most), Image.Resampling.LANCZOS), profile)


def snapped(size: int) -> int:
    """The next larger of `SIZES`, or the largest."""
    return next((known for known in SIZES if known >= size), SIZES[-1])


def encode(image: Image.Image, profile: bytes | None = None) -> bytes:
    kept = profile if profile and len(profile) <= _MAX_PROFILE else None
    target = io.BytesIO()
    image.save(target, "JPEG", quality=QUALITY, icc_profile=kept, comment=b"")  # else the source's stays
    return target.getvalue()


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """The picture, not yet decoded. Whatever goes wrong with it, also later, is the picture's fault."""
    if len(data) > MAX_BYTES:
        raise InvalidInput("The picture is larger than 20 MiB.", code="image_too_large")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _bounded(image)
            yield image
    except InvalidInput:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except Exception as error:  # decoders raise anything at all
        raise InvalidInput("This is no picture that can be read.", code="image_unreadable") from error


def _bounded(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels()
    if not image.width or not image.height:
        raise InvalidInput("The picture is empty.", code="image_unreadable")


def _too_many_pixels() -> InvalidInput:
    return InvalidInput("The picture has more than 25 megapixels.", code="image_too_large")


def _in_colour(image: Image.Image) -> Image.Image:
    """Palettes can only be shrunk badly; everything else is cheaper to convert when it is small."""
    if image.mode not in ("P", "1"):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - broken EXIF costs the rotation, not the picture
        return image


def _flat(image: Image.Image) -> Image.Image:
    """Three 8-bit channels, whatever was there."""
    if image.has_transparency_data:
        return _on_ground(image.convert("RGBA"))
    if image.mode.startswith("I"):  # 16 bits of grey; convert() would cut them off at 255
        image = image.convert("I").point([i // 256 for i in range(65536)], "L")
    return image.convert("RGB")


def _on_ground(image: Image.Image) -> Image.Image:
    """A white logo on dark, anything else dark on light: judged by what can be seen of it."""
    mask = image.getchannel("A").point(lambda alpha: 255 if alpha > 127 else 0)
    visible = ImageStat.Stat(image.convert("L"), mask)
    bright = bool(visible.count[0]) and visible.mean[0] > 160
    ground = Image.new("RGB", image.size, DARK if bright else LIGHT)
    ground.paste(image, mask=image.getchannel("A"))
    return ground
