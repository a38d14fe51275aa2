"""Covers: a sky, hills and something round, in the album's colours."""

import io
import math
import random

from PIL import Image, ImageDraw, ImageFont

from mcma.demo.albums import Album

SIDE = 640
Colour = tuple[int, int, int]


def cover(album: Album) -> bytes:
    """A JPEG."""
    sky, ground, thing = (_colour(one) for one in album.colours)
    picture = _gradient(sky, _between(sky, thing, 0.55))
    draw = ImageDraw.Draw(picture)
    chance = random.Random(album.title)  # noqa: S311 - a picture
    x, y, radius = chance.randint(180, 460), chance.randint(170, 260), chance.randint(70, 120)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=thing)
    for layer in range(4):
        _hill(draw, chance, 330 + layer * 75, _between(ground, (0, 0, 0), layer * 0.22))
    _words(draw, album)
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=88)
    return packed.getvalue()


def _words(draw: ImageDraw.ImageDraw, album: Album) -> None:
    draw.text((36, SIDE - 104), album.title, fill="white", font=ImageFont.load_default(44))
    draw.text((38, SIDE - 50), album.artist, fill="white", font=ImageFont.load_default(24))


def _hill(draw: ImageDraw.ImageDraw, chance: random.Random, level: int, colour: Colour) -> None:
    phase, waves, height = chance.uniform(0, 6), chance.uniform(1.2, 2.6), chance.randint(16, 44)
    line = [
        (x, level + height * math.sin(phase + waves * math.tau * x / SIDE)) for x in range(0, SIDE + 8, 8)
    ]
    draw.polygon([(0, SIDE), *line, (SIDE, SIDE)], fill=colour)


def _gradient(top: Colour, bottom: Colour) -> Image.Image:
    column = Image.new("RGB", (1, SIDE))
    for y in range(SIDE):
        column.putpixel((0, y), _between(top, bottom, y / SIDE))
    return column.resize((SIDE, SIDE))


def _between(one: Colour, other: Colour, part: float) -> Colour:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _colour(code: str) -> Colour:
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)
