"""Covers and lyrics that lie beside a staged file go along with it."""

import os
import re
from typing import NamedTuple

from mcma.media.shelf import Shelf
from mcma.services.indexing.values import Place, joined, parted

_PICTURES = (b".jpg", b".jpeg", b".png", b".webp", b".gif")
_LYRICS = (b".lrc", b".elrc", b".ttml")
_LANG = re.compile(rb"\.[a-z]{2,3}(?:-[a-z0-9]{2,8})?", re.ASCII)


class Moved(NamedTuple):
    """Places relative to the root."""

    old: bytes
    new: bytes


def shelve_sidecars(shelf: Shelf, root: bytes, staged: Place, place: bytes) -> list[Moved]:
    """Blocking. What is there already stays as it is."""
    folder, name = staged
    target, shelved = parted(place)
    found = []
    for beside in _listed(root + b"/" + folder):
        new = _new_name(beside, name, shelved)
        if new is not None:
            shelf.put_beside(joined(folder, beside), target, new)
            found.append(Moved(joined(folder, beside), joined(target, new)))
    return found


def _new_name(beside: bytes, name: bytes, shelved: bytes) -> bytes | None:
    stem, _, ending = beside.lower().rpartition(b".")
    if b"." + ending in _PICTURES:
        return beside
    own = name.lower().rpartition(b".")[0]
    if b"." + ending in _LYRICS and stem.startswith(own):
        lang = stem[len(own) :]
        if not lang or _LANG.fullmatch(lang):
            return shelved.rpartition(b".")[0] + lang + b"." + ending
    return None


def _listed(folder: bytes) -> list[bytes]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - bytes
    except OSError:
        return []
