"""The full-text index over each search table."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from mcma.store.tables.machinery import SEARCH_TABLES


def search_ddl(dialect: str) -> list[str]:
    """The full-text index over each search table, and what keeps it in step."""
    make = _fts5 if dialect == "sqlite" else _tsvector
    return [statement for table in SEARCH_TABLES for statement in make(table.name)]


def _fts5(name: str) -> list[str]:
    fts = f"{name}_fts"
    add = f"INSERT INTO {fts}(rowid, words) VALUES (new.n, new.words);"
    drop = f"INSERT INTO {fts}({fts}, rowid, words) VALUES ('delete', old.n, old.words);"
    return [
        f"CREATE VIRTUAL TABLE {fts} USING fts5(words, content='{name}', content_rowid='n', "
        "detail=none, columnsize=0, prefix='2 3', tokenize='unicode61 remove_diacritics 0')",
        f"CREATE TRIGGER {name}_fts_i AFTER INSERT ON {name} BEGIN {add} END",
        f"CREATE TRIGGER {name}_fts_d AFTER DELETE ON {name} BEGIN {drop} END",
        f"CREATE TRIGGER {name}_fts_u AFTER UPDATE OF words ON {name} BEGIN {drop} {add} END",
    ]


def _tsvector(name: str) -> list[str]:
    return [
        f"ALTER TABLE {name} ADD COLUMN tsv tsvector "
        "GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED",
        f"CREATE INDEX ix_{name}_tsv ON {name} USING gin (tsv)",
    ]


def search_candidates(dialect: str, table: sa.Table, libraries: Any) -> sa.Select[Any]:
    """(item_id, words) of rows that contain every word of the parameter `query`; see `search_query`."""
    chosen = sa.select(table.c.item_id, table.c.words).where(table.c.library_id.in_(libraries))
    query = sa.bindparam("query", type_=sa.Text())
    if dialect == "sqlite":
        fts = sa.table(f"{table.name}_fts", sa.column("rowid"))
        matches = sa.column(f"{table.name}_fts", is_literal=True).op("MATCH")(query)
        return chosen.join(fts, fts.c.rowid == table.c.n).where(matches)
    tsv: sa.ColumnElement[Any] = sa.column("tsv", _selectable=table)
    return chosen.where(tsv.op("@@")(sa.func.to_tsquery(sa.literal_column("'simple'"), query)))


def search_query(dialect: str, words: Sequence[str]) -> str:
    """Every word as a prefix. `words` are folded: letters and digits only, so this is all the quoting."""
    if dialect == "sqlite":
        return " AND ".join(f'"{word}"*' for word in words)
    return " & ".join(f"'{word}':*" for word in words)


def search_any(dialect: str, groups: Sequence[Sequence[str]]) -> str:
    """Rows that have every word of one of the groups, as whole words; folded like those of `search_query`."""
    if dialect == "sqlite":
        return " OR ".join(
            f"({' AND '.join(f'{chr(34)}{word}{chr(34)}' for word in group)})" for group in groups
        )
    return " | ".join(f"({' & '.join(f'{chr(39)}{word}{chr(39)}' for word in group)})" for group in groups)


class items_with(FunctionElement[Any]):  # noqa: N801 - written as a function
    """items_with(the name of a search table, query): those that have what `search_query` asks for. A list to
    be IN: as a truth SQLite would not look it up but compare each row with it."""

    inherit_cache = True
    name = "items_with"


@compiles(items_with, "sqlite")
def _items_with_sqlite(element: items_with, compiler: Any, **more: Any) -> str:
    table, query = (compiler.process(one, **more) for one in element.clauses)
    on = f"CROSS JOIN {table} AS sought ON sought.n = {table}_fts.rowid"
    return f"(SELECT sought.item_id FROM {table}_fts {on} WHERE {table}_fts MATCH {query})"


@compiles(items_with, "postgresql")
def _items_with_postgresql(element: items_with, compiler: Any, **more: Any) -> str:
    table, query = (compiler.process(one, **more) for one in element.clauses)
    has = f"sought.tsv @@ to_tsquery('simple', {query})"
    return f"(SELECT sought.item_id FROM {table} AS sought WHERE {has})"
