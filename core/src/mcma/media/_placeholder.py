"""Covers for what has none: a gradient and initials, the same for the same name."""

import colorsys
import hashlib
import unicodedata
from collections.abc import Callable
from typing import Final

from anyascii import anyascii
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

from mcma.media._images import encode, snapped

_WHITE: Final = (255, 255, 255)
_FINE: Final = 2
"""Shapes are drawn this much larger and shrunk, because Pillow does not smooth edges."""

_ARTICLES: Final = {"the", "a", "an", "die", "der", "das", "le", "la", "les", "el", "los"}

Colour = tuple[int, int, int]
Motif = Callable[[ImageDraw.ImageDraw, int], None]


def placeholder(name: str, kind: str, size: int) -> bytes:
    """A square JPEG of `size` pixels (rounded up to one of `SIZES`) for something called `name`.

    `kind` ("album", "artist", "playlist"; anything else is plain) chooses the motif behind the initials, and
    with the name the colours. The same arguments give the same picture.
    """
    size = snapped(size)
    image = _gradient(*_colours(f"{kind}:{name}"), size)
    image = _with_motif(image, MOTIFS.get(kind, _plain))
    _write(image, initials(name) or "♪")
    return encode(image)


def initials(name: str) -> str:
    """One or two capitals for `name`; other scripts are transliterated, and there may be none."""
    words = [found for word in name.split() if (found := _letters(word))]
    chosen = [words[0], words[-1]] if len(words) > 1 else words
    if len(words) > 2 and words[0].lower() in _ARTICLES:
        chosen = words[1:3]
    return "".join(word[0] for word in chosen).upper()


def _letters(word: str) -> str:
    """The letters and digits of `word` that the built-in font can draw."""
    plain = unicodedata.normalize("NFKD", word)
    latin = "".join(c for c in plain if c.isascii() and c.isalnum())
    return latin or "".join(c for c in anyascii(word[:20]) if c.isalnum())


def _colours(seed: str) -> tuple[Colour, Colour]:
    """Two neighbouring hues, dark enough for white letters."""
    digest = hashlib.blake2b(seed.encode("utf-8", "replace"), digest_size=4).digest()
    hue = int.from_bytes(digest[:2]) / 65536
    turn = 0.06 + digest[2] / 255 * 0.1
    return _rgb(hue, 0.50, 0.58), _rgb((hue + turn) % 1, 0.26, 0.62)


def _rgb(hue: float, lightness: float, saturation: float) -> Colour:
    """Yellow and green look lighter than blue at the same lightness, so they get less of it."""
    lightness *= 0.82 if 0.1 < hue < 0.55 else 1
    red, green, blue = (round(255 * part) for part in colorsys.hls_to_rgb(hue, lightness, saturation))
    return red, green, blue


def _gradient(top: Colour, bottom: Colour, size: int) -> Image.Image:
    down = Image.linear_gradient("L")
    slope = Image.blend(down, down.transpose(Image.Transpose.ROTATE_90), 0.5)
    return ImageOps.colorize(slope.resize((size, size), Image.Resampling.BICUBIC), top, bottom)


def _with_motif(image: Image.Image, motif: Motif) -> Image.Image:
    fine = image.width * _FINE
    layer = Image.new("L", (fine, fine))
    motif(ImageDraw.Draw(layer), fine)
    mask = layer.resize(image.size, Image.Resampling.BOX)
    return Image.composite(Image.new("RGB", image.size, _WHITE), image, mask)


def _plain(draw: ImageDraw.ImageDraw, size: int) -> None:
    """Nothing behind the initials."""


def _grooves(draw: ImageDraw.ImageDraw, size: int) -> None:
    """A record, a little off the page."""
    middle = (size * 0.78, size * 0.80)
    for step in range(3, 12):
        draw.circle(middle, size * step * 0.07, outline=26, width=max(size // 130, 1))
    draw.circle(middle, size * 0.13, fill=34)


def _halo(draw: ImageDraw.ImageDraw, size: int) -> None:
    for step, strength in enumerate((14, 18, 24)):
        draw.circle((size / 2, size / 2), size * (0.46 - step * 0.06), fill=strength)


def _bars(draw: ImageDraw.ImageDraw, size: int) -> None:
    """The rows of a list."""
    for row, length in enumerate((0.62, 0.8, 0.5, 0.7, 0.56)):
        top = size * (0.13 + row * 0.16)
        box = (size * 0.12, top, size * (0.12 + length), top + size * 0.075)
        draw.rounded_rectangle(box, radius=size * 0.04, fill=20)


MOTIFS: Final[dict[str, Motif]] = {"album": _grooves, "artist": _halo, "playlist": _bars}


def _write(image: Image.Image, text: str) -> None:
    if text == "♪":
        return _note(image)
    font = ImageFont.load_default(image.width * (0.36 if len(text) == 2 else 0.44))
    mask = Image.new("L", image.size)
    middle = (image.width / 2, image.height / 2)
    left, top, right, bottom = font.getbbox(text, anchor="ls")
    origin = (middle[0] - (left + right) / 2, middle[1] - (top + bottom) / 2)
    ImageDraw.Draw(mask).text(origin, text, fill=238, font=font, anchor="ls")
    _lay(image, mask)
    return None


def _note(image: Image.Image) -> None:
    """For names without a letter: a quaver, drawn, because the font has none."""
    fine = image.width * _FINE
    mask = Image.new("L", (fine, fine))
    draw = ImageDraw.Draw(mask)
    draw.ellipse((fine * 0.34, fine * 0.58, fine * 0.50, fine * 0.71), fill=238)
    draw.rectangle((fine * 0.475, fine * 0.28, fine * 0.50, fine * 0.645), fill=238)
    draw.polygon(
        [(fine * x, fine * y) for x, y in ((0.475, 0.28), (0.66, 0.36), (0.66, 0.45), (0.475, 0.37))],
        fill=238,
    )
    _lay(image, mask.resize(image.size, Image.Resampling.BOX))


def _lay(image: Image.Image, mask: Image.Image) -> None:
    """White through `mask`, with a soft shadow a hair below."""
    shadow = ImageChops.offset(mask, 0, max(image.height // 100, 1)).point(lambda alpha: alpha // 5)
    image.paste((0, 0, 0), mask=shadow)
    image.paste(_WHITE, mask=mask)
