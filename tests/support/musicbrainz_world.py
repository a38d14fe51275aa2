"""A small world of music: artists, works, recordings, albums and their editions. What fakes answer from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, uuid5

VARIOUS = "89ad4ac3-39f7-470e-963a-56509c546377"


def mbid(*names: object) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, names))))


@dataclass(eq=False)
class Person:
    name: str
    mbid: str = ""
    sort: str = ""
    type: str = "Person"
    disambiguation: str = ""
    begin: str = ""
    end: str = ""
    area: str = ""
    aliases: list[tuple[str, str, str, bool]] = field(default_factory=list)
    """Name, sort name, locale, whether it is the primary one."""
    links: list[str] = field(default_factory=list)
    legal: str = ""
    former: str = ""
    """Names with a locale that nobody puts on a record: on a passport, or of before."""

    def __post_init__(self) -> None:
        self.mbid = self.mbid or mbid("artist", self.name, self.disambiguation)
        self.sort = self.sort or self.name


@dataclass(frozen=True)
class By:
    """One of those who are credited."""

    person: Person
    join: str = ""
    name: str = ""


Credit = Sequence[By]


def by(*people: Person, join: str = " & ") -> Credit:
    return [By(one, join if place < len(people) - 1 else "") for place, one in enumerate(people)]


@dataclass(frozen=True)
class Part:
    """A relation to somebody."""

    kind: str
    person: Person
    attributes: Sequence[str] = ()


@dataclass(eq=False)
class Piece:
    """A work."""

    title: str
    language: str = ""
    parts: list[Part] = field(default_factory=list)
    mbid: str = ""

    def __post_init__(self) -> None:
        self.mbid = self.mbid or mbid("work", self.title)


@dataclass(eq=False)
class Song:
    """A recording."""

    title: str
    credit: Credit
    ms: int = 200_000
    isrcs: list[str] = field(default_factory=list)
    disambiguation: str = ""
    video: bool = False
    pieces: list[Piece] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    genres: dict[str, int] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    mbid: str = ""
    remix_of: "Song | None" = None
    remixes: list["Song"] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.remix_of:
            self.remix_of.remixes.append(self)
        said = "".join(one.person.mbid for one in self.credit)
        self.mbid = self.mbid or mbid("recording", self.title, said, self.ms, self.disambiguation)


@dataclass(eq=False)
class Slot:
    """A track of a disc."""

    song: Song
    title: str = ""
    credit: Credit = ()
    ms: int = 0
    mbid: str = ""


@dataclass(eq=False)
class Disc:
    slots: list[Slot]
    format: str = "CD"
    title: str = ""
    pregap: Slot | None = None
    data: list[Slot] = field(default_factory=list)

    @property
    def all(self) -> Iterator[Slot]:
        yield from [self.pregap] if self.pregap else []
        yield from self.slots
        yield from self.data


@dataclass(eq=False)
class Album:
    """A release group."""

    title: str
    credit: Credit
    primary: str = "Album"
    secondary: list[str] = field(default_factory=list)
    first: str = ""
    genres: dict[str, int] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    editions: list["Edition"] = field(default_factory=list)
    mbid: str = ""

    def __post_init__(self) -> None:
        said = "".join(one.person.mbid for one in self.credit)
        self.mbid = self.mbid or mbid("release-group", self.title, said, *self.secondary)


@dataclass(eq=False)
class Edition:
    """A release."""

    album: Album
    discs: list[Disc]
    title: str = ""
    credit: Credit = ()
    date: str = ""
    country: str = ""
    status: str = "Official"
    disambiguation: str = ""
    barcode: str = ""
    labels: list[tuple[str, str]] = field(default_factory=list)
    language: str = ""
    script: str = "Latn"
    aliases: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    front: bool = True
    mbid: str = ""
    also: dict[str, str] = field(default_factory=dict)
    """Other countries that it came out in, and when."""

    def __post_init__(self) -> None:
        self.title, self.credit = self.title or self.album.title, self.credit or self.album.credit
        count = len(self.album.editions)
        self.mbid = self.mbid or mbid("release", self.album.mbid, count)
        self.album.editions.append(self)
        for disc, one in enumerate(self.discs):
            for place, slot in enumerate(one.all):
                slot.title, slot.credit = slot.title or slot.song.title, slot.credit or slot.song.credit
                slot.ms, slot.mbid = (
                    slot.ms or slot.song.ms,
                    slot.mbid or mbid("track", self.mbid, disc, place),
                )

    @property
    def slots(self) -> list[tuple[int, int, Slot]]:
        """Disc, number, and what is there; without what hides or is data."""
        return [(d, n, one) for d, disc in enumerate(self.discs, 1) for n, one in enumerate(disc.slots, 1)]


@dataclass
class World:
    albums: list[Album] = field(default_factory=list)
    songs: list[Song] = field(default_factory=list)
    """That are on no album as well."""
    merged: dict[str, str] = field(default_factory=dict)
    """Former ids, and what they are now."""

    def add(self, *albums: Album) -> None:
        self.albums += albums
        self._index.clear()

    _index: dict[str, object] = field(default_factory=dict)

    def thing(self, kind: type, id_: str) -> object | None:
        if not self._index:
            self._index.update(self._things())
        found = self._index.get(self.merged.get(id_, id_))
        return found if isinstance(found, kind) else None

    def _things(self) -> Iterator[tuple[str, object]]:
        for album in self.albums:
            yield album.mbid, album
            for edition in album.editions:
                yield edition.mbid, edition
        for song in self.all_songs():
            yield song.mbid, song
        for person in self.people():
            yield person.mbid, person

    @property
    def editions(self) -> Iterator[Edition]:
        return (edition for album in self.albums for edition in album.editions)

    def all_songs(self) -> list[Song]:
        found = {
            slot.song.mbid: slot.song for one in self.editions for disc in one.discs for slot in disc.all
        }
        return [*(found | {one.mbid: one for one in self.songs}).values()]

    def people(self) -> list[Person]:
        credits = [credit for one in self.albums for credit in one.credit]
        credits += [credit for one in self.all_songs() for credit in one.credit]
        return [*{one.person.mbid: one.person for one in credits}.values()]

    def where(self, song: Song) -> list[Edition]:
        return [
            one for one in self.editions if any(slot.song is song for disc in one.discs for slot in disc.all)
        ]
