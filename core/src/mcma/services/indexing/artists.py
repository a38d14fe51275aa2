"""Artists found by their keys, made when they are new. One instance serves one scan."""

from collections.abc import Iterable, Sequence
from random import random
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.credits import name_key
from mcma.domain.facts import CreditFact
from mcma.domain.folding import fold
from mcma.services.entities.namesakes import Namesake, namesakes
from mcma.services.entities.reading import revision
from mcma.services.indexing.names import CACHE
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.queries.prepared import param
from mcma.store.tables.catalogue import artists

_IDENTIFY = (
    sa.update(artists)
    .where(artists.c.id == param("b_id", artists.c.id))
    .values(mbid=param("b_mbid", artists.c.mbid), updated_at=param("b_now", artists.c.updated_at))
)


class Artists:
    """Keyed by MusicBrainz id, else by the folded credited name.

    A name gains a MusicBrainz id in place. Two MusicBrainz ids never become one here, whatever their names; a
    bare name goes to the oldest artist that has it. Names and ids of artists that a person has merged lead to
    the winner; a name that nobody has, to the one artist of which a person says that it is another name.
    """

    def __init__(self) -> None:
        self._revision: str | None = None
        self._by_mbid: dict[str, UUID] = {}
        self._by_name: dict[str, UUID] = {}
        self.sort_names: dict[str, str] = {}
        """Name to sort name, as tags have said."""

    def forget(self) -> None:
        """After a rollback: rows made in it do not exist."""
        self._by_mbid.clear()
        self._by_name.clear()

    async def ids(self, connection: AsyncConnection, people: Iterable[CreditFact]) -> None:
        """Makes sure `id_of` answers for all of them."""
        everyone = dict.fromkeys(people)
        await self._listen(connection)
        if len(self._by_name) + len(self._by_mbid) > CACHE:
            self.forget()
            self.sort_names.clear()
        unknown = [person for person in everyone if self._find(person) is None]
        self.sort_names.update((person.name, person.sort_name) for person in unknown if person.sort_name)
        if not unknown:
            return
        namesakes = await self._load(connection, unknown)
        made: list[dict[str, Any]] = []
        for person in sorted(unknown, key=lambda someone: someone.mbid is None):
            if self._find(person) is None:
                await self._settle(connection, person, namesakes, made)
        await insert_rows(connection, artists, made)

    def id_of(self, person: CreditFact) -> UUID:
        found = self._find(person)
        assert found is not None, person.name
        return found

    def _find(self, person: CreditFact) -> UUID | None:
        if person.mbid is not None:
            return self._by_mbid.get(person.mbid)
        return self._by_name.get(name_key(person.name))

    async def _listen(self, connection: AsyncConnection) -> None:
        """What was remembered may be wrong after a person's word."""
        said = await revision(connection)
        if said != self._revision:
            self._revision = said
            self.forget()

    async def _load(
        self, connection: AsyncConnection, people: Sequence[CreditFact]
    ) -> dict[str, list[Namesake]]:
        """Name key to the artists that have it, the oldest first. Notes the ids that are taken."""
        keys = {name_key(person.name) for person in people}
        mbids = {UUID(person.mbid) for person in people if person.mbid}
        rows: dict[str, list[Namesake]] = {}
        for one in await namesakes(connection, keys, mbids, merged=self._revision is not None):
            if one.mbid is not None and (one.id == one.leads_to or one.mbid not in self._by_mbid):
                self._by_mbid[one.mbid] = one.leads_to
            rows.setdefault(one.name_key, []).append(one)
        return rows

    async def _settle(
        self,
        connection: AsyncConnection,
        person: CreditFact,
        namesakes: dict[str, list[Namesake]],
        made: list[dict[str, Any]],
    ) -> None:
        key = name_key(person.name)
        rows = namesakes.get(key, [])
        if person.mbid is None:
            plain = next((row.leads_to for row in rows if row.mbid is None), None)
            self._by_name[key] = plain or (rows[0].leads_to if rows else self._make(person, key, made))
            return
        bare = next((row.id for row in rows if row.mbid is None and row.id == row.leads_to), None)
        if bare is not None:
            values = {"b_id": bare, "b_mbid": UUID(person.mbid), "b_now": utcnow()}
            await connection.execute(_IDENTIFY, values)
            namesakes[key] = [row for row in rows if row.id != bare]
        self._by_mbid[person.mbid] = bare or self._make(person, key, made)
        if not any(row.mbid is None for row in namesakes.get(key, ())):
            self._by_name.setdefault(key, self._by_mbid[person.mbid])

    def _make(self, person: CreditFact, key: str, made: list[dict[str, Any]]) -> UUID:
        now = utcnow()
        sort_name = person.sort_name or person.name
        made_id = new_id()
        made.append({
            "id": made_id, "name": person.name, "sort_name": sort_name, "sort_key": fold(sort_name),
            "name_key": key, "mbid": UUID(person.mbid) if person.mbid else None, "rnd": random(),  # noqa: S311
            "metadata_status": "pending", "created_at": now, "updated_at": now, "rev": 1,
        })  # fmt: skip
        return made_id
