"""Worlds of any size, always the same for the same seed, with what makes albums hard to tell apart."""

import random
from collections.abc import Iterator, Sequence
from itertools import count

from tests.support.musicbrainz_world import (
    VARIOUS,
    Album,
    By,
    Credit,
    Disc,
    Edition,
    Person,
    Slot,
    Song,
    World,
    by,
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "amber ancient april ashen autumn basement bitter blue borrowed brave broken burning candle "
    "ceramic coastal copper crooked crystal distant double dusty early eastern electric empty endless "
    "faded feather foreign frozen garden gentle glass golden gravel green half hidden hollow iron "
    "ivory july kitchen lantern late lonely lunar marble meadow midnight mirror morning mountain "
    "narrow neon nickel northern ocean october old orchard orange paper pearl plastic quiet radio "
    "rain river ruby rusted sacred salt scarlet second secret shallow silent silver sleeping slow "
    "small southern static stolen summer sunday tender thunder tidal velvet violet wandering western "
    "white wild winter wooden yellow zero "
)
_SECOND = _words(
    "airplane alley anthem arcade avenue balloon ballroom bell bicycle bird boat bridge brother cabin "
    "carousel cathedral city clock cloud coat compass country crown dancer daughter desert diamond "
    "door dream drum echo engine evening factory feather fever field fire flower forest fountain "
    "friend ghost giant guitar hand harbor heart highway hill horizon horse hotel house hour island "
    "jacket journey kingdom ladder lake letter library light lion machine map market memory mile "
    "minute mirror moon motel museum name needle night orchestra parade piano picture pilot planet "
    "pocket promise queen railway ribbon road room rose sailor season shadow ship sister sky snow "
    "song star station stone storm story stranger street sun theatre tide tower town train valley "
    "violin voice wall water wave wheel whisper window wing winter wolf world year "
)
_FAMILY = _words(
    "Abel Berg Costa Dahl Ek Faber Gold Holm Ivers Juhl Klein Lund Moss Noll Ohlsen Pohl Quist Rask"
)
_GIVEN = _words(
    "Ada Bo Cleo Dan Eva Finn Gia Hal Ida Jon Kai Lea Max Nia Ole Pia Rex Sia Tom Una Viv Wim Yan Zoe"
)
_COUNTRIES = ("GB", "US", "DE", "JP", "FR", "XE", "NO", "AU")
_CYRILLIC = dict(zip("abvgdezijklmnoprstufh", "абвгдезийклмнопрстуфх", strict=True))


class Maker:
    def __init__(self, seed: int) -> None:
        self.random, self._numbers = random.Random(seed), count(1)

    def world(self, tracks: int) -> tuple[World, list[Edition]]:
        """With the editions that somebody has, of at least so many tracks together."""
        made, owned, size = World(), [], 0
        while size < tracks:
            for album in self.some():
                made.albums.append(album)
                owned.append(self.random.choice(album.editions))
                size += len(owned[-1].slots)
        return made, owned

    def some(self) -> Iterator[Album]:
        """What one artist made; now and then with a concert, remixes, a best of, or several artists."""
        artist = self.person()
        album = self.album(artist)
        yield album
        kind = next(self._numbers) % 5
        if kind == 0:
            yield self.concert(artist, album)
        elif kind == 1:
            yield self.remixes(artist, album)
        elif kind == 2:
            yield self.compilation()
        elif kind == 3:
            yield self.best_of(artist, album)

    def title(self) -> str:
        words = [self.random.choice(_FIRST), self.random.choice(_SECOND)]
        if self.random.random() < 0.2:
            words.insert(1, self.random.choice(_FIRST))
        if self.random.random() < 0.15:
            words = words[1:]
        return " ".join(words).title()

    def titles(self, how_many: int) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < how_many:
            found[self.title()] = None
        return list(found)

    def person(self) -> Person:
        name = f"{self.random.choice(_GIVEN)} {self.random.choice(_FAMILY)}"
        if self.random.random() < 0.4:
            name = f"The {self.title()}s"
        number = next(self._numbers)
        if number % 12 == 0:
            return Person(cyrillic(name), aliases=[(name, name, "en", True)], disambiguation=f"no. {number}")
        return Person(name, disambiguation=f"no. {number}")

    def song(self, title: str, credit: Credit, **more: str) -> Song:
        return Song(title, credit, self.random.randrange(95_000, 420_000), [self.isrc()], **more)  # type: ignore[arg-type]

    def isrc(self) -> str:
        return f"XX{self.random.choice('ABC')}00{next(self._numbers):07}"

    def songs(self, artist: Person, how_many: int) -> list[Song]:
        guest = self.person()
        return [
            self.song(one, [By(artist, " feat. "), By(guest)] if self.random.random() < 0.08 else by(artist))
            for one in self.titles(how_many)
        ]

    def album(self, artist: Person) -> Album:
        songs = self.songs(artist, self.random.randrange(7, 15))
        year = self.random.randrange(1965, 2022)
        album = Album(self.title(), by(artist), first=f"{year}-{self.random.randrange(1, 13):02}-11")
        if any(name for name, *_ in artist.aliases):
            album.title = cyrillic(album.title)
            for one in songs:
                one.title = cyrillic(one.title)
        self.edition(album, [songs], year)
        for _ in range(self.random.randrange(0, 4)):
            self.another(album, artist, songs, year)
        return album

    def another(self, album: Album, artist: Person, songs: Sequence[Song], year: int) -> None:
        """The same in another country, with more on it, or on two discs."""
        kind = self.random.random()
        if kind < 0.5:
            self.edition(album, [songs], year + self.random.choice((0, 0, 1)))
        elif kind < 0.8:
            more = [self.song(f"{one.title} (demo)", one.credit) for one in songs[:2]] + self.songs(artist, 1)
            self.edition(album, [[*songs, *more]], year + 10, "deluxe edition")
        else:
            half = len(songs) // 2
            self.edition(album, [songs[:half], songs[half:]], year, format='12" Vinyl')

    def edition(
        self, album: Album, discs: Sequence[Sequence[Song]], year: int, said: str = "", format: str = "CD"
    ) -> Edition:
        made = [
            Disc([Slot(one, ms=one.ms + self.random.randrange(-900, 900)) for one in each], format)
            for each in discs
        ]
        number = next(self._numbers)
        return Edition(
            album, made, date=f"{year}-{self.random.randrange(1, 13):02}-{self.random.randrange(1, 28):02}",
            country=self.random.choice(_COUNTRIES), disambiguation=said, barcode=f"40{number:010}",
            labels=[(f"{self.title()} Records", f"{self.random.choice('ABCDE')}R {number}")],
        )  # fmt: skip

    def concert(self, artist: Person, studio: Album) -> Album:
        songs = [
            self.song(f"{one.title} (live)", one.credit, disambiguation="live") for one in _songs(studio)
        ]
        self.random.shuffle(songs)
        album = Album(f"{studio.title} Live", by(artist), secondary=["Live"])
        self.edition(album, [songs[: max(5, len(songs) - 2)]], 2001)
        return album

    def remixes(self, artist: Person, studio: Album) -> Album:
        song = _songs(studio)[0]
        names = [f"{self.title()} Remix" for _ in range(4)]
        mixes = [song, *(self.song(f"{song.title} ({name})", song.credit) for name in names)]
        album = Album(song.title, by(artist), primary="Single")
        self.edition(album, [mixes], 2003)
        return album

    def compilation(self) -> Album:
        various = Person("Various Artists", mbid=VARIOUS, type="Other")
        songs = [self.song(one, by(self.person())) for one in self.titles(self.random.randrange(10, 16))]
        album = Album(f"{self.title()} Hits", by(various), secondary=["Compilation"])
        self.edition(album, [songs], 1999)
        return album

    def best_of(self, artist: Person, studio: Album) -> Album:
        album = Album(f"The Best of {artist.name}", by(artist), secondary=["Compilation"])
        self.edition(album, [[*_songs(studio)[:5], *self.songs(artist, 7)]], 2010)
        return album


def _songs(album: Album) -> list[Song]:
    return [slot.song for _, _, slot in album.editions[0].slots]


def cyrillic(text: str) -> str:
    """Letter by letter, as far as there are letters for it."""
    made = "".join(_CYRILLIC.get(one, one) for one in text.lower())
    return made[:1].upper() + made[1:]


def made_world(tracks: int, seed: int = 1) -> tuple[World, list[Edition]]:
    return Maker(seed).world(tracks)
