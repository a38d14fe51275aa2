"""What a made-up library holds: artists, albums and tracks with names as unevenly spread as real ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from uuid import UUID

_TEXT = """
love night the you of blue time heart dance rain little moon river fire gold summer home lost sky
city black wild road dream sun shadow ghost winter stone glass electric silver paper midnight ocean
signal Ångström Björk café naïve Señor Größe Москва Ночь 東京 夜 사랑 Ελλάδα قمر שלום Dvořák Łódź smörgås
fjörd Sigur Rós Ölüm İstanbul Đorđe Zoë façade piñata Ærø œuvre 愛 春 ямщик Кино дождь 🎵 $ong AC/DC
P!nk tundra velvet quartz lantern meridian hollow atlas ember cinder willow cascade parallel vertigo
zephyr
"""
WORDS = tuple(_TEXT.split())
_WORD_WEIGHTS = tuple(accumulate(1 / (rank + 2) for rank in range(len(WORDS))))
GENRES = ("Rock", "Pop", "Electronic", "Jazz", "Classical", "Hip-Hop", "Folk", "Metal", "Ambient", "Chanson")
_GENRE_WEIGHTS = tuple(accumulate(1 / (rank + 1) for rank in range(len(GENRES))))
FORMATS = ("mp3", "flac", "ogg", "opus", "m4a")
_FORMAT_WEIGHTS = tuple(accumulate((55, 25, 8, 5, 7)))


@dataclass(frozen=True, slots=True)
class Artist:
    name: str
    mbid: str | None


@dataclass(frozen=True, slots=True)
class Album:
    number: int
    title: str
    artist: Artist
    fmt: str
    year: int
    genres: tuple[str, ...]
    discs: int
    compilation: bool
    cover: str
    """none, embedded or beside."""
    mbid: str | None
    gain: float | None


@dataclass(frozen=True, slots=True)
class Track:
    number: int
    """In the whole library."""
    album: Album
    artists: tuple[Artist, ...]
    title: str
    disc: int
    position: int
    mbid: str | None
    gain: float | None


def plan(files: int, seed: int) -> Iterator[Track]:
    """A twenty-fifth as many artists, a twelfth as many albums; the same for the same seed."""
    rng = Random(seed)
    artists = _artists(rng, max(1, files // 25))
    weights = tuple(accumulate(1 / (rank + 10) for rank in range(len(artists))))
    albums = max(1, files // 12)
    for number in range(albums):
        album = _album(rng, number, artists, weights)
        first, end = number * files // albums, (number + 1) * files // albums
        for place, track in enumerate(range(first, end)):
            yield _track(rng, track, place, end - first, album, artists)


def _artists(rng: Random, count: int) -> list[Artist]:
    names: dict[str, None] = {}
    while len(names) < count:
        name = _name(rng, 1, 3)
        names[name if name not in names else f"{name} {len(names)}"] = None
    return [Artist(name, _mbid(rng, 0.5)) for name in names]


def _album(rng: Random, number: int, artists: list[Artist], weights: tuple[float, ...]) -> Album:
    compilation = rng.random() < 0.03
    (artist,) = rng.choices(artists, cum_weights=weights)
    return Album(
        number=number,
        title=_name(rng, 1, 4),
        artist=Artist("Various Artists", None) if compilation else artist,
        fmt=rng.choices(FORMATS, cum_weights=_FORMAT_WEIGHTS)[0],
        year=int(rng.triangular(1955, 2026, 2005)),
        genres=tuple(dict.fromkeys(rng.choices(GENRES, cum_weights=_GENRE_WEIGHTS, k=rng.choice((1, 1, 2))))),
        discs=2 if rng.random() < 0.08 else 1,
        compilation=compilation,
        cover=rng.choices(("none", "embedded", "beside"), (5, 1, 4))[0],
        mbid=_mbid(rng, 0.4),
        gain=round(rng.gauss(-7, 3), 2) if rng.random() < 0.3 else None,
    )


def _track(rng: Random, number: int, place: int, size: int, album: Album, artists: list[Artist]) -> Track:
    per_disc = -(-size // album.discs)
    return Track(
        number=number,
        album=album,
        artists=_credits(rng, album, artists),
        title=_name(rng, 1, 5),
        disc=place // per_disc + 1,
        position=place % per_disc + 1,
        mbid=_mbid(rng, 0.9) if album.mbid else None,
        gain=None if album.gain is None else round(album.gain + rng.gauss(0, 1), 2),
    )


def _credits(rng: Random, album: Album, artists: list[Artist]) -> tuple[Artist, ...]:
    first = rng.choice(artists) if album.compilation else album.artist
    guests = (rng.choice(artists),) if rng.random() < 0.08 else ()
    return tuple(dict.fromkeys((first, *guests)))


def _name(rng: Random, least: int, most: int) -> str:
    words = rng.choices(WORDS, cum_weights=_WORD_WEIGHTS, k=rng.randint(least, most))
    return " ".join(word[0].upper() + word[1:] for word in words)


def _mbid(rng: Random, share: float) -> str | None:
    return str(UUID(int=rng.getrandbits(128), version=4)) if rng.random() < share else None
