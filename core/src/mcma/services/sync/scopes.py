"""Scopes: whose data a client keeps a copy of. `catalog:<library id>`, `me` and `shared`."""

from collections.abc import Sequence
from typing import NamedTuple, Self
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Forbidden, InvalidInput
from mcma.store.access import visible_libraries
from mcma.store.feed import NOBODY
from mcma_plugins.values import Caller

CATALOG, ME, SHARED = "catalog", "me", "shared"
MOST = 100
EVERYBODY = UUID(NOBODY)


class ScopeDenied(Forbidden):
    code = "scope_denied"

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__(f"These scopes are not yours, or no longer: {', '.join(scopes)}.")
        self.scopes = list(scopes)


class SyncScope(NamedTuple):
    """As the feed writes it: `me` is a user's id, `shared` everybody's."""

    name: str
    id: UUID

    def __str__(self) -> str:
        return f"{CATALOG}:{self.id}" if self.name == CATALOG else self.name

    @classmethod
    def parsed(cls, text: str, caller: Caller) -> Self:
        """`InvalidInput` for what is none."""
        if text == ME:
            return cls(ME, caller.user_id)
        if text == SHARED:
            return cls(SHARED, EVERYBODY)
        name, _, id_ = text.partition(":")
        try:
            if name != CATALOG:
                raise ValueError(name)
            return cls(CATALOG, UUID(id_))
        except ValueError:
            raise InvalidInput(f"'{text[:60]}' is no scope.", code="bad_scope") from None


async def granted(connection: AsyncConnection, caller: Caller) -> list[SyncScope]:
    """All that the caller may follow now."""
    seen = await visible_libraries(connection, caller)
    return [
        *(SyncScope(CATALOG, id_) for id_ in sorted(seen)), SyncScope(ME, caller.user_id),
        SyncScope(SHARED, EVERYBODY),
    ]  # fmt: skip


async def chosen(connection: AsyncConnection, caller: Caller, asked: Sequence[str] | None) -> list[SyncScope]:
    """Those asked for, or all. `ScopeDenied` names those that are not the caller's."""
    may = await granted(connection, caller)
    if asked is None:
        return may
    if len(asked) > MOST:
        raise InvalidInput(f"At most {MOST} scopes at once.", code="bad_scope")
    wanted = list(dict.fromkeys(SyncScope.parsed(one, caller) for one in asked))
    denied = [str(one) for one in wanted if one not in may]
    if denied:
        raise ScopeDenied(denied)
    return wanted
