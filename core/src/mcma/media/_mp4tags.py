"""The items of an iTunes metadata list."""

from collections.abc import Iterator
from struct import unpack_from

from mcma.media._id3names import GENRE_LIST
from mcma.media._names import add, common_name
from mcma.media._raw import FRONT_COVER, Raw, RawPicture

TEXTS = {
    b"\xa9nam": "title",
    b"\xa9ART": "artist",
    b"\xa9alb": "album",
    b"aART": "albumartist",
    b"\xa9day": "date",
    b"\xa9gen": "genre",
    b"\xa9wrt": "composer",
    b"\xa9com": "composer",
    b"\xa9cmt": "comment",
    b"\xa9lyr": "lyrics",
    b"\xa9grp": "grouping",
    b"\xa9wrk": "work",
    b"\xa9mvn": "movementname",
    b"\xa9con": "conductor",
    b"\xa9pub": "label",
    b"sonm": "titlesort",
    b"soar": "artistsort",
    b"soal": "albumsort",
    b"soaa": "albumartistsort",
    b"soco": "composersort",
}
NUMBERS = {b"tmpo": "bpm", b"cpil": "compilation"}
PAIRS = {b"trkn": "tracknumber", b"disk": "discnumber"}
_EXPLICIT = {1: "1", 4: "1", 2: "2"}

Item = tuple[bytes, int, int]


def read_items(data: bytes, begin: int, end: int, raw: Raw) -> None:
    """Every item in data[begin:end]."""
    for kind, at, stop in _atoms(data, begin, end):
        if kind == b"----":
            _read_free(data, at, stop, raw)
            continue
        for name, value, value_end in _atoms(data, at, stop):
            if name == b"data" and value_end - value >= 8:
                _read_value(kind, data[value + 8 : value_end], raw)


def _atoms(data: bytes, begin: int, end: int) -> Iterator[Item]:
    while begin + 8 <= end:
        size, kind = unpack_from(">I4s", data, begin)
        if size < 8 or begin + size > end:
            return
        yield kind, begin + 8, begin + size
        begin += size


def _read_value(kind: bytes, value: bytes, raw: Raw) -> None:
    key = TEXTS.get(kind)
    if key is not None:
        add(raw.tags, key, value.decode("utf-8", "replace"))
    elif kind in NUMBERS:
        add(raw.tags, NUMBERS[kind], str(int.from_bytes(value, "big")))
    elif kind in PAIRS and len(value) >= 6:
        add(raw.tags, PAIRS[kind], "{}/{}".format(*unpack_from(">HH", value, 2)))
    elif kind == b"covr":
        raw.pictures.append(RawPicture(FRONT_COVER, value))
    else:
        _read_code(kind, int.from_bytes(value[:8], "big"), raw)


def _read_code(kind: bytes, number: int, raw: Raw) -> None:
    if kind == b"rtng" and number in _EXPLICIT:
        raw.tags["advisory"] = [_EXPLICIT[number]]
    elif kind == b"gnre" and 0 < number <= len(GENRE_LIST):
        add(raw.tags, "genre", GENRE_LIST[number - 1])


def _read_free(data: bytes, begin: int, end: int, raw: Raw) -> None:
    """`----`: a name and any number of values."""
    name, values = "", []
    for kind, at, stop in _atoms(data, begin, end):
        if kind == b"name":
            name = data[at + 4 : stop].decode("utf-8", "replace")
        elif kind == b"data":
            values.append(data[at + 8 : stop].decode("utf-8", "replace"))
    if name and values:
        add(raw.tags, common_name(name), *values)
