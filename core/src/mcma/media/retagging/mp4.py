"""Items of MP4 files, by mutagen. Works on a copy, in place."""

from importlib import import_module
from typing import Any, Final

from mcma.domain.tagfields import PICTURE
from mcma.media._mp4tags import NUMBERS, PAIRS, TEXTS
from mcma.media._names import common_name
from mcma.media.retagging.change import Change, Unwritable
from mcma.media.retagging.vorbis import TOTALS

_ATOMS: Final = {
    key: name.decode("latin-1")
    for name, key in reversed(TEXTS.items())
    if name not in (b"\xa9com", b"\xa9pub")
}
_NOT_ATOMS: Final = frozenset({"conductor", "label"})
"""Players look for these in free-form items."""
_FREE: Final = "----:com.apple.iTunes:"
_FREE_NAMES: Final = {
    "musicbrainz_trackid": "MusicBrainz Track Id", "musicbrainz_albumid": "MusicBrainz Album Id",
    "musicbrainz_artistid": "MusicBrainz Artist Id",
    "musicbrainz_albumartistid": "MusicBrainz Album Artist Id",
    "musicbrainz_releasegroupid": "MusicBrainz Release Group Id",
    "musicbrainz_releasetrackid": "MusicBrainz Release Track Id", "releasetype": "MusicBrainz Album Type",
    "acoustid_id": "Acoustid Id", "albumversion": "MusicBrainz Album Comment",
    "originaldate": "originaldate",
}  # fmt: skip
_CODES: Final = {"rtng": "advisory", "gnre": "genre"}
_READ: Final = {
    **{name.decode("latin-1"): key for table in (TEXTS, NUMBERS, PAIRS) for name, key in table.items()},
    **_CODES, "covr": PICTURE,
}  # fmt: skip


def write_mp4(path: str, kind: tuple[str, str], change: Change) -> None:
    mp4: Any = import_module("mutagen.mp4")
    file = mp4.MP4(path)
    if file.tags is None:
        file.add_tags()
    for name in list(file.tags.keys()):
        if change.drops(_mp4_key(name)):
            del file.tags[name]
    for key, values in change.texts.items():
        name, said = _mp4_item(mp4, key, values)
        file.tags[name] = said
    if change.cover is not None:
        if change.cover.mime not in ("image/jpeg", "image/png"):
            raise Unwritable("picture", f"MP4 files hold no pictures of the type {change.cover.mime}.")
        png = change.cover.mime == "image/png"
        shape = mp4.MP4Cover.FORMAT_PNG if png else mp4.MP4Cover.FORMAT_JPEG
        file.tags["covr"] = [mp4.MP4Cover(change.cover.data, shape)]
    file.save()


def _mp4_key(name: str) -> str:
    if name.startswith("----:"):
        return common_name(name.rpartition(":")[2])
    return _READ.get(name, name)


def _mp4_item(mp4: Any, key: str, values: list[str]) -> tuple[str, Any]:
    if key in TOTALS:
        number, _, total = values[0].partition("/")
        pair = (int(number), int(total or 0))
        if max(pair) > 65_535:
            raise Unwritable("not_kept", "MP4 files hold no numbers above 65,535.")
        return ("trkn" if key == "tracknumber" else "disk"), [pair]
    if key == "compilation":
        return "cpil", True
    if key == "advisory":
        return "rtng", [int(values[0])]
    if key == "bpm" and values[0].isdecimal():
        return "tmpo", [int(values[0])]
    if key in _ATOMS and key not in _NOT_ATOMS:
        return _ATOMS[key], values
    return _FREE + _FREE_NAMES.get(key, key.upper()), [mp4.MP4FreeForm(text.encode()) for text in values]
