"""Files by paths that were written down elsewhere: by bytes along the index, else by folded names."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.claim_paths import folded, is_same, parts_of, tails
from mcma.store.queries import claims as queries
from mcma_plugins.values import Caller

CHUNK = 300
"""Places looked up by one query: three values each."""
Found = dict[int, tuple[UUID, bool]]
"""Number to the track, and whether its path is the same to the byte."""


class Paths:
    def __init__(self, connection: AsyncConnection, caller: Caller) -> None:
        self._connection, self._caller = connection, caller

    async def found(self, asked: Mapping[int, bytes]) -> Found:
        rows = await self._connection.execute(queries.roots(self._caller))
        roots: dict[UUID, bytes] = {row[0]: bytes(row[1]) for row in rows}
        found = await self._exact(asked, roots)
        left = {number: path for number, path in asked.items() if number not in found}
        return found | (await self._folded(left, roots) if left else {})

    async def _exact(self, asked: Mapping[int, bytes], roots: Mapping[UUID, bytes]) -> Found:
        """Below a root as it is, else the longest end of the path that is a file's place."""
        places = {number: _places(path, roots) for number, path in asked.items()}
        wanted = list(dict.fromkeys(place for each in places.values() for place in each))
        there: dict[tuple[UUID, bytes, bytes], UUID] = {}
        for start in range(0, len(wanted), CHUNK):
            query = queries.placed(wanted[start : start + CHUNK], self._caller)
            for track, library, folder, name in await self._connection.execute(query):
                there[library, bytes(folder), bytes(name)] = track
        found: Found = {}
        for number, each in places.items():
            track = next((there[place] for place in each if place in there), None)
            if track is not None:
                found[number] = (track, True)
        return found

    async def _folded(self, left: Mapping[int, bytes], roots: Mapping[UUID, bytes]) -> Found:
        """Of files whose folder's name, folded, is part of what was said; one alone may be meant."""
        named: dict[str, list[int]] = defaultdict(list)
        for number, path in left.items():
            named[_last(b"/".join(parts_of(path)))].append(number)
        hits: dict[int, set[UUID]] = defaultdict(set)
        ends = {_folder_end(path) for path in left.values()}
        for library in roots:
            listed = [bytes(one) for one in await self._connection.scalars(queries.folders(library))]
            near = await asyncio.to_thread(_near, listed, ends)
            for start in range(0, len(near), CHUNK):
                query = queries.in_folders(library, near[start : start + CHUNK], self._caller)
                for track, _, folder, name in await self._connection.execute(query):
                    place = bytes(folder) + b"/" + bytes(name) if folder else bytes(name)
                    for number in named.get(_last(place), ()):
                        if is_same(left[number], place):
                            hits[number].add(track)
        return {number: (min(tracks), False) for number, tracks in hits.items() if len(tracks) == 1}


def _places(path: bytes, roots: Mapping[UUID, bytes]) -> list[tuple[UUID, bytes, bytes]]:
    found = []
    for library, root in roots.items():
        if path.startswith(root.rstrip(b"/") + b"/"):
            parts = parts_of(path[len(root.rstrip(b"/")) :])
            if parts:
                found.append((library, b"/".join(parts[:-1]), parts[-1]))
    return found + [(library, *tail) for tail in tails(path) for library in roots]


def _last(path: bytes) -> str:
    return folded(path).rpartition("/")[2]


def _folder_end(path: bytes) -> str:
    """The folded name of the folder that the file lies in."""
    parts = parts_of(path)
    return folded(parts[-2]) if len(parts) > 1 else ""


def _near(folders: Iterable[bytes], ends: set[str]) -> list[bytes]:
    """Those that are called like one of these."""
    return [one for one in folders if folded(one).rpartition("/")[2] in ends]
