"""What shares hold now, as their owners see it: nothing of it is kept with the share."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import NotFound, Unavailable
from mcma.services.playlists import smart
from mcma.store.queries import shares as queries
from mcma_plugins.ids import PlaylistId, UserId
from mcma_plugins.values import Caller, ItemKind, ItemRef, SharedItem

MOST_SMART = 20
"""Smart playlists that are asked for one list of shares; each is a query of its own."""
AT_ONCE = 1000
"""Ids in one query."""
_PLAIN = (ItemKind.TRACK, ItemKind.ALBUM, ItemKind.ARTIST)


class Held(NamedTuple):
    tracks: Sequence[UUID]
    """In order, each once."""
    complete: bool


class _List(NamedTuple):
    name: str
    owner_id: UUID
    public: bool
    smart: bool

    def is_readable(self, reader: Caller) -> bool:
        return self.public or self.owner_id == reader.user_id


class Contents:
    """Of some shares: what is in them, what of it their owners may see."""

    def __init__(
        self, connection: AsyncConnection, owners: Mapping[UUID, Caller], items: Mapping[UUID, list[ItemRef]]
    ) -> None:
        self._connection, self._owners, self._items = connection, owners, items
        self._sight: dict[UUID, frozenset[UUID]] = {}
        self._lists: dict[UUID, _List] = {}

    @classmethod
    async def of(cls, connection: AsyncConnection, owners: Mapping[UUID, Caller], most: int) -> "Contents":
        """`owners` by share; at most so many items of each."""
        items: dict[UUID, list[ItemRef]] = defaultdict(list)
        for share, kind, item in await connection.execute(queries.items(list(owners), most)):
            items[share].append(ItemRef(ItemKind(kind), item))
        made = cls(connection, owners, items)
        await made._look_around()
        return made

    async def items(self) -> dict[UUID, list[SharedItem]]:
        """With the names that their owners see."""
        names: dict[ItemRef, tuple[str, UUID | None]] = {}
        for kind in _PLAIN:
            for part in _parts(self._ids(kind)):
                for id_, name, library in await self._connection.execute(queries.named(kind, part)):
                    names[ItemRef(kind, id_)] = (name, library)
        return {
            share: [SharedItem(*item, self._named(item, names, self._owners[share])) for item in items]
            for share, items in self._items.items()
        }

    async def held(self, most: int) -> dict[UUID, Held]:
        """At most so many tracks of each. A smart playlist that takes too long, or has rules this version
        does not know, holds nothing for now."""
        found: dict[ItemRef, list[tuple[UUID, UUID]]] = defaultdict(list)
        for kind in ItemKind:
            for part in _parts(self._ids(kind)):
                for id_, *track in await self._connection.execute(queries.tracks_of(kind, part, most + 1)):
                    found[ItemRef(kind, id_)].append((track[0], track[1]))
        ruled = await self._by_rules(most + 1)
        return {share: self._held(share, found, ruled, most) for share in self._owners}

    def _held(
        self, share: UUID, found: Mapping[ItemRef, Sequence[tuple[UUID, UUID]]],
        ruled: Mapping[tuple[UUID, UUID], Sequence[UUID]], most: int,
    ) -> Held:  # fmt: skip
        owner = self._owners[share]
        sight = self._sight[owner.user_id]

        def tracks() -> Iterator[UUID]:
            for item in self._items.get(share, ()):
                if item.kind is not ItemKind.PLAYLIST or self._is_readable(item.id, owner):
                    yield from (track for track, library in found.get(item, ()) if library in sight)
                yield from ruled.get((owner.user_id, item.id), ())

        first = list(islice(dict.fromkeys(tracks()), most + 1))
        return Held(first[:most], len(first) <= most)

    async def _look_around(self) -> None:
        """Which libraries the owners see, and which playlists there are."""
        every = frozenset(await self._connection.scalars(queries.every_library()))
        given: dict[UUID, set[UUID]] = defaultdict(set)
        people = {owner.user_id: owner for owner in self._owners.values()}
        for user, library in await self._connection.execute(queries.granted(list(people))):
            given[user].add(library)
        self._sight = {id_: every if owner.is_admin else every & given[id_] for id_, owner in people.items()}
        for part in _parts(self._ids(ItemKind.PLAYLIST)):
            for id_, *about in await self._connection.execute(queries.lists(part)):
                self._lists[id_] = _List(*about)

    def _ids(self, kind: ItemKind) -> list[UUID]:
        return sorted({item.id for items in self._items.values() for item in items if item.kind is kind})

    def _is_readable(self, playlist: UUID, owner: Caller) -> bool:
        found = self._lists.get(playlist)
        return found is not None and found.is_readable(owner)

    def _named(
        self, item: ItemRef, names: Mapping[ItemRef, tuple[str, UUID | None]], owner: Caller
    ) -> str | None:
        if item.kind is ItemKind.PLAYLIST:
            return self._lists[item.id].name if self._is_readable(item.id, owner) else None
        name, library = names.get(item, (None, None))
        return name if library is None or library in self._sight[owner.user_id] else None

    async def _by_rules(self, most: int) -> dict[tuple[UUID, UUID], Sequence[UUID]]:
        """What smart playlists hold, by whose eyes they are seen with."""
        wanted = {
            (owner.user_id, item.id): owner
            for share, owner in self._owners.items()
            for item in self._items.get(share, ())
            if item.kind is ItemKind.PLAYLIST and self._is_readable(item.id, owner)
            and self._lists[item.id].smart
        }  # fmt: skip
        chosen = islice(wanted.items(), MOST_SMART)
        return {key: await _of_rules(self._connection, key[1], owner, most) for key, owner in chosen}


async def _of_rules(connection: AsyncConnection, playlist: UUID, owner: Caller, most: int) -> Sequence[UUID]:
    try:
        asked = await smart.asked_of(connection, owner, PlaylistId(playlist))
        return await smart.held(connection, asked, most)
    except (NotFound, Unavailable):
        return ()


def owners_of(rows: Sequence[Any]) -> dict[UUID, Caller]:
    """By share, of rows of `queries.listed`."""
    return {row[0]: Caller(UserId(row[3]), row.owner, row.is_admin) for row in rows}


def _parts(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
