"""One file's tags written into a copy of it, and everything proved of the copy before anybody may use it."""

import os
import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import fields as parts_of
from typing import Final, NamedTuple

from mcma.domain.facts import AudioFacts, FileFacts, FileProblem, TagFacts
from mcma.domain.tagfields import KEYS, PICTURE, texts_of
from mcma.media._containers import read_container
from mcma.media._fields import tag_facts
from mcma.media._raw import FRONT_COVER, Raw, UnfitError
from mcma.media._source import Source, open_regular
from mcma.media.copying import take_over
from mcma.media.loudness import sha256_of
from mcma.media.lyrics import parse_lyrics
from mcma.media.retagging.ape import write_ape
from mcma.media.retagging.asf import write_asf
from mcma.media.retagging.change import Change, Cover, Unwritable
from mcma.media.retagging.id3 import behind, in_chunk, in_front
from mcma.media.retagging.meaning import NOT_FACTS, as_written
from mcma.media.retagging.mp4 import write_mp4
from mcma.media.retagging.pieces import Piece, compose
from mcma.media.retagging.restoring import difference, restore
from mcma.media.retagging.vorbis import write_vorbis
from mcma.media.sameness import same_sound
from mcma.media.tags import read_file

_PIECES: Final[dict[str, Callable[[Source, Change], list[Piece]]]] = {
    "mp3": in_front, "tta": in_front, "dsf": behind, "wav": in_chunk, "aiff": in_chunk,
}  # fmt: skip
_IN_PLACE: Final[dict[str, Callable[[str, tuple[str, str], Change], None]]] = {
    "flac": write_vorbis, "ogg": write_vorbis, "wavpack": write_ape, "ape": write_ape, "mpc": write_ape,
    "mp4": write_mp4, "asf": write_asf,
}  # fmt: skip
WRITABLE: Final = frozenset({*_PIECES, *_IN_PLACE})
"""Containers that tags can be written into."""


class Rewritten(NamedTuple):
    """A copy that is proved, on the disk."""

    facts: FileFacts
    backup: bytes
    """What `restoring.restore` makes the former file of."""
    former_sha256: bytes
    sha256: bytes


def rewrite(
    path: bytes,
    target: bytes,
    wanted: TagFacts,
    fields: Collection[str],
    cover: Cover | None = None,
    lyrics: str | None = None,
) -> Rewritten | None:
    """Makes `target`, which must not exist, the file at `path` with these fields as wanted. None: they are
    so already.

    Raises `Unwritable` (format, unreadable, not_kept, picture, too_large, backup_too_large) and `OSError`;
    nothing is left at `target` then.
    """
    before = _read(path)
    raw = raw_of(path)
    there = tag_facts(raw, ())
    keys = frozenset(key for field in fields for key in KEYS[field])
    texts = texts_of(wanted, there, fields) | ({"lyrics": [lyrics]} if lyrics else {})
    change = Change(keys, texts, cover)
    if as_written(wanted, there, fields) == there and _has_the_rest(raw, change):
        return None
    try:
        write_copy(path, target, before.audio, change)
        return _proved(path, target, before, raw, change, as_written(wanted, there, fields))
    except BaseException:
        for left in (target, target + b".former"):
            with suppress(FileNotFoundError):
                os.unlink(left)  # noqa: PTH108 - bytes
        raise


def _read(path: bytes) -> FileFacts:
    facts = read_file(path)
    if isinstance(facts, FileProblem):
        raise Unwritable("unreadable", f"The file cannot be read: {facts.message}")
    return facts


def raw_of(path: bytes) -> Raw:
    fd = open_regular(path)
    try:
        return read_container(Source(fd, os.fstat(fd).st_size))
    except UnfitError as unfit:
        raise Unwritable("unreadable", f"The file cannot be read: {unfit.message}") from unfit
    finally:
        os.close(fd)


def write_copy(path: bytes, target: bytes, audio: AudioFacts, change: Change) -> None:
    """`target` is the file with the change, on the disk; nothing is proved of it."""
    container = audio.container
    if container in _PIECES:
        fd = open_regular(path)
        try:
            pieces = _PIECES[container](Source(fd, os.fstat(fd).st_size), change)
        finally:
            os.close(fd)
        compose(path, target, pieces)
    elif container in _IN_PLACE:
        take_over(path, target)
        _by_mutagen(target, audio, change)
    else:
        raise Unwritable("format", f"Tags are not written into {container} files.")
    shutil.copymode(path, target)
    _sync(target)


def _by_mutagen(target: bytes, audio: AudioFacts, change: Change) -> None:
    try:
        _IN_PLACE[audio.container](os.fsdecode(target), (audio.container, audio.codec), change)
    except (Unwritable, OSError):
        raise
    except Exception as error:  # mutagen raises anything at all for an odd file
        if isinstance(error.__context__, OSError):
            raise error.__context__ from error
        raise Unwritable("not_kept", f"The tags cannot be written: {type(error).__name__}") from error


def _proved(
    path: bytes, target: bytes, before: FileFacts, raw: Raw, change: Change, expected: TagFacts
) -> Rewritten:
    after = _read(target)
    if after.audio_hash != before.audio_hash or not same_sound(path, target):
        raise Unwritable("not_kept", "The sound would not stay as it is.")
    _check_tags(raw_of(target), raw, change, expected)
    backup = difference(path, target)
    former, was = target + b".former", sha256_of(path)
    restore(target, backup, former)
    tried = sha256_of(former)
    os.unlink(former)  # noqa: PTH108 - bytes
    if tried != was:
        raise Unwritable("not_kept", "The file could not be made what it was before.")
    return Rewritten(_read(target), backup, was, sha256_of(target))


def _check_tags(now: Raw, before: Raw, change: Change, expected: TagFacts) -> None:
    """What was to be said is said, and nothing else is said otherwise."""
    said = tag_facts(now, ())
    wrong = [
        part.name for part in parts_of(TagFacts)
        if part.name not in NOT_FACTS and getattr(said, part.name) != getattr(expected, part.name)
    ]  # fmt: skip
    if "lyrics" in change.keys and not _sings(now, change):
        wrong.append("lyrics")
    if wrong:
        raise Unwritable("not_kept", f"The file would not say it as it is meant: {', '.join(wrong)}.")
    kept, left = ({k: v for k, v in one.tags.items() if not change.drops(k)} for one in (before, now))
    same = "lyrics" in change.keys or now.lyrics == before.lyrics
    if kept != left or not same or not _same_pictures(now, before, change):
        raise Unwritable("not_kept", "Other tags of the file would not stay as they are.")


def _has_the_rest(raw: Raw, change: Change) -> bool:
    pictured = PICTURE not in change.keys or _has(raw, change.cover)
    return pictured and ("lyrics" not in change.keys or _sings(raw, change))


def _sings(raw: Raw, change: Change) -> bool:
    """The words and their times, whatever the language is called."""
    meant = [parse_lyrics(text) for text in change.texts.get("lyrics", ())]
    found = tag_facts(raw, ()).lyrics
    return [(one.plain, one.synced) for one in found] == [(one.plain, one.synced) for one in meant if one]


def _has(raw: Raw, cover: Cover | None) -> bool:
    fronts = [one.data for one in raw.pictures if one.kind == FRONT_COVER]
    return fronts == ([cover.data] if cover else [])


def _same_pictures(now: Raw, before: Raw, change: Change) -> bool:
    if PICTURE not in change.keys:
        return now.pictures == before.pictures
    others = [[one for one in raw.pictures if one.kind != FRONT_COVER] for raw in (now, before)]
    return _has(now, change.cover) and others[0] == others[1]


def _sync(path: bytes) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
