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


_access = sa.case((changes.c.kind == "library_access", changes.c.seq))
NEWS = Prepared(
    sa.select(changes.c.scope, quick(changes.c.scope_id), sa.func.max(changes.c.seq), sa.func.max(_access))
    .where(changes.c.seq > param("seq", Big))
    .group_by(changes.c.scope, changes.c.scope_id)
)
"""(scope, id, its last change, the last that is about access) of those with changes beyond `seq`."""


@lru_cache(128)
def last_of(scopes: int) -> Prepared:
    """(place, last change) of so many scopes, each one step into its index; those without any stay out."""
    parts = []
    for place in range(scopes):
        of = (changes.c.scope == param(f"scope_{place}", sa.Text()),
              changes.c.scope_id == param(f"id_{place}", Id()))  # fmt: skip
        last = sa.select(sa.literal_column(str(place)).label("place"), changes.c.seq).where(*of)
        parts.append(sa.select(last.order_by(changes.c.seq.desc()).limit(1).subquery()))
    every = sa.union_all(*parts).subquery()
    return Prepared(sa.select(every.c.place, every.c.seq))


def values(scopes: Sequence[tuple[str, UUID]]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for place, (scope, id_) in enumerate(scopes):
        named |= {f"scope_{place}": scope, f"id_{place}": id_}
    return named
