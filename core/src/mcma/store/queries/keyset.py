"""Pages that continue after a key: as cheap at the end of a list as at its start."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mcma.store.queries.prepared import Columns, param
from mcma.store.queries.rows import read_type

Key = tuple[Any, ...]
"""Values of the order's columns in the last row of a page."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Columns of which the last is unique; all go in one direction, so that one index serves both ways.

    Equal to itself alone: queries are remembered by it.
    """

    columns: tuple[sa.ColumnElement[Any], ...]
    descending: bool = False

    def page(self, chosen: sa.Select[Any], *, after: bool) -> sa.Select[Any]:
        """A page by parameters (`values`), from an offset or `after` a key.

        Adds the order's own values as the last columns (`key_of`).
        """
        keys = (
            sa.type_coerce(column, read_type(column)).label(f"key_{place}")
            for place, column in enumerate(self.columns)
        )
        chosen = chosen.add_columns(*keys).order_by(*(self._directed(column) for column in self.columns))
        chosen = chosen.limit(param("limit", sa.Integer()))
        return chosen.where(self._beyond()) if after else chosen.offset(param("offset", sa.BigInteger()))

    @staticmethod
    def values(limit: int, after: Key | None = None, offset: int = 0) -> dict[str, Any]:
        named = {f"after_{place}": value for place, value in enumerate(after or ())}
        return {"limit": limit, "offset": offset, **named}

    def key_of(self, columns: Columns, row: int = -1) -> Key:
        return tuple([column[row] for column in columns[-len(self.columns) :]])

    def _directed(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return column.desc() if self.descending else column.asc()

    def _beyond(self) -> sa.ColumnElement[bool]:
        here = sa.tuple_(*self.columns)
        there = sa.tuple_(*(param(f"after_{place}", column) for place, column in enumerate(self.columns)))
        return here < there if self.descending else here > there
