"""Labels that are one by a person's word, and back: a rule says what the name in tags means.

A label is nothing but its name: no row becomes a redirect. The record of the merge is what is listed and
taken back.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.credits import name_key
from mcma.domain.errors import Conflict, NotFound
from mcma.services.callers import person_of, require_admin
from mcma.services.entities.namesakes import BY_HAND
from mcma.services.entities.reading import LABEL, add_rules, drop_rules, rules
from mcma.services.indexing import counters
from mcma.services.indexing.labellinks import labels_said, replace_labels
from mcma.services.indexing.names import label_names
from mcma.services.indexing.values import Touched
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables.catalogue import album_labels, albums, labels, merges
from mcma_plugins.values import Caller

CHUNK = 500


class LabelHands:
    """For administrators: `Forbidden` for others."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def merge(self, caller: Caller, loser: UUID, winner: UUID) -> None:
        """Whatever tags call the loser is the winner from now on. Again is the merge there is.

        Raises `NotFound`, and `Conflict`: `same_item`, `merged_before`.
        """
        require_admin(caller)
        async with self._database.write() as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            lost = await _label(connection, loser)
            kept = await _label(connection, await leads_to(connection, (await _label(connection, winner)).id))
            said = await rules(connection, LABEL)
            if kept.name_key == lost.name_key:
                raise Conflict("These are one label already.", code="same_item")
            if lost.name_key not in said:
                await _merge(connection, lost, kept, person_of(caller))
            elif meant(said, lost.name_key) != kept.name_key:
                raise Conflict("This label was merged before: take that back first.", code="merged_before")

    async def undo(self, caller: Caller, merge_id: UUID) -> None:
        """Raises `Conflict`: `undone_before`."""
        require_admin(caller)
        async with self._database.write() as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            merge: Any = (await connection.execute(sa.select(merges).where(merges.c.id == merge_id))).one()
            if merge.undone_at is not None:
                raise Conflict("This merge was taken back before.", code="undone_before")
            lost, winner = (
                await _label(connection, merge.loser_id),
                await leads_to(connection, merge.loser_id),
            )
            await drop_rules(connection, LABEL, [lost.name_key])
            undone = sa.update(merges).where(merges.c.id == merge_id).values(undone_at=utcnow())
            await connection.execute(undone)
            await _tell(connection, [lost.id, winner])


async def other_names(connection: AsyncConnection) -> Mapping[str, Sequence[str]]:
    """The key of a label to the names that people say are its own."""
    said = await rules(connection, LABEL)
    if not said:
        return {}
    query = sa.select(labels.c.name_key, labels.c.name).where(labels.c.name_key.in_(list(said)))
    found: dict[str, list[str]] = {}
    for row in await connection.execute(query.order_by(labels.c.name_key)):
        found.setdefault(meant(said, row.name_key), []).append(row.name)
    return found


async def _merge(connection: AsyncConnection, lost: Any, kept: Any, by_user: UUID | None) -> None:
    await add_rules(connection, LABEL, [lost.name_key], [kept.name], by_user)
    record = {"item_kind": LABEL, "loser_id": lost.id, "winner_id": kept.id, "reason": BY_HAND}
    await connection.execute(sa.insert(merges).values(id=new_id(), by_user=by_user, at=utcnow(), **record))
    await _tell(connection, [lost.id, kept.id])


def meant(said: Mapping[str, Sequence[str]], key: str) -> str:
    """Where the rules lead; they have no circles."""
    while key in said:
        key = name_key(said[key][0])
    return key


async def leads_to(connection: AsyncConnection, label: UUID) -> UUID:
    """Itself, or the label that a person says it is."""
    said = await rules(connection, LABEL)
    if not said:
        return label
    key: str | None = await connection.scalar(sa.select(labels.c.name_key).where(labels.c.id == label))
    if key is None or key not in said:
        return label
    found = await connection.scalar(sa.select(labels.c.id).where(labels.c.name_key == meant(said, key)))
    return found or label


async def _label(connection: AsyncConnection, id_: UUID) -> Any:
    query = sa.select(labels.c.id, labels.c.name, labels.c.name_key).where(labels.c.id == id_)
    row = (await connection.execute(query)).first()
    if row is None:
        raise NotFound("There is no such label.")
    return row


async def _tell(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    """Albums of these labels have those that their tags mean now."""
    columns = album_labels.c
    having = sa.select(columns.album_id).where(columns.label_id.in_(ids))
    query = sa.select(albums.c.id, albums.c.details).where(albums.c.id.in_(having)).order_by(albums.c.id)
    rows = (await connection.execute(query)).all()
    memory, touched = label_names(), Touched(labels=set(ids))
    for at in range(0, len(rows), CHUNK):
        part = {row.id: labels_said(row.details) for row in rows[at : at + CHUNK]}
        await replace_labels(connection, memory, part, touched.labels)
    for recount in counters.recounts(touched):
        await recount(connection)
