"""Vorbis comments in FLAC and Ogg, by mutagen. Works on a copy, in place."""

import base64
from importlib import import_module
from typing import Any, Final

from mcma.domain.tagfields import PICTURE
from mcma.media._names import common_name
from mcma.media.retagging.change import Change, Cover

_FRONT: Final = 3
_KINDS: Final = {
    ("flac", "flac"): ("mutagen.flac", "FLAC"), ("ogg", "vorbis"): ("mutagen.oggvorbis", "OggVorbis"),
    ("ogg", "opus"): ("mutagen.oggopus", "OggOpus"), ("ogg", "flac"): ("mutagen.oggflac", "OggFLAC"),
    ("ogg", "speex"): ("mutagen.oggspeex", "OggSpeex"),
}  # fmt: skip
NAMES: Final = {"albumversion": "MUSICBRAINZ_ALBUMCOMMENT", "advisory": "ITUNESADVISORY"}
TOTALS: Final = {"tracknumber": "tracktotal", "discnumber": "disctotal"}


def write_vorbis(path: str, kind: tuple[str, str], change: Change) -> None:
    module, name = _KINDS[kind]
    file: Any = getattr(import_module(module), name)(path)
    if file.tags is None:
        file.add_tags()
    file.tags[:] = [(name, text) for name, text in file.tags if not _drops_comment(name, text, change)]
    for key, values in change.texts.items():
        for said, texts in _parted(key, values):
            file.tags.extend((NAMES.get(said, said.upper()), text) for text in texts)
    if change.cover is not None or PICTURE in change.keys:
        _write_cover(file, change.cover)
    file.save()


def _drops_comment(name: str, value: str, change: Change) -> bool:
    if name.lower() == "metadata_block_picture":
        return PICTURE in change.keys and _is_front(value)
    return change.drops(common_name(name))


def _is_front(value: str) -> bool:
    try:
        return int.from_bytes(base64.b64decode(value[:8])[:4], "big") == _FRONT
    except ValueError:
        return False


def _parted(key: str, values: list[str]) -> list[tuple[str, list[str]]]:
    """A number and its total are two tags."""
    if key not in TOTALS:
        return [(key, values)]
    number, _, total = values[0].partition("/")
    pairs = [(key, number), (TOTALS[key], total)]
    return [(name, [text]) for name, text in pairs if text and text != "0"]


def _write_cover(file: Any, cover: Cover | None) -> None:
    pictures = getattr(file, "pictures", None)
    if pictures is not None:
        others = [one for one in pictures if one.type != _FRONT]
        file.clear_pictures()
        for one in others:
            file.add_picture(one)
    if cover is None:
        return
    picture: Any = import_module("mutagen.flac").Picture()
    picture.type, picture.mime, picture.data = _FRONT, cover.mime, cover.data
    picture.width, picture.height, picture.depth = cover.width, cover.height, 24
    if pictures is not None:
        file.add_picture(picture)
    else:
        file.tags.append(("METADATA_BLOCK_PICTURE", base64.b64encode(picture.write()).decode("ascii")))
