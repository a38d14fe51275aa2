"""Runs the queries of lists: by key where it is known, around the random column, whole."""

import random
from collections.abc import Callable, Hashable, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.catalogue.offsets import Offsets
from mcma.store.access import Sight
from mcma.store.queries import lists
from mcma.store.queries.conditions import used
from mcma.store.queries.keyset import Order
from mcma.store.queries.lists import Listing
from mcma.store.queries.prepared import Columns
from mcma_plugins.values import Caller, ItemKind, Window

View = TypeVar("View")
Build = Callable[[Sequence[Sequence[Any]]], list[View]]
"""Views of an answer by columns."""


class Listed(NamedTuple):
    """A list that somebody asks for: its shape and its values."""

    shape: Listing
    values: dict[str, Any]

    @property
    def order(self) -> Order:
        return self.shape.order


def listed(kind: ItemKind, order: Order, seen: Sight, given: dict[str, Any], **more: Any) -> Listed:
    """With the filters that are `given` a value (see `queries/conditions`); None leaves one out."""
    filters, values = used(given)
    return Listed(Listing(kind, seen.scope, order, filters, **more), {**seen.values, **values})


class Pages(NamedTuple):
    """Pages of one query of one client, by offset, continued by key where the client has come in order."""

    connection: AsyncConnection
    caller: Caller
    offsets: Offsets
    query: Hashable

    async def at(self, window: Window, wanted: Listed) -> Columns:
        if window.limit <= 0:
            return []
        after = self._recall(window)
        values = wanted.values | wanted.order.values(window.limit, after, window.offset)
        found = await lists.page(wanted.shape, after is not None).columns(self.connection, values)
        if found:
            self._remember(window, found, wanted.order.key_of(found))
        return found

    async def around(self, window: Window, wanted: Listed) -> Columns:
        """A random page: from a random place along the random column, and round its end.

        Further pages go on from where the last one ended until they are round, so they repeat nothing. The
        memory holds where the round began before the key.
        """
        if window.limit <= 0:
            return []
        known = self._recall(window)
        start, wrapped, after = known if known else (random.random(), False, None)  # noqa: S311
        way = _Way(self.connection, wanted, start)
        found = [] if wrapped else await way.part("on", window.limit, after)
        missing = window.limit - _count(found)
        if missing:
            found = _joined(found, await way.part("round", missing, after if wrapped else None))
        if found:
            key = wanted.order.key_of(found)
            self._remember(window, found, (start, key[0] < start, key))
        return _shuffled(found)

    def _recall(self, window: Window) -> Any:
        return self.offsets.recall(self.caller, self.query, window.offset) if window.offset else None

    def _remember(self, window: Window, found: Columns, key: Any) -> None:
        self.offsets.remember(self.caller, self.query, window.offset + _count(found), key)


class _Way(NamedTuple):
    connection: AsyncConnection
    wanted: Listed
    start: float

    async def part(self, name: str, limit: int, after: Any) -> Columns:
        values = {**self.wanted.values, **self.wanted.order.values(limit, after), "start": self.start}
        prepared = lists.page(self.wanted.shape, after is not None, name)
        return await prepared.columns(self.connection, values)


def _count(columns: Columns) -> int:
    return len(columns[0]) if columns else 0


def _joined(one: Columns, other: Columns) -> Columns:
    if not (one and other):
        return one or other
    return [tuple(chain(*both)) for both in zip(one, other, strict=True)]


def _shuffled(columns: Columns) -> Columns:
    rows = list(zip(*columns, strict=True))
    random.shuffle(rows)
    return list(zip(*rows, strict=True))


async def rows_of(
    connection: AsyncConnection, chosen: sa.Select[Any], caller: Caller
) -> Sequence[sa.Row[Any]]:
    """Of a query that is not prepared."""
    rows: Sequence[sa.Row[Any]] = (await connection.execute(chosen, {"caller": caller.user_id})).all()
    return rows
