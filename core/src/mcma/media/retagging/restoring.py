"""How a file was before its tags were written: kept as its difference to the file after that.

Sound, and pictures that are still there, are not kept: they are taken from the file as it is. What comes out
is the former file, byte for byte; that is tried before anything is replaced.
"""

import os
import zlib
from collections.abc import Iterator
from importlib import import_module
from struct import unpack_from
from typing import Any, Final, NamedTuple

import orjson

from mcma.media._containers import read_container
from mcma.media._raw import Raw
from mcma.media._source import Source, open_regular
from mcma.media.retagging.change import Unwritable
from mcma.media.retagging.pieces import Piece, Span, compose

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of one backup, packed."""
_ANCHOR: Final = 64
_STEP: Final = 16 * 1024
"""What is as long as this and unchanged is found again."""


class Opened(NamedTuple):
    source: Source
    raw: Raw


def opened(fd: int) -> Opened:
    source = Source(fd, os.fstat(fd).st_size)
    return Opened(source, read_container(source))


def difference(former: bytes, now: bytes) -> bytes:
    """Of two files (paths) with the same sound. Raises `Unwritable` (backup_too_large, not_kept)."""
    old_fd, new_fd = open_regular(former), open_regular(now)
    try:
        return _packed(opened(old_fd), opened(new_fd))
    finally:
        os.close(old_fd)
        os.close(new_fd)


def restore(now: bytes, kept: bytes, target: bytes) -> None:
    """Makes `target`, which must not exist, what the file was. Raises `OSError`, `Unwritable` (not_kept)."""
    try:
        head, _, literals = zlib.decompress(kept).partition(b"\n")
        plan = orjson.loads(head)
    except (zlib.error, ValueError) as error:
        raise Unwritable("not_kept", "What is kept of the former file cannot be read.") from error
    pieces, at = list[Piece](), 0
    for step in plan["steps"]:
        if len(step) == 1:
            pieces.append(literals[at : at + step[0]])
            at += step[0]
        else:
            pieces.append(Span(*step))
    compose(now, target, pieces)
    if plan["pages"] is not None:
        _renumber(target, *plan["pages"])


def _packed(old: Opened, new: Opened) -> bytes:
    lengths = [end - start for start, end in old.raw.regions]
    if lengths != [end - start for start, end in new.raw.regions]:
        raise Unwritable("not_kept", "The sound would lie in the file in another way.")
    steps, literals = list[list[int]](), bytearray()
    others = [new.source.at(start, end - start) for start, end in _gaps(new)]
    places = [start for start, _ in _gaps(new)]
    sounds = iter(new.raw.regions)
    for number, (start, end) in enumerate(_gaps(old)):
        for piece in _matched(old.source.at(start, end - start), others, places):
            steps.append([len(piece)] if isinstance(piece, bytes) else list(piece))
            literals += piece if isinstance(piece, bytes) else b""
        if number < len(lengths):
            steps.append(list(next(sounds)))
    plan = {"steps": steps, "pages": _pages(old, new)}
    packed = zlib.compress(orjson.dumps(plan) + b"\n" + bytes(literals), 6)
    if len(packed) > MOST_BYTES:
        raise Unwritable("backup_too_large", "What the tags would replace is too much to be kept.")
    return packed


def _gaps(file: Opened) -> list[tuple[int, int]]:
    """Before, between and behind the sound."""
    starts = [0, *(end for _, end in file.raw.regions)]
    ends = [*(start for start, _ in file.raw.regions), file.source.size]
    return list(zip(starts, ends, strict=True))


def _matched(data: bytes, others: list[bytes], places: list[int]) -> Iterator[Piece]:
    """In order: new bytes, and spans of the other file that hold the same."""
    done, at = 0, 0
    while at + _ANCHOR <= len(data):
        found = _found(data[at : at + _ANCHOR], others)
        if found is not None:
            which, place = found
            other = others[which]
            begin = _back(data, at, done, other, place)
            length = _length(data, begin, other, place - (at - begin))
            if length >= _STEP // 2:
                if begin > done:
                    yield data[done:begin]
                start = places[which] + place - (at - begin)
                yield Span(start, start + length)
                done = begin + length
        at = max(done, at + _STEP)
    if done < len(data):
        yield data[done:]


def _found(anchor: bytes, others: list[bytes]) -> tuple[int, int] | None:
    if len(set(anchor)) < 4:  # padding is everywhere
        return None
    places = ((which, other.find(anchor)) for which, other in enumerate(others))
    return next((one for one in places if one[1] >= 0), None)


def _back(data: bytes, at: int, least: int, other: bytes, place: int) -> int:
    while at > least and place > 0 and data[at - 1] == other[place - 1]:
        at, place = at - 1, place - 1
    return at


def _length(data: bytes, at: int, other: bytes, place: int) -> int:
    length, most = 0, min(len(data) - at, len(other) - place)
    step = 64 * 1024
    while step:
        one, two = at + length, place + length
        if length + step <= most and data[one : one + step] == other[two : two + step]:
            length += step
        else:
            step //= 2
    return length


def _pages(old: Opened, new: Opened) -> list[int] | None:
    """Ogg: (where the sound begins, serial, number of its first page), where that was another one."""
    if not old.raw.paged:
        return None
    start, other = old.raw.regions[0][0], new.raw.regions[0][0]
    serial, number = unpack_from("<2I", old.source.at(start, 27), 14)
    now: int = unpack_from("<I", new.source.at(other, 27), 18)[0]
    return None if number == now else [start, serial, number]


def _renumber(path: bytes, start: int, serial: int, number: int) -> None:
    ogg: Any = import_module("mutagen.ogg")
    with open(path, "r+b") as file:  # noqa: PTH123 - bytes
        file.seek(start)
        ogg.OggPage.renumber(file, serial, number)
        file.flush()
        os.fsync(file.fileno())
