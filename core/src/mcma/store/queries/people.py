"""Users, their app passwords and what they may see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.clock import new_id
from mcma.store.tables.catalogue import libraries
from mcma.store.tables.listening import claims, log_removals, playlist_items
from mcma.store.tables.machinery import changes
from mcma.store.tables.people import (
    app_passwords,
    avatars,
    devices,
    library_access,
    refresh_tokens,
    users,
)
from mcma_plugins.values import Right

RIGHTS = {
    Right.DOWNLOAD: users.c.may_download,
    Right.UPLOAD: users.c.may_upload,
    Right.SHARE: users.c.may_share,
    Right.FETCH: users.c.may_fetch,
}
_ACCOUNT = (
    users.c.id, users.c.name, users.c.is_admin, users.c.token_version, users.c.disabled_at, *RIGHTS.values(),
)  # fmt: skip
_SECRET = (
    app_passwords.c.id.label("secret_id"), app_passwords.c.secret, app_passwords.c.key_id,
    app_passwords.c.device_id,
)  # fmt: skip
_AVATAR = sa.select(avatars.c.changed_at).where(avatars.c.user_id == users.c.id).scalar_subquery()
VIEW = (
    users.c.id, users.c.name, users.c.is_admin, users.c.created_at, users.c.disabled_at, users.c.email,
    *RIGHTS.values(), _AVATAR.label("avatar_changed_at"), users.c.downloads_per_day,
)  # fmt: skip


def rights_of(row: Any) -> frozenset[Right]:
    """Of a row with all their columns."""
    return frozenset(right for right, column in RIGHTS.items() if getattr(row, column.name))


async def folders(connection: AsyncConnection, user_ids: Sequence[UUID]) -> Sequence[Any]:
    """Rows (user_id, number): the libraries that each of them was given, by number."""
    query = (
        sa.select(library_access.c.user_id, libraries.c.number)
        .join(libraries, libraries.c.id == library_access.c.library_id)
        .where(library_access.c.user_id.in_(user_ids), libraries.c.deleted_at.is_(None))
    )
    return (await connection.execute(query.order_by(libraries.c.number))).all()


async def every_folder(connection: AsyncConnection) -> Sequence[int]:
    query = sa.select(libraries.c.number).where(libraries.c.deleted_at.is_(None))
    return (await connection.execute(query.order_by(libraries.c.number))).scalars().all()


async def account_by_name(connection: AsyncConnection, name_key: str) -> Sequence[Any]:
    """One row for each app password of the user, one without when there are none."""
    query = sa.select(*_ACCOUNT, *_SECRET).select_from(
        users.outerjoin(app_passwords, app_passwords.c.user_id == users.c.id)
    )
    return (await connection.execute(query.where(users.c.name_key == name_key))).all()


async def account_by_lookup(connection: AsyncConnection, lookups: Sequence[bytes]) -> Sequence[Any]:
    query = sa.select(*_ACCOUNT, *_SECRET).select_from(
        users.join(app_passwords, app_passwords.c.user_id == users.c.id)
    )
    return (await connection.execute(query.where(app_passwords.c.lookup.in_(lookups)))).all()


async def account_by_id(connection: AsyncConnection, user_id: UUID) -> Sequence[Any]:
    """One row for each device of the user that was revoked, one without when there are none."""
    nothing = [sa.null().label(column.key) for column in _SECRET]
    revoked = sa.and_(devices.c.user_id == users.c.id, devices.c.revoked_at.is_not(None))
    query = sa.select(*_ACCOUNT, *nothing, devices.c.id.label("revoked")).select_from(
        users.outerjoin(devices, revoked)
    )
    return (await connection.execute(query.where(users.c.id == user_id))).all()


async def lock_user(connection: AsyncConnection, user_id: UUID) -> Any:
    """The whole row, locked until the end: whoever changes a user or their tokens does this first, so that
    a login and a password change take turns and never wait for each other crosswise."""
    query = sa.select(users).where(users.c.id == user_id).with_for_update(key_share=True)
    return (await connection.execute(query)).first()


async def any_user(connection: AsyncConnection) -> bool:
    return (await connection.execute(sa.select(users.c.id).limit(1))).first() is not None


async def lock_admins(connection: AsyncConnection) -> set[UUID]:
    """Administrators who can log in. Locked, so that the last two cannot leave at the same moment."""
    query = sa.select(users.c.id).where(users.c.is_admin, users.c.disabled_at.is_(None)).order_by(users.c.id)
    return set((await connection.execute(query.with_for_update(key_share=True))).scalars())


async def add_user(
    connection: AsyncConnection,
    values: dict[str, Any],
    *,
    now: datetime,
    granted_by: UUID | None,
    only: Sequence[UUID] | None,
) -> UUID:
    """Inserts the user with access to `only` these libraries, to all when None."""
    user_id = new_id()
    row = {"id": user_id, "token_version": 0, "created_at": now, "updated_at": now} | values
    await connection.execute(sa.insert(users).values(**row))
    await grant(connection, user_id, only, now=now, granted_by=granted_by)
    return user_id


async def grant(
    connection: AsyncConnection,
    user_id: UUID,
    only: Sequence[UUID] | None,
    *,
    now: datetime,
    granted_by: UUID | None,
) -> None:
    """Adds access that is missing. Libraries that do not exist are left out."""
    wanted = sa.select(libraries.c.id).where(libraries.c.deleted_at.is_(None))
    held = sa.select(library_access.c.library_id).where(library_access.c.user_id == user_id)
    wanted = wanted.where(libraries.c.id.not_in(held))
    if only is not None:
        wanted = wanted.where(libraries.c.id.in_(only))
    found = (await connection.execute(wanted)).scalars().all()
    rows = [
        {"user_id": user_id, "library_id": one, "created_at": now, "granted_by": granted_by} for one in found
    ]
    if rows:
        await connection.execute(sa.insert(library_access), rows)


async def are_libraries(connection: AsyncConnection, ids: Sequence[UUID]) -> bool:
    """Whether there is each of them."""
    there = sa.select(libraries.c.id).where(libraries.c.deleted_at.is_(None), libraries.c.id.in_(ids))
    return set(ids) <= set(await connection.scalars(there))


async def withdraw_others(connection: AsyncConnection, user_id: UUID, kept: Sequence[UUID]) -> None:
    gone = library_access.c.user_id == user_id, library_access.c.library_id.not_in(kept)
    await connection.execute(sa.delete(library_access).where(*gone))


async def revoke_refresh_tokens(connection: AsyncConnection, now: datetime, *which: Any) -> None:
    live = refresh_tokens.c.revoked_at.is_(None)
    await connection.execute(sa.update(refresh_tokens).where(live, *which).values(revoked_at=now))


async def end_logins(connection: AsyncConnection, user_id: UUID, now: datetime, **values: Any) -> None:
    """Makes every access and refresh token of the user worthless, and sets `values` along with it."""
    change = {"token_version": users.c.token_version + 1, "updated_at": now} | values
    await connection.execute(sa.update(users).where(users.c.id == user_id).values(**change))
    await revoke_refresh_tokens(connection, now, refresh_tokens.c.user_id == user_id)


async def delete_user(connection: AsyncConnection, user_id: UUID) -> None:
    """The user and, by the foreign keys, every row of theirs; `log_removals` opens the logs for it. Of what
    they claimed stays what others' playlists hold."""
    await connection.execute(sa.insert(log_removals).values(user_id=user_id))
    await connection.execute(sa.delete(users).where(users.c.id == user_id))
    await connection.execute(sa.delete(log_removals).where(log_removals.c.user_id == user_id))
    held = sa.exists().where(playlist_items.c.claim_id == claims.c.id)
    await connection.execute(sa.delete(claims).where(claims.c.created_by == user_id, ~held))


async def forget_feed(connection: AsyncConnection, user_id: UUID) -> None:
    mine = changes.c.scope == "me", changes.c.scope_id == user_id
    await connection.execute(sa.delete(changes).where(*mine))
