"""Requests on their way: to the download that meets them, or to what they wait for."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.downloading.queueing import TRACK, Starting
from mcma.services.downloading.quota import check_quota
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_asking
from mcma.store.engine import WriteTransaction
from mcma.store.queries import downloads as rows
from mcma.store.queries import people
from mcma.store.queries.downloads import Thing, Told
from mcma.store.tables.listening import claims
from mcma.store.tables.people import users
from mcma.store.tables.wanted import ACTIVE, FAILED, FOR_APPROVAL, FOR_SOURCE, QUEUED, REQUESTED
from mcma.store.tables.wanted import download_requests as table
from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller


async def start(
    transaction: WriteTransaction,
    row: Any,
    starting: Starting,
    *,
    is_admin: bool,
    thing: Thing | None = None,
) -> None:
    """A request, for whoever may have it; `thing` is what was found for it where it does not say where from.
    `Conflict` (quota_exceeded). What cannot be an id of its source has failed: it never hears of it.
    Whoever may not have it (any more) waits for an approval."""
    connection = transaction.connection
    thing = thing or Thing(row.source, row.kind, row.source_id)
    offer = starting.offer(thing.source, thing.kind)
    if offer is None:
        await wait(connection, row.id, FOR_SOURCE)
        return
    if not starting.accepts(*thing):
        wrong = {**_NOTHING, "state": FAILED, "code": "bad_source_id", "changed_at": utcnow(),
                 "error": f"This is no id of {thing.source}."}  # fmt: skip
        await connection.execute(sa.update(table).where(table.c.id == row.id).values(**wrong))
        return
    same = await rows.is_of(connection, row.download_id, thing)
    if not await _may_have(connection, row, starting, same=same):
        await wait(connection, row.id, FOR_APPROVAL)
        return
    if row.kind == TRACK and not same:
        await check_quota(connection, row.user_id, starting.policy, is_admin=is_admin)
    await lock_asking(connection)
    download = await rows.made(connection, thing, row.priority, None)
    mine = sa.update(table).where(table.c.id == row.id)
    follows = {"download_id": download.id, "state": QUEUED, "changed_at": utcnow(), **_NOTHING}
    await connection.execute(mine.values(**follows))
    job = await starting.begin(transaction, download, offer, priority=row.priority, user=UserId(row.user_id))
    if download.state in ACTIVE:
        told = {name: getattr(download, name) for name in Told._fields}
        await connection.execute(mine.values(job_id=job, **told))
    else:
        await connection.execute(mine.values(job_id=job))


async def _may_have(connection: AsyncConnection, row: Any, starting: Starting, *, same: bool) -> bool:
    """By a right that is still there; or approved: that is said of one thing, not of what is chosen later."""
    if row.approved_by is not None and (row.download_id is None or same):
        return True
    query = sa.select(users.c.name, users.c.is_admin, *people.RIGHTS.values())
    one = (await connection.execute(query.where(users.c.id == row.user_id))).one()
    rights = people.rights_of(one)
    return starting.policy.may_fetch(Caller(UserId(row.user_id), one.name, one.is_admin, rights=rights))


async def look_for(transaction: WriteTransaction, row: Any, starting: Starting, *, is_admin: bool) -> None:
    """A request that does not say where from: from where its claim was decided to come, else whoever has it.
    `Conflict` (quota_exceeded)."""
    connection = transaction.connection
    query = sa.select(claims.c.source, claims.c.source_id).where(claims.c.id == row.claim_id)
    aim = (await connection.execute(query)).one_or_none()
    if aim is not None and aim.source is not None and starting.offer(aim.source, row.kind) is not None:
        thing = Thing(aim.source, row.kind, aim.source_id)
        await start(transaction, row, starting, is_admin=is_admin, thing=thing)
        return
    await wait(connection, row.id, FOR_SOURCE, look_at=utcnow())
    await starting.look(transaction)


async def wait(connection: AsyncConnection, id_: UUID, what: str, *, look_at: datetime | None = None) -> None:
    waits = {**_NOTHING, "state": REQUESTED, "waiting_for": what, "look_at": look_at, "changed_at": utcnow()}
    if what == FOR_APPROVAL:
        waits["approved_by"] = None
    await connection.execute(sa.update(table).where(table.c.id == id_).values(**waits))


_NOTHING: dict[str, Any] = dict.fromkeys(("waiting_for", "retry_at", "code", "error", "look_at", "track_id"))
