"""The kinds of items that clients follow: core's, and those of the plugins that run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import orjson
import sqlalchemy as sa

from mcma.store.engine import Database
from mcma.store.plugin_feed import PluginTable, follow, left_over, unfollow
from mcma.store.queries.sync_items import KINDS, Told
from mcma_plugins.database import Id, SyncedTable

Data = dict[str, Any]
VERSION: Final = 1
"""Of every type. Fields are only added; a type that loses or changes one gets another number."""
PLUGIN = "plugin_"


def type_of(kind: str) -> str:
    return f"{kind}@{VERSION}"


class Kinds:
    """Core's from the beginning; `declare` adds those of a plugin, `settle` ends what no plugin declared."""

    def __init__(self) -> None:
        self.told: dict[str, Told] = dict(KINDS)
        self.shapes: dict[str, Callable[[Data], Data]] = {}

    def named(self, types: Sequence[str] | None) -> tuple[str, ...]:
        """In order; all for None. Types that this server does not have are left out."""
        if types is None:
            return tuple(self.told)
        asked = {kind for one in types for kind, _, version in [one.partition("@")] if version in _VERSIONS}
        return tuple(kind for kind in self.told if kind in asked)

    async def declare(self, database: Database, tables: Sequence[SyncedTable]) -> None:
        """All or none of them. Raises `BadTable`."""
        async with database.write() as transaction:
            for table in tables:
                await follow(transaction.connection, _reduced(table))
        for table in tables:
            reduced = _reduced(table)
            user = table.scope_column if table.scope == "me" else None
            self.told[table.name] = Told(reduced.stub(), " ".join(table.columns), table.id_column, user)
            self.shapes[table.name] = partial(_plain_values, _readers(table))

    async def settle(self, database: Database) -> list[str]:
        """Tables of plugins that are gone, or declare them no more, leave the feed. Returns their names."""
        keeping = [one for one in self.told if one not in KINDS]
        async with database.read() as connection:
            gone = await left_over(connection, keeping)
        if gone:
            async with database.write() as transaction:
                await unfollow(transaction.connection, gone)
        return gone


_VERSIONS = ("", str(VERSION))


def _reduced(one: SyncedTable) -> PluginTable:
    soft = "deleted_at" in one.table.c
    return PluginTable(one.name, one.scope, one.scope_column, one.id_column, one.columns, soft)


def _plain_values(readers: Mapping[str, Callable[[Any], Any]], data: Data) -> Data:
    return {name: _read(readers[name], value) for name, value in data.items()}


def _read(reader: Callable[[Any], Any], value: Any) -> Any:
    """What a plugin wrote past its own types is nothing: it must not keep everything else from being told."""
    try:
        return None if value is None else reader(value)
    except (ValueError, TypeError):
        return None


def _readers(one: SyncedTable) -> Mapping[str, Callable[[Any], Any]]:
    return {name: _reader(one.table.c[name].type) for name in one.columns}


def _reader(type_: object) -> Callable[[Any], Any]:
    kinds: Iterable[tuple[type, Callable[[Any], Any]]] = (
        (Id, _id), (sa.Boolean, bool), (sa.Integer, int), (sa.Float, _number), (sa.DateTime, _time),
        (sa.JSON, _document), (sa.String, _text),
    )  # fmt: skip
    return next(reader for kind, reader in kinds if isinstance(type_, kind))


def _id(value: Any) -> UUID:
    return UUID(bytes=value) if isinstance(value, bytes) else UUID(str(value))


def _number(value: Any) -> float:
    return float(value)


def _time(value: Any) -> datetime:
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _document(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
