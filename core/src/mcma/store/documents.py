"""Asking about a document without reading it, as part of a query: each engine in its words (`dialect.py`)."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class json_size(FunctionElement[int]):  # noqa: N801 - written as a function
    """json_size(document column): how many keys the object has; 0 where there is none."""

    type = sa.Integer()
    inherit_cache = True
    name = "json_size"


@compiles(json_size, "sqlite")
def _json_size_sqlite(element: json_size, compiler: Any, **more: Any) -> str:
    return f"(SELECT count(*) FROM json_each({compiler.process(element.clauses, **more)}))"  # noqa: S608


@compiles(json_size, "postgresql")
def _json_size_postgresql(element: json_size, compiler: Any, **more: Any) -> str:
    keys = f"jsonb_object_keys({compiler.process(element.clauses, **more)})"
    return f"(SELECT count(*) FROM {keys})"  # noqa: S608
