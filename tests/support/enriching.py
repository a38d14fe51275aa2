"""A folder of music, oracles that know of it, and what asks them: without a server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.host import PluginRecord
from mcma.services.enriching.asking import AskingEnrichers, Wish
from mcma.services.enriching.decisions import Deciding
from mcma.services.enriching.enrichers import Enrichers
from mcma.services.enriching.folders import Folder, folder_id, remember
from mcma.services.enriching.keeping import Keeping
from mcma.services.enriching.policy import Policy
from mcma.services.enriching.runs import Asked
from mcma.services.enriching.values import KeptCandidate
from mcma.store.engine import Database, WriteTransaction
from mcma.store.tables.catalogue import field_values
from mcma.store.tables.enriching import enrichment_candidates, enrichment_runs, enrichment_states
from mcma_plugins.enrichers import Enricher
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.oracle import enrichers_of
from tests.support.scanning import Music, QuietJob

BY_ITSELF = Wish(Asked("import"))
ON_REQUEST = Wish(Asked("request"), again=True, by_person=True)


@dataclass
class Study:
    """`ask` does what a job does. Albums are named by their titles."""

    music: Music
    enrichers: Enrichers
    record: PluginRecord
    asking: AskingEnrichers
    deciding: Deciding
    policy: Policy
    heard: list[tuple[str, object]] = field(default_factory=list)
    pictures: list[KeptCandidate] = field(default_factory=list)
    taken: list[KeptCandidate] = field(default_factory=list)
    """Those whose artists may be to be made one."""

    @classmethod
    def of(cls, music: Music, *enrichers: Enricher, policy: Policy | None = None) -> "Study":
        chosen = policy or Policy(seconds=5)
        found, record = enrichers_of(*enrichers, policy=chosen)
        heard: list[tuple[str, object]] = []
        pictures: list[KeptCandidate] = []
        taken: list[KeptCandidate] = []

        async def picture(_: WriteTransaction, candidate: KeptCandidate) -> None:
            pictures.append(candidate)

        async def unite(_: WriteTransaction, candidate: KeptCandidate) -> None:
            taken.append(candidate)

        def notify(hook: str, event: object) -> None:
            heard.append((hook, event))

        keeping = Keeping(music.database, chosen, picture, notify, unite)
        asking = AskingEnrichers(music.database, found, chosen, keeping)
        deciding = Deciding(chosen, picture, asking.hashes, unite)
        return cls(music, found, record, asking, deciding, chosen, heard, pictures, taken)

    @property
    def database(self) -> Database:
        return self.music.database

    async def album(self, title: str) -> ItemRef:
        return ItemRef(ItemKind.ALBUM, (await self.music.albums())[title].id)

    async def track(self, title: str) -> ItemRef:
        return ItemRef(ItemKind.TRACK, (await self.music.track(title)).id)

    async def folder(self, path: str) -> ItemRef:
        """Remembered, as whoever has it asked about does."""
        one = Folder(folder_id(self.music.id, path.encode()), self.music.id, path.encode(), path)
        async with self.database.write() as transaction:
            await remember(transaction.connection, [one])
        return ItemRef(ItemKind.FOLDER, one.id)

    @staticmethod
    def item(row: Any) -> ItemRef:
        """What this state or run is of."""
        return ItemRef(ItemKind(row.item_kind), row.item_id)

    async def ask(self, *items: ItemRef, of: str = "oracle", wish: Wish = BY_ITSELF) -> dict[str, int]:
        return dict(await self.asking.ask_all(of, items, wish, QuietJob()))

    async def states(self, of: str = "oracle") -> dict[UUID, Any]:
        rows = await self.rows(enrichment_states, enrichment_states.c.enricher == of)
        return {row.item_id: row for row in rows}

    async def runs(self) -> list[Any]:
        return await self.rows(enrichment_runs)

    async def candidates(self) -> list[Any]:
        return await self.rows(enrichment_candidates)

    async def values(self, of: str = "oracle") -> dict[UUID, dict[str, Any]]:
        """What is laid over the tags."""
        found: dict[UUID, dict[str, Any]] = {}
        for row in await self.rows(field_values, field_values.c.origin == f"plugin:{of}"):
            found.setdefault(row.item_id, {})[row.field] = row.value
        return found

    async def rows(self, table: sa.Table, *where: Any) -> list[Any]:
        query = sa.select(table).where(*where).order_by(*table.primary_key)
        async with self.database.read() as connection:
            return list((await connection.execute(query)).all())

    async def set(self, table: sa.Table, where: Any, **values: Any) -> None:
        """Behind the services' back: time that has passed, for one."""
        async with self.database.write() as transaction:
            await transaction.connection.execute(sa.update(table).where(where).values(**values))


def said(values: Mapping[UUID, Mapping[str, Any]], field_: str) -> set[Any]:
    return {str(one.get(field_)) for one in values.values()}
