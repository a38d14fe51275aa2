"""Which libraries a caller may see. Every read goes through here."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.tables.catalogue import libraries
from mcma.store.tables.people import library_access
from mcma.store.types import Id
from mcma_plugins.values import Caller

EVERY = 0
"""The library number that means all of them."""


class Scope(NamedTuple):
    """What a caller looks at, as part of a query that is prepared once; `Sight.values` are its values."""

    admin: bool
    numbers: int | None = None
    """How many libraries are named; None for all."""
    ids: int | None = None
    """The same for libraries named by their ids."""

    def query(self) -> sa.Select[Any]:
        """The ids of the libraries, of which `Sight.values` are the values."""
        user = None if self.admin else sa.bindparam("caller", type_=Id())
        chosen = _visible(user, _params("number", self.numbers, sa.Integer()))
        if self.ids is not None:
            chosen = chosen.where(_among(libraries.c.id, _params("library", self.ids, Id()) or ()))
        return chosen


class Sight(NamedTuple):
    """The scope of one call, and its values."""

    scope: Scope
    values: dict[str, Any]


def sight(caller: Caller, numbers: Sequence[int] | None = None, ids: Sequence[UUID] | None = None) -> Sight:
    """As `library_ids`, and of those the ones in `ids`."""
    numbers = _asked(numbers)
    values: dict[str, Any] = {"caller": caller.user_id}
    values |= {f"number_{place}": value for place, value in enumerate(numbers or ())}
    values |= {f"library_{place}": value for place, value in enumerate(ids or ())}
    counts = (None if named is None else len(named) for named in (numbers, ids))
    return Sight(Scope(caller.is_admin, *counts), values)


def library_ids(caller: Caller, numbers: Sequence[int] | None = None) -> sa.Select[Any]:
    """The ids as a query, to be part of a larger one: admins see all, others what they were given.

    No numbers, or 0 among them, is all; numbers that are unknown or not the caller's find nothing.
    """
    return _visible(None if caller.is_admin else caller.user_id, _asked(numbers))


def _asked(numbers: Sequence[int] | None) -> list[int] | None:
    """Each once, without those that no library can have; None for all."""
    if numbers is None or EVERY in numbers:
        return None
    return sorted({number for number in numbers if 0 < number < 2**31})


def _visible(user: Any, numbers: Sequence[Any] | None) -> sa.Select[Any]:
    chosen = sa.select(libraries.c.id).where(libraries.c.deleted_at.is_(None))
    if user is not None:
        given = sa.select(library_access.c.library_id).where(library_access.c.user_id == user)
        chosen = chosen.where(libraries.c.id.in_(given))
    if numbers is not None:
        chosen = chosen.where(_among(libraries.c.number, numbers))
    return chosen


def _among(column: sa.ColumnElement[Any], values: Sequence[Any]) -> sa.ColumnElement[bool]:
    return column.in_(values) if values else sa.false()


def _params(name: str, count: int | None, kind: Any) -> list[sa.BindParameter[Any]] | None:
    return None if count is None else [sa.bindparam(f"{name}_{place}", type_=kind) for place in range(count)]


async def visible_libraries(
    connection: AsyncConnection, caller: Caller, numbers: Sequence[int] | None = None
) -> list[UUID]:
    return list(await connection.scalars(library_ids(caller, numbers)))


def within(column: sa.ColumnElement[Any], ids: sa.Select[Any]) -> sa.ColumnElement[bool]:
    """`column IN (ids)` as a filter that no index serves.

    A list is read along the index of its order. SQLite, which has no statistics, would rather fetch whole
    libraries by their id and sort them.
    """
    return column.in_(ids).is_(sa.true())
