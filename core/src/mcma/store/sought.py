"""Items that a full-text index finds, as part of a query: the index is each engine's own (`dialect.py`)."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class items_with(FunctionElement[Any]):  # noqa: N801 - written as a function
    """items_with(the name of a search table, query): those that have what `search_query` asks for. A list to
    be IN: as a truth SQLite would not look it up but compare each row with it."""

    inherit_cache = True
    name = "items_with"


@compiles(items_with, "sqlite")
def _items_with_sqlite(element: items_with, compiler: Any, **more: Any) -> str:
    table, query = (compiler.process(one, **more) for one in element.clauses)
    on = f"CROSS JOIN {table} AS sought ON sought.n = {table}_fts.rowid"
    return f"(SELECT sought.item_id FROM {table}_fts {on} WHERE {table}_fts MATCH {query})"  # noqa: S608


@compiles(items_with, "postgresql")
def _items_with_postgresql(element: items_with, compiler: Any, **more: Any) -> str:
    table, query = (compiler.process(one, **more) for one in element.clauses)
    has = f"sought.tsv @@ to_tsquery('simple', {query})"
    return f"(SELECT sought.item_id FROM {table} AS sought WHERE {has})"  # noqa: S608
