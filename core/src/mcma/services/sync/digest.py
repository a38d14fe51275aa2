"""Whether a copy is the same, without sending it: per scope and type a count and a sum over (id, rev).

Each item adds the lower 64 bits of its id, exclusive-or with its rev times 0x9E3779B97F4A7C15 (the golden
ratio, so that small numbers spread); the sum wraps at 64 bits. It does not depend on the order.
"""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple
from uuid import UUID

from mcma.services.sync.kinds import Kinds, type_of
from mcma.services.sync.scopes import SyncScope
from mcma.store.engine import Database
from mcma.store.queries import sync_items
from mcma.store.queries.prepared import Prepared
from mcma_plugins.values import Caller

_MASK = (1 << 64) - 1
_SPREAD = 0x9E3779B97F4A7C15
_STEP = 10_000
_FIRST = UUID(int=0)


class TypeDigest(NamedTuple):
    scope: str
    type: str
    items: int
    sum: str
    """64 bits in hexadecimal."""


def added(ids: Sequence[UUID], revs: Sequence[int]) -> int:
    """What these items add to the sum of their type."""
    pairs = zip(ids, revs, strict=True)
    return sum((id_.int & _MASK) ^ (rev * _SPREAD & _MASK) for id_, rev in pairs) & _MASK


async def digests(
    database: Database, caller: Caller, scope: SyncScope, kinds: Kinds
) -> AsyncIterator[TypeDigest]:
    for kind, told in kinds.told.items():
        count, total = await _of(database, caller, scope, sync_items.revisions(kind, told))
        if count:
            yield TypeDigest(str(scope), type_of(kind), count, f"{total:016x}")


async def _of(database: Database, caller: Caller, scope: SyncScope, revisions: Prepared) -> tuple[int, int]:
    asked = {"scope": scope.name, "id": scope.id, sync_items.USER: caller.user_id, "most": _STEP}
    count, total, item, full = 0, 0, _FIRST, True
    while full:
        async with database.read() as connection:
            columns = await revisions.columns(connection, {**asked, "item": item})
        ids, revs = columns or ((), ())
        count, total, full = count + len(ids), total + added(ids, revs) & _MASK, len(ids) == _STEP
        item = ids[-1] if ids else item
    return count, total
