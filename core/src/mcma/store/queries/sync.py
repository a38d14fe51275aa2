"""The change feed as clients read it (see `store/feed.py` for how it is written)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from mcma.store.queries.prepared import Prepared, param
from mcma.store.queries.rows import quick
from mcma.store.tables.machinery import changes
from mcma.store.types import Big, Id

PUT, DEL = "put", "del"
HEAD = Prepared(sa.select(sa.func.coalesce(sa.func.max(changes.c.seq), 0)))
"""The last change that everybody can see: `seq` is given out in the order of the commits."""

_COLUMNS = (
    changes.c.seq, changes.c.scope, quick(changes.c.scope_id), changes.c.kind, quick(changes.c.item_id),
    changes.c.rev, changes.c.op, changes.c.reason, quick(changes.c.replaced_by),
)  # fmt: skip


class Change(NamedTuple):
    seq: int
    scope: str
    scope_id: UUID
    kind: str
    item_id: UUID
    rev: int
    op: str
    reason: str | None
    replaced_by: UUID | None


@lru_cache(128)
def after(scopes: int) -> Prepared:
    """Changes of so many scopes beyond `seq`, in order: each scope's own index gives its first `most`."""
    parts = []
    for place in range(scopes):
        of = (changes.c.scope == param(f"scope_{place}", sa.Text()),
              changes.c.scope_id == param(f"id_{place}", Id()))  # fmt: skip
        part = sa.select(*_COLUMNS).where(*of, changes.c.seq > param("seq", Big))
        parts.append(sa.select(part.order_by(changes.c.seq).limit(param("most", sa.Integer())).subquery()))
    every = sa.union_all(*parts).subquery()
    return Prepared(sa.select(every).order_by(every.c.seq).limit(param("most", sa.Integer())))


def values(scopes: Sequence[tuple[str, UUID]]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for place, (scope, id_) in enumerate(scopes):
        named |= {f"scope_{place}": scope, f"id_{place}": id_}
    return named
