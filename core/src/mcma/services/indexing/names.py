"""Rows found by a key, made when they are new: genres, labels, recordings. One instance serves one scan."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.credits import name_key
from mcma.domain.facts import LabelFact
from mcma.services.entities.reading import LABEL, rules
from mcma.services.indexing.values import Telling
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.queries.prepared import param
from mcma.store.tables.catalogue import genres, labels, recordings

CACHE = 50_000
"""Keys that are remembered; beyond it the memory starts anew."""


class _Keyed:
    """A table with a unique key. Keys that are looked up stay in memory."""

    def __init__(self, table: sa.Table, column: str) -> None:
        self._table = table
        self._column = table.c[column]
        self._known = sa.select(self._column, table.c.id).where(self._column.in_(param("keys")))
        self._ids: dict[Any, UUID] = {}

    def forget(self) -> None:
        """After a rollback: rows made in it do not exist."""
        self._ids.clear()

    async def _settle(self, connection: AsyncConnection, rows: dict[Any, dict[str, Any]]) -> dict[Any, UUID]:
        """Key to id for every key of `rows`; those that are missing are made from their values. The caller
        holds the lock of the catalogue: nobody else makes them meanwhile."""
        if len(self._ids) > CACHE:
            self._ids.clear()
        unknown = [key for key in rows if key not in self._ids]  # a difference of views looks at them all
        if unknown:
            rows_there = await connection.execute(self._known, {"keys": unknown})
            self._ids.update((key, id_) for key, id_ in rows_there)
        now = utcnow()
        made = [
            {"id": new_id(), self._column.name: key, "created_at": now, **rows[key]}
            for key in sorted(unknown)
            if key not in self._ids
        ]
        await insert_rows(connection, self._table, made)
        self._ids.update((row[self._column.name], row["id"]) for row in made)
        return self._ids


class Names(_Keyed):
    """Genres or labels: one row per folded name. Rules of people say what names mean (`labelmerge.py`)."""

    def __init__(self, table: sa.Table, column: str, rules: str | None = None) -> None:
        super().__init__(table, column)
        self._rules = rules

    async def ids(self, connection: AsyncConnection, names: Iterable[str]) -> dict[str, UUID]:
        """Name to id for every name; missing rows are made."""
        names = await self._meant(connection, names)
        keys = {name: name_key(said) for name, said in names.items()}
        rows = {keys[name]: {"name": said, "rev": 1} for name, said in reversed(list(names.items()))}
        found = await self._settle(connection, rows)
        return {name: found[key] for name, key in keys.items()}

    async def _meant(self, connection: AsyncConnection, names: Iterable[str]) -> dict[str, str]:
        said = await rules(connection, self._rules) if self._rules else {}
        return {name: _end(said, name) for name in names}


class Labels(Names):
    """Labels with their MusicBrainz ids: by its id, one that is called otherwise by now is the one it was."""

    async def known(self, connection: AsyncConnection, said: Iterable[LabelFact]) -> dict[LabelFact, UUID]:
        """A person's word on a name stands before an id. Of two ids of one name the first one stays."""
        facts = list(dict.fromkeys(said))
        mbids = {UUID(one.mbid) for one in facts if one.mbid}
        ruled = await rules(connection, LABEL) if mbids else {}
        called = await self._called(connection, mbids)
        names = {
            one: one.name if name_key(one.name) in ruled else called.get(one.mbid, one.name) for one in facts
        }
        ids = await self.ids(connection, names.values())
        found = {one: ids[names[one]] for one in facts}
        new = {
            found[one]: UUID(one.mbid)
            for one in reversed(facts)
            if one.mbid and one.mbid not in called and name_key(one.name) not in ruled
        }
        await self._learn(connection, new)
        return found

    async def _called(self, connection: AsyncConnection, mbids: Collection[UUID]) -> dict[str | None, str]:
        if not mbids:
            return {}
        query = sa.select(labels.c.mbid, labels.c.name).where(labels.c.mbid.in_(mbids))
        rows = await connection.execute(query.order_by(labels.c.id.desc()))
        return {str(row.mbid): row.name for row in rows}

    async def _learn(self, connection: AsyncConnection, new: Mapping[UUID, UUID]) -> None:
        if not new:
            return
        one = sa.update(labels).where(
            labels.c.id == sa.bindparam("b_id", type_=labels.c.id.type), labels.c.mbid.is_(None)
        )
        statement = one.values(mbid=sa.bindparam("b_mbid", type_=labels.c.mbid.type))
        await connection.execute(statement, [{"b_id": id_, "b_mbid": new[id_]} for id_ in sorted(new)])


def _end(said: Mapping[str, Sequence[str]], name: str) -> str:
    """Where the rules lead; they have no circles."""
    while found := said.get(name_key(name)):
        name = found[0]
    return name


def genre_names() -> Names:
    return Names(genres, "name_key")


def label_names() -> Labels:
    return Labels(labels, "name_key", LABEL)


class Recordings(_Keyed):
    """The same recording on two albums is two tracks that share its id."""

    def __init__(self) -> None:
        super().__init__(recordings, "mbid")

    async def settle(self, connection: AsyncConnection, batch: Sequence[Telling]) -> None:
        said = [telling for telling in batch if telling.tags.recording_mbid]
        if not said:
            return
        found = await self._settle(connection, {UUID(t.tags.recording_mbid): {} for t in said})
        for telling in said:
            telling.recording_id = found[UUID(telling.tags.recording_mbid)]
