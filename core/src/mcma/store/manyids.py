"""Conditions with very many ids: one value of all of them, where a list would be a parameter for each.

Both engines have a limit to parameters of a statement: 32,767 of PostgreSQL's protocol, 32,766 of SQLite as
it is built by default. An album of 40,000 tracks has more ids. Columns of ids see to it by themselves
(`types.Id`).
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

MANY = 10_000
"""From so many on; a statement may have several lists."""


class _Ids(TypeDecorator[Collection[UUID]]):
    impl = sa.LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = sa.BLOB() if dialect.name == "sqlite" else ARRAY(sa.Uuid(as_uuid=True))
        return dialect.type_descriptor(kind)

    def bind_processor(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return lambda ids: b"".join([one.bytes for one in ids])
        return list


class _Among(FunctionElement[bool]):
    type = sa.Boolean()
    inherit_cache = True
    name = "among"


def among(column: Any, ids: Collection[UUID]) -> sa.ColumnElement[bool]:
    """Whether the id in this column is one of these."""
    return _Among(column, sa.bindparam(None, list(ids), type_=_Ids()))


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: Any, **more: Any) -> str:
    column, ids = (compiler.process(one, **more) for one in element.clauses)
    places = f"SELECT 1 UNION ALL SELECT place + 16 FROM many WHERE place + 16 <= length({ids})"  # noqa: S608 (the name of a parameter)
    every = f"SELECT substr({ids}, place, 16) FROM many"  # noqa: S608 (the name of a parameter)
    return f"{column} IN (WITH RECURSIVE many(place) AS ({places}) {every})"


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: Any, **more: Any) -> str:
    column, ids = (compiler.process(one, **more) for one in element.clauses)
    return f"{column} = ANY({ids})"
