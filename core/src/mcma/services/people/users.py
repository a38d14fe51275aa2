"""Users: made, changed, ended. Satisfies `mcma_plugins.people.Users`."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, Forbidden, NotAuthenticated, NotFound
from mcma.services.callers import SYSTEM, require_account, require_admin
from mcma.services.people.accounts import Accounts
from mcma.services.people.passwords import Passwords, check_new_password
from mcma.services.people.ratelimit import LoginLimits
from mcma.services.people.usernames import checked_email, checked_name, known_key, name_key
from mcma.store.clock import utcnow
from mcma.store.engine import Database, WriteTransaction
from mcma.store.queries import people
from mcma.store.tables.people import library_access
from mcma.store.tables.people import users as table
from mcma_plugins.ids import LibraryId, UserId
from mcma_plugins.values import EVERY_RIGHT, Caller, Right, UserChange, UserView

_TAKEN = "There is a user of that name already; names that differ in case only are the same."


class Users:
    """Rules: an administrator may do anything but leave the server without one; others see themselves.

    Who came in by an app password may manage ordinary users as an administrator, but makes none, touches
    none, and changes no password of their own: app passwords lie in apps and travel in addresses, and one
    that leaks would otherwise become the whole server. `Forbidden`, code `account_needed`.

    `SYSTEM` is the command line's caller. Every change is seen by logins of this process at once.
    `narrowed` is called when somebody may see less.
    """

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        accounts: Accounts,
        narrowed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database, self._passwords, self._accounts = database, passwords, accounts
        self._narrowed = narrowed
        self._limits = LoginLimits()

    async def user(self, caller: Caller, name: str) -> UserView:
        key = known_key(name)
        if not caller.is_admin and key != name_key(caller.name):
            raise Forbidden("Only an administrator may see other users.")
        found = await self._view(table.c.name_key == key) if key else None
        if found is None:
            raise _unknown()
        return found

    async def users(self, caller: Caller) -> Sequence[UserView]:
        """By name."""
        require_admin(caller)
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(*people.VIEW).order_by(table.c.name_key))
        return [view_of(row) for row in rows]

    async def folders(self, caller: Caller, views: Sequence[UserView]) -> Mapping[UserId, Sequence[int]]:
        """The numbers of the libraries that each of them may see."""
        if any(view.id != caller.user_id for view in views):
            require_admin(caller)
        found: defaultdict[UserId, list[int]] = defaultdict(list)
        async with self._database.read() as connection:
            for row in await people.folders(connection, [view.id for view in views]):
                found[UserId(row.user_id)].append(row.number)
            if any(view.is_admin for view in views):
                every = list(await people.every_folder(connection))
                found.update({view.id: every for view in views if view.is_admin})
        return {view.id: found[view.id] for view in views}

    async def get(self, caller: Caller, user_id: UUID) -> UserView:
        """By id: for others than administrators, everybody else does not exist."""
        found = await self._view(table.c.id == user_id) if _may(caller, user_id) else None
        if found is None:
            raise _unknown()
        return found

    async def create(
        self,
        caller: Caller,
        name: str,
        password: str | None,
        *,
        is_admin: bool = False,
        rights: Mapping[Right, bool] = MappingProxyType({}),
        email: str = "",
        libraries: Sequence[UUID] | None = None,
    ) -> UserView:
        """Without a password the user can only use app passwords. `rights` that are not named are given.
        `libraries` None: access to all there are.

        `InvalidInput` for a bad name, password or address, `Conflict` for a name that is taken.
        """
        require_admin(caller)
        if is_admin:
            require_account(caller)
        more = {"email": checked_email(email), **_columns(rights)}
        values = more | await new_user(self._passwords, name, password, is_admin=is_admin)
        try:
            async with self._database.write() as transaction:
                user_id = await people.add_user(
                    transaction.connection, values, now=utcnow(), granted_by=_who(caller), only=libraries
                )
                transaction.after_commit.append(self._accounts.forget)
        except sa.exc.IntegrityError:
            raise Conflict(_TAKEN) from None
        return await self.get(caller, user_id)

    async def change(self, caller: Caller, user_id: UUID, change: UserChange) -> UserView:
        """For administrators. A new password ends the user's logins, and so does disabling; one's own needs
        the old one (`set_password`). `InvalidInput`, `NotFound`; `Conflict` for a name that is taken and for
        the last administrator."""
        require_admin(caller)
        values = _changed(change)
        if change.password is not None:
            values["password_hash"] = await self._new_hash(caller, user_id, change)
        try:
            async with self._database.write() as transaction:
                await self._change(transaction, caller, user_id, change, values)
        except sa.exc.IntegrityError:
            raise Conflict(_TAKEN) from None
        return await self.get(caller, user_id)

    async def _new_hash(self, caller: Caller, user_id: UUID, change: UserChange) -> str:
        assert change.password is not None
        if caller.user_id == user_id:
            require_account(caller)
            await self._check_old(caller, None)
        name = change.name or (await self.get(caller, user_id)).name
        check_new_password(change.password, user=name)
        return await self._passwords.hash(change.password)

    async def _change(
        self,
        transaction: WriteTransaction,
        caller: Caller,
        user_id: UUID,
        change: UserChange,
        values: dict[str, Any],
    ) -> None:
        connection = transaction.connection
        if change.is_admin is False or change.disabled:
            await _keep_an_admin(connection, user_id)
        user = await _locked(connection, user_id)
        if user.is_admin or change.is_admin:
            require_account(caller)
        if change.password is not None or change.disabled:
            await people.end_logins(connection, user_id, utcnow(), **values)
        else:
            edit = sa.update(table).where(table.c.id == user_id)
            await connection.execute(edit.values(updated_at=utcnow(), **values))
        transaction.after_commit.append(self._accounts.forget)
        if change.libraries is not None:
            await self._set_libraries(transaction, caller, user_id, change.libraries)

    async def set_password(
        self, caller: Caller, user_id: UUID, password: str, *, old: str | None = None
    ) -> None:
        """Ends all of the user's logins; app passwords stay. One's own needs the `old` one
        (`NotAuthenticated`, `TooManyRequests`); an administrator resets those of others without."""
        user = await self.get(caller, user_id)
        if user.is_admin or user.id == caller.user_id:
            require_account(caller)
        check_new_password(password, user=user.name)
        if caller.user_id == user_id:
            await self._check_old(caller, old)
        hashed = await self._passwords.hash(password)
        async with self._database.write() as transaction:
            await self._end_logins(transaction, user_id, password_hash=hashed)

    async def end_logins(self, caller: Caller, user_id: UUID) -> None:
        """Logs the user out everywhere. Oneself, or anyone for administrators."""
        await self.get(caller, user_id)
        async with self._database.write() as transaction:
            await self._end_logins(transaction, user_id)

    async def disable(self, caller: Caller, user_id: UUID) -> None:
        """Nothing opens for them any more, app passwords included; all they have is kept. `Conflict` for the
        last administrator."""
        await self.change(caller, user_id, UserChange(disabled=True))

    async def enable(self, caller: Caller, user_id: UUID) -> None:
        await self.change(caller, user_id, UserChange(disabled=False))

    async def delete(self, caller: Caller, user_id: UUID) -> None:
        """The user and all rows of theirs, likes and listens included: the one thing that may remove those.
        `Conflict` for the last administrator."""
        require_admin(caller)
        async with self._database.write() as transaction:
            await _keep_an_admin(transaction.connection, user_id)
            if (await _locked(transaction.connection, user_id)).is_admin:
                require_account(caller)
            await people.delete_user(transaction.connection, user_id)
            transaction.after_commit.append(self._accounts.forget)
        async with self._database.write() as transaction:  # their rows' going wrote it at the commit
            await people.forget_feed(transaction.connection, user_id)

    async def libraries(self, caller: Caller, user_id: UUID) -> Sequence[LibraryId]:
        """Ids of the libraries the user may see."""
        await self.get(caller, user_id)
        query = sa.select(library_access.c.library_id).where(library_access.c.user_id == user_id)
        async with self._database.read() as connection:
            found = await connection.execute(query.order_by(library_access.c.library_id))
        return [LibraryId(one) for one in found.scalars()]

    async def set_libraries(self, caller: Caller, user_id: UUID, libraries: Sequence[UUID] | None) -> None:
        """Exactly these; None for all there are. For administrators."""
        require_admin(caller)
        async with self._database.write() as transaction:
            await _locked(transaction.connection, user_id)
            await self._set_libraries(transaction, caller, user_id, libraries)

    async def _set_libraries(
        self,
        transaction: WriteTransaction,
        caller: Caller,
        user_id: UUID,
        libraries: Sequence[UUID] | None,
    ) -> None:
        connection = transaction.connection
        if libraries is not None:
            if not await people.are_libraries(connection, libraries):
                raise NotFound("There is no such library.")
            await people.withdraw_others(connection, user_id, libraries)
            transaction.after_commit.append(self._narrowed)
        await people.grant(connection, user_id, libraries, now=utcnow(), granted_by=_who(caller))

    async def _check_old(self, caller: Caller, old: str | None) -> None:
        """One's own password, before it is changed."""
        account, mine = str(caller.user_id), table.c.id == caller.user_id
        self._limits.spend(account, "")
        async with self._database.read() as connection:
            stored = await connection.scalar(sa.select(table.c.password_hash).where(mine))
        if not await self._passwords.verify(stored, old or ""):
            raise NotAuthenticated("The old password is wrong.")
        self._limits.refund(account, "")

    async def _end_logins(self, transaction: WriteTransaction, user_id: UUID, **values: Any) -> None:
        await _locked(transaction.connection, user_id)
        await people.end_logins(transaction.connection, user_id, utcnow(), **values)
        transaction.after_commit.append(self._accounts.forget)

    async def _view(self, which: Any) -> UserView | None:
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(*people.VIEW).where(which))).first()
        return None if row is None else view_of(row)


async def new_user(
    passwords: Passwords, name: str, password: str | None, *, is_admin: bool
) -> dict[str, Any]:
    """The values of a new row. `InvalidInput` for a bad name or password."""
    clean = checked_name(name)
    hashed = None
    if password is not None:
        check_new_password(password, user=clean)
        hashed = await passwords.hash(password)
    return {"name": clean, "name_key": name_key(clean), "password_hash": hashed, "is_admin": is_admin}


async def _keep_an_admin(connection: AsyncConnection, leaving: UUID) -> None:
    admins = await people.lock_admins(connection)
    if admins == {leaving}:
        raise Conflict("This is the last administrator.", hint="Make another one first.")


async def _locked(connection: AsyncConnection, user_id: UUID) -> Any:
    found = await people.lock_user(connection, user_id)
    if found is None:
        raise _unknown()
    return found


def _changed(change: UserChange) -> dict[str, Any]:
    """Columns and values, but for the password. `InvalidInput`."""
    values = _columns(change.rights)
    if change.is_admin is not None:
        values["is_admin"] = change.is_admin
    if change.name is not None:
        clean = checked_name(change.name)
        values |= {"name": clean, "name_key": name_key(clean)}
    if change.email is not None:
        values["email"] = checked_email(change.email)
    if change.downloads_per_day is not None:
        values["downloads_per_day"] = None if change.downloads_per_day < 0 else change.downloads_per_day
    if change.disabled is not None:
        values["disabled_at"] = utcnow() if change.disabled else None
    return values


def _columns(rights: Mapping[Right, bool]) -> dict[str, Any]:
    return {people.RIGHTS[right].name: given for right, given in rights.items()}


def _may(caller: Caller, user_id: UUID) -> bool:
    return caller.is_admin or caller.user_id == user_id


def _who(caller: Caller) -> UUID | None:
    return None if caller.user_id == SYSTEM.user_id else caller.user_id


def _unknown() -> NotFound:
    return NotFound("There is no such user.")


def view_of(row: Any) -> UserView:
    """Of a row of `people.VIEW`."""
    return UserView(
        UserId(row.id), row.name, row.is_admin, row.created_at, row.disabled_at,
        EVERY_RIGHT if row.is_admin else people.rights_of(row), row.email, row.avatar_changed_at,
        row.downloads_per_day,
    )  # fmt: skip
