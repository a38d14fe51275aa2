"""How much somebody may have got from outside in a day."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict
from mcma.services.downloading.policy import Policy
from mcma.store.clock import utcnow
from mcma.store.queries import downloads as rows
from mcma.store.tables.people import users

DAY: Final = timedelta(hours=24)


async def check_quota(connection: AsyncConnection, user_id: UUID, policy: Policy, *, is_admin: bool) -> None:
    """`Conflict`, code quota_exceeded. The user is locked."""
    left = await quota_left(connection, user_id, policy, is_admin=is_admin)
    if left is not None and left <= 0:
        raise Conflict(
            "That is as much as you may have got in 24 hours.", code="quota_exceeded",
            hint="An administrator can change how much that is.",
        )  # fmt: skip


async def quota_left(
    connection: AsyncConnection, user_id: UUID, policy: Policy, *, is_admin: bool
) -> int | None:
    """Tracks; None: as many as one likes."""
    own = await connection.scalar(sa.select(users.c.downloads_per_day).where(users.c.id == user_id))
    most = policy.quota_of(own, is_admin=is_admin)
    return most - await rows.asked_since(connection, user_id, utcnow() - DAY) if most else None
