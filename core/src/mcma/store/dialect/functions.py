"""Functions in queries that each engine has under another name."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from mcma.store.types import Json


class json_has(FunctionElement[bool]):  # noqa: N801 - written as a function
    """json_has(document column, key, value): whether the list at that key of the document holds the text."""

    type = sa.Boolean()
    inherit_cache = True
    name = "json_has"


class json_object_of(FunctionElement[Any]):  # noqa: N801 - written as a function
    """json_object_of(text column, document column): of many rows one document, each text to what it says."""

    type = Json
    inherit_cache = True
    name = "json_object_of"


class gathered(FunctionElement[str]):  # noqa: N801 - written as a function
    """gathered(column): the texts of all rows with commas between them. SQLAlchemy's own puts the comma in
    when the statement is run, so that `Prepared` would hand the driver a statement that is none."""

    type = sa.Text()
    inherit_cache = True
    name = "gathered"


@compiles(gathered, "sqlite")
def _gathered_sqlite(element: gathered, compiler: Any, **more: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **more)}, ',')"


@compiles(gathered, "postgresql")
def _gathered_postgresql(element: gathered, compiler: Any, **more: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **more)}, ',')"


class utc_date(FunctionElement[str]):  # noqa: N801 - written as a function
    """utc_date(time column, length): 10 for the day (2026-11-20), 7 for the month."""

    type = sa.Text()
    inherit_cache = True
    name = "utc_date"


class unsought(FunctionElement[Any]):  # noqa: N801 - written as a function
    """unsought(column): the column in a condition SQLite looks at in passing. Without statistics it takes
    every range for few rows, and would collect and sort them where a list has an order to be walked along."""

    inherit_cache = True
    name = "unsought"


@compiles(unsought, "sqlite")
def _unsought_sqlite(element: unsought, compiler: Any, **more: Any) -> str:
    return f"+{compiler.process(element.clauses, **more)}"


@compiles(unsought, "postgresql")
def _unsought_postgresql(element: unsought, compiler: Any, **more: Any) -> str:
    return str(compiler.process(element.clauses, **more))


@compiles(utc_date, "sqlite")
def _utc_date_sqlite(element: utc_date, compiler: Any, **more: Any) -> str:
    column, length = (compiler.process(one, **more) for one in element.clauses)
    return f"substr({column}, 1, {length})"


@compiles(utc_date, "postgresql")
def _utc_date_postgresql(element: utc_date, compiler: Any, **more: Any) -> str:
    column, length = (compiler.process(one, **more) for one in element.clauses)
    return f"left(to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD'), {length})"


@compiles(json_has, "sqlite")
def _json_has_sqlite(element: json_has, compiler: Any, **more: Any) -> str:
    column, key, value = (compiler.process(one, **more) for one in element.clauses)
    return f"EXISTS (SELECT 1 FROM json_each({column}, '$.' || {key}) WHERE value = {value})"


@compiles(json_has, "postgresql")
def _json_has_postgresql(element: json_has, compiler: Any, **more: Any) -> str:
    column, key, value = (compiler.process(one, **more) for one in element.clauses)
    return f"coalesce(jsonb_exists({column} -> {key}, {value}), false)"


@compiles(json_object_of, "sqlite")
def _json_object_of_sqlite(element: json_object_of, compiler: Any, **more: Any) -> str:
    key, value = (compiler.process(one, **more) for one in element.clauses)
    return f"json_group_object({key}, json({value}))"


@compiles(json_object_of, "postgresql")
def _json_object_of_postgresql(element: json_object_of, compiler: Any, **more: Any) -> str:
    key, value = (compiler.process(one, **more) for one in element.clauses)
    return f"jsonb_object_agg({key}, {value})"


class json_size(FunctionElement[int]):  # noqa: N801 - written as a function
    """json_size(document column): how many keys the object has; 0 where there is none."""

    type = sa.Integer()
    inherit_cache = True
    name = "json_size"


@compiles(json_size, "sqlite")
def _json_size_sqlite(element: json_size, compiler: Any, **more: Any) -> str:
    return f"(SELECT count(*) FROM json_each({compiler.process(element.clauses, **more)}))"


@compiles(json_size, "postgresql")
def _json_size_postgresql(element: json_size, compiler: Any, **more: Any) -> str:
    keys = f"jsonb_object_keys({compiler.process(element.clauses, **more)})"
    return f"(SELECT count(*) FROM {keys})"
