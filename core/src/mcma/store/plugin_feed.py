"""Tables of plugins in the change feed: their triggers, and their rows when they come and when they go.

A trigger is SQL alone: it works on while the plugin is away, and never makes a write of its table fail. What
has no proper id is left out of the feed.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.clock import utcnow
from mcma.store.dialect import lock_feed, lock_schema, triggers, upsert
from mcma.store.feed import INTO, ON_CONFLICT, Scope, Synced, nobody, trigger_statements
from mcma.store.tables.machinery import key_values
from mcma.store.types import Id

PREFIX = "feed_plugin_"
_AT = (key_values.c.namespace == "core", key_values.c.key == "synced_plugin_tables")


class BadTable(ValueError):
    """Not there, or not as declared."""


class PluginTable(NamedTuple):
    """One table; all names were checked to be plain ones."""

    name: str
    scope: str
    scope_column: str | None
    id_column: str
    columns: tuple[str, ...]
    soft: bool
    """Rows with `deleted_at` are gone."""

    def synced(self, dialect: str) -> Synced:
        ids = [self.id_column, *([self.scope_column] if self.scope_column else [])]
        apart = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
        as_text = "" if dialect == "sqlite" else "::text"  # PostgreSQL's json has no equality
        watched = dict.fromkeys([*ids, *self.columns, *(["deleted_at"] if self.soft else [])])
        return Synced(
            self.stub(), self.name, (Scope(self.scope, self._scopes(dialect)),),
            item=f'{{row}}."{self.id_column}"',
            columns=[f'"{name}"{as_text}' for name in watched], has_rev=False,
            moved=" OR ".join(f'OLD."{name}" {apart} NEW."{name}"' for name in ids),
        )  # fmt: skip

    def stub(self) -> sa.Table:
        """As little of it as core needs."""
        names = dict.fromkeys([*self.columns, *(["deleted_at"] if self.soft else [])])
        ids = [self.id_column, *([self.scope_column] if self.scope_column else [])]
        columns: list[sa.Column[Any]] = [
            sa.Column(name, Id(), primary_key=name == self.id_column) for name in ids
        ]
        columns += [sa.Column(name, sa.types.NullType()) for name in names if name not in ids]
        return sa.Table(self.name, sa.MetaData(), *columns)

    def _scopes(self, dialect: str) -> str:
        sid = "{nobody}" if self.scope_column is None else f'{{row}}."{self.scope_column}"'
        return f"SELECT {sid} AS sid WHERE {self._whole(dialect, '{row}.')}"

    def _whole(self, dialect: str, row: str) -> str:
        return " AND ".join(
            f'typeof({row}"{name}") = \'blob\' AND length({row}"{name}") = 16' if dialect == "sqlite"
            else f'{row}"{name}" IS NOT NULL'
            for name in [self.id_column, *([self.scope_column] if self.scope_column else [])]
        )  # fmt: skip

    def present(self, dialect: str) -> str:
        """A query of (sid, item) of all rows that are there for clients."""
        sid = nobody(dialect) if self.scope_column is None else f'"{self.scope_column}"'
        there = " AND deleted_at IS NULL" if self.soft else ""
        whole = self._whole(dialect, "")
        return f'SELECT {sid} AS sid, "{self.id_column}" AS item FROM {self.name} WHERE {whole}{there}'


async def follow(connection: AsyncConnection, table: PluginTable) -> bool:
    """Has the table in the feed from now on. Whether it was not, or not so: then all its rows come anew."""
    await lock_schema(connection)
    await connection.run_sync(_check, table)
    dialect = connection.dialect.name
    statements = trigger_statements(dialect, [table.synced(dialect)])
    print_ = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    known = await followed(connection)
    installed = {name for name, of in await connection.run_sync(triggers) if of == table.name}
    if known.get(table.name) == print_ and any(name.startswith(PREFIX) for name in installed):
        return False
    for statement in [*_drops(dialect, [(one, table.name) for one in installed]), *statements]:
        await connection.exec_driver_sql(statement)
    await lock_feed(connection)
    await _tell(connection, _gone(table, dialect))
    await _tell(connection, _there(table, dialect))
    await _keep(connection, {**known, table.name: print_})
    return True


async def left_over(connection: AsyncConnection, keeping: Sequence[str]) -> list[str]:
    """Tables that are in the feed, or still have triggers, and are none of these."""
    every = [table for name, table in await connection.run_sync(triggers) if name.startswith(PREFIX)]
    return sorted({*await followed(connection), *every} - set(keeping))


async def unfollow(connection: AsyncConnection, gone: Sequence[str]) -> None:
    """Takes tables out of the feed: their rows are gone for clients."""
    await lock_schema(connection)
    ours = [one for one in await connection.run_sync(triggers) if one[1] in gone]
    for statement in _drops(connection.dialect.name, ours):
        await connection.exec_driver_sql(statement)
    await lock_feed(connection)
    for name in gone:
        await _tell(connection, f"{_del('access')} WHERE kind = '{name}' AND op = 'put'")
    known = await followed(connection)
    await _keep(connection, {name: one for name, one in known.items() if name not in gone})


async def followed(connection: AsyncConnection) -> dict[str, str]:
    """Tables that are in the feed, each with a hash of its triggers."""
    found = await connection.scalar(sa.select(key_values.c.value).where(*_AT))
    return dict(found or {})


async def _keep(connection: AsyncConnection, known: dict[str, str]) -> None:
    row = {"namespace": "core", "key": "synced_plugin_tables", "value": known, "updated_at": utcnow()}
    statement = upsert(connection, key_values, ("namespace", "key"), ("value", "updated_at"))
    await connection.execute(statement, [row])


def _there(table: PluginTable, dialect: str) -> str:
    rows = f"'{table.scope}' AS scope, sid, '{table.name}' AS kind, item, 1 AS rev, 'put' AS op, NULL AS why"
    return f"SELECT {rows} FROM ({table.present(dialect)}) AS here"


def _gone(table: PluginTable, dialect: str) -> str:
    """What the feed says is there and is not, or not there any more."""
    here = f"SELECT 1 FROM ({table.present(dialect)}) AS here"
    return (
        f"{_del('deleted')} WHERE kind = '{table.name}' AND op = 'put' AND NOT EXISTS ("
        f"{here} WHERE item = changes.item_id AND sid = changes.scope_id AND changes.scope = '{table.scope}')"
    )


def _del(why: str) -> str:
    return (
        "SELECT scope, scope_id AS sid, kind, item_id AS item, rev + 1 AS rev, "
        f"'del' AS op, '{why}' AS why FROM changes"
    )


async def _tell(connection: AsyncConnection, rows: str) -> None:
    """Writes (scope, sid, kind, item, rev, op, why) to the feed."""
    seq, columns = "nextval('change_seq')", "rev, op, why, NULL"
    if connection.dialect.name == "sqlite":
        clock = f"UPDATE change_clock SET seq = seq + (SELECT count(*) FROM ({rows}))"
        await connection.exec_driver_sql(clock)
        seq = "(SELECT seq FROM change_clock) + 1 - row_number() OVER ()"
    told = f"{INTO} SELECT scope, sid, kind, item, {seq}, {columns} FROM ({rows}) AS told WHERE true"
    await connection.exec_driver_sql(f"{told} {ON_CONFLICT}")


def _check(connection: sa.Connection, table: PluginTable) -> None:
    looking = sa.inspect(connection)
    if not looking.has_table(table.name):
        raise BadTable(f"there is no table {table.name}: its migrations do not make it")
    found = {column["name"]: column["type"] for column in looking.get_columns(table.name)}
    for name in [table.id_column, *table.columns, *([table.scope_column] if table.scope_column else [])]:
        if name not in found:
            raise BadTable(f"{table.name} has no column {name}")
    wanted = sa.LargeBinary if connection.dialect.name == "sqlite" else sa.Uuid
    for name in [table.id_column, *([table.scope_column] if table.scope_column else [])]:
        if not isinstance(found[name], wanted):
            raise BadTable(f"{table.name}.{name} holds no ids: its migration must make it an Id()")
    if looking.get_pk_constraint(table.name)["constrained_columns"] != [table.id_column]:
        raise BadTable(f"the primary key of {table.name} is not {table.id_column}")


def drop_triggers(connection: sa.Connection, prefix: str) -> None:
    """Of tables whose names begin so. A migration rebuilds tables and drops columns: triggers are in its way.
    Without triggers `follow` takes all rows in anew."""
    ours = [one for one in triggers(connection) if one[1].startswith(prefix)]
    for statement in _drops(connection.dialect.name, ours):
        connection.exec_driver_sql(statement)


def _drops(dialect: str, triggers: Sequence[tuple[str, str]]) -> list[str]:
    ours = [(name, table) for name, table in triggers if name.startswith(PREFIX)]
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name, _ in ours]
    made = [f"DROP TRIGGER IF EXISTS {name} ON {table}" for name, table in ours]
    return [*made, *(f"DROP FUNCTION IF EXISTS feed_{table}()" for table in sorted({of for _, of in ours}))]
