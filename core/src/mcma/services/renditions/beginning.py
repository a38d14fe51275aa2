"""The row of a rendition, as it is when somebody begins to make it."""

from typing import Any
from uuid import UUID

from mcma.domain.profiles import Target
from mcma.store.clock import utcnow
from mcma.store.engine import WriteTransaction
from mcma.store.queries import renditions as rows
from mcma.store.queries.renditions import Maker, RenditionRow
from mcma_plugins.ids import UserId


class TakenElsewhere(Exception):
    """Another process began the same rendition at the same time."""


async def take(
    transaction: WriteTransaction, id_: UUID, maker: Maker, file_id: UUID, target: Target, user_id: UserId,
    waiting: RenditionRow | None,
) -> None:  # fmt: skip
    if waiting is not None:
        if not await rows.begin(transaction.connection, id_, maker):
            raise TakenElsewhere
        return
    values = row_of(id_, file_id, target, user_id) | {"state": rows.RUNNING, **maker._asdict()}
    if not await rows.add(transaction.connection, values):
        raise TakenElsewhere


def row_of(id_: UUID, file_id: UUID, target: Target, user_id: UserId) -> dict[str, Any]:
    now = utcnow()
    return {
        "id": id_, "file_id": file_id, "profile": target.key, "offset_ms": target.offset_ms,
        "codec": target.codec.name, "bit_rate_kbps": target.bit_rate_kbps,
        "sample_rate_hz": target.sample_rate_hz, "channels": target.channels, "bit_depth": target.bit_depth,
        "suffix": target.codec.suffix, "content_type": target.codec.content_type, "created_by": user_id,
        "created_at": now, "last_used_at": now, "attempt": 0,
    }  # fmt: skip
