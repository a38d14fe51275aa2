"""Rows of play queues: each field is as it was said last, by (at, id).

Which track is the current one may so have been said of other tracks: whoever reads takes an index beyond the
end for the last one. Whoever writes MUST have locked the user.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.stamps import Stamp
from mcma.services.listening.sessions import client_of
from mcma.store.clock import new_id
from mcma.store.tables.listening import play_queues
from mcma_plugins.values import Caller

_NOBODY = UUID(int=0)
_EMPTY: Mapping[str, Any] = {"track_ids": [], "current_index": None, "position_ms": 0}


def of(caller: Caller, device_id: UUID | None) -> sa.ColumnElement[bool]:
    return sa.and_(
        play_queues.c.user_id == caller.user_id, play_queues.c.device_id.is_not_distinct_from(device_id)
    )


async def say(
    connection: AsyncConnection,
    caller: Caller,
    device_id: UUID | None,
    fields: Mapping[str, Any],
    stamp: Stamp,
) -> tuple[UUID, bool]:
    """The queue's id, and whether all of it stands."""
    row: Any = (await connection.execute(sa.select(play_queues).where(of(caller, device_id)))).one_or_none()
    if row is None:
        id_ = new_id()
        made = {**_EMPTY, **fields, "stamps": dict.fromkeys(fields, stamp.kept())}
        insert = sa.insert(play_queues).values(
            id=id_, user_id=caller.user_id, device_id=device_id, **made, **_by(caller, stamp)
        )
        await connection.execute(insert)
        return id_, True
    held = _stamps(row)
    won = [name for name in fields if stamp.stands_against(held.get(name))]
    if won:
        kept = {name: one.kept() for name, one in (held | dict.fromkeys(won, stamp)).items()}
        change = _by(caller, stamp) if stamp.at >= row.changed_at else {}
        values = {**{name: fields[name] for name in won}, "stamps": kept, **change}
        await connection.execute(sa.update(play_queues).where(play_queues.c.id == row.id).values(**values))
    return row.id, len(won) == len(fields)


def _by(caller: Caller, stamp: Stamp) -> dict[str, Any]:
    return {"changed_at": stamp.at, "changed_by": client_of(caller)}


def _stamps(row: Any) -> dict[str, Stamp]:
    """Of a row of before there were stamps: as if all had been said at once."""
    if row.stamps is None:
        return dict.fromkeys(_EMPTY, Stamp(row.changed_at, _NOBODY))
    return {name: read for name, kept in row.stamps.items() if (read := Stamp.read(kept))}
