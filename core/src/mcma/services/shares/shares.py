"""Shares as their owners keep them. Satisfies `mcma_plugins.services.Shares`.

Who has the right to share may share what they may see, and who has the right to download may let it be
saved; with the right gone their links lead nowhere. An administrator sees, changes and ends the shares of
all. Others' shares do not exist for anybody else.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, InvalidInput, NotFound
from mcma.services.callers import require_right
from mcma.services.catalogue.lookup import reachable, some
from mcma.services.people.secretbox import SecretBox
from mcma.services.shares.contents import Contents, Held, owners_of
from mcma.services.shares.links import Links
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.queries import people
from mcma.store.queries import shares as queries
from mcma.store.queries.playlists import visible
from mcma.store.tables.listening import playlists
from mcma.store.tables.shares import share_items, shares
from mcma_plugins.ids import ShareId, UserId
from mcma_plugins.values import Caller, ItemKind, ItemRef, Right, Shared, SharedItem, ShareView, TrackView

MOST_SHARES = 1000
"""Of one user."""
MOST_ITEMS = 1000
MOST_SHOWN = 2000
"""Tracks of a share."""
LISTED = 200
LISTED_TRACKS = 100
"""Where the tracks of many shares are asked for at once."""
LONGEST = 2000
"""Characters of a description."""


class SharePage(NamedTuple):
    items: Sequence[ShareView]
    next: UUID | None
    """The last one shown; None on the last page."""


class ShareService:
    def __init__(self, database: Database, box: SecretBox) -> None:
        self._database, self._links = database, Links(box)

    async def page(self, caller: Caller, after: UUID | None = None, limit: int = 50) -> SharePage:
        """Latest first; the caller's own, for administrators everybody's."""
        where = [] if after is None else [shares.c.id < after]
        async with self._database.read() as connection:
            rows = (await connection.execute(queries.listed(*_sight(caller), *where).limit(limit + 1))).all()
            views = await self.views(connection, rows[:limit])
        return SharePage(views, views[-1].id if len(rows) > limit else None)

    async def shares(self, caller: Caller) -> Sequence[Shared]:
        """The latest `LISTED`, with the first `LISTED_TRACKS` tracks of each."""
        async with self._database.read() as connection:
            rows = (await connection.execute(queries.listed(*_sight(caller)).limit(LISTED))).all()
            return await self._filled(connection, caller, rows, LISTED_TRACKS)

    async def share(self, caller: Caller, share_id: ShareId) -> Shared:
        """With its first `MOST_SHOWN` tracks."""
        async with self._database.read() as connection:
            rows = (await connection.execute(_mine(caller, share_id))).all()
            found = await self._filled(connection, caller, rows, MOST_SHOWN)
        if not found:
            raise _unknown()
        return found[0]

    async def create(
        self,
        caller: Caller,
        items: Sequence[ItemRef],
        *,
        description: str | None = None,
        expires_at: datetime | None = None,
        allow_download: bool = False,
    ) -> ShareView:
        """`Forbidden` without the rights, `InvalidInput` for too many items or a time that is over,
        `Conflict` above `MOST_SHARES`."""
        _check_rights(caller, allow_download=allow_download)
        now, id_ = utcnow(), ShareId(new_id())
        if len(items) > MOST_ITEMS:
            raise InvalidInput(f"A share has {MOST_ITEMS} items at most.", hint="Share a playlist.")
        if expires_at is not None and expires_at <= now:
            raise InvalidInput("This share would be over already.")
        row = {"id": id_, "owner_id": caller.user_id, **self._links.made(id_), "expires_at": expires_at,
               "description": _text(description), "allow_download": allow_download, "visits": 0,
               "created_at": now, "updated_at": now, "rev": 1}  # fmt: skip
        async with self._database.write() as transaction:
            connection = transaction.connection
            await _check_room(connection, caller)
            seen = await _seen(connection, caller, list(dict.fromkeys(items)))
            if not seen:
                raise NotFound("There is nothing of that to share.")
            await connection.execute(sa.insert(shares), [row])
            await connection.execute(sa.insert(share_items), _rows(id_, seen))
            return await self._view(connection, caller, id_)

    async def update(
        self,
        caller: Caller,
        share_id: ShareId,
        *,
        description: str | None = None,
        expires_at: datetime | None = None,
        endless: bool = False,
        allow_download: bool | None = None,
    ) -> ShareView:
        """What is None stays; `endless`: it expires no more. A time that is over ends it. `Forbidden` without
        the rights: deleting needs none."""
        _check_rights(caller, allow_download=bool(allow_download))
        values: dict[str, Any] = {} if description is None else {"description": _text(description)}
        if endless or expires_at is not None:
            values["expires_at"] = None if endless else expires_at
        if allow_download is not None:
            values["allow_download"] = allow_download
        async with self._database.write() as transaction:
            await _change(transaction.connection, caller, share_id, values)
            return await self._view(transaction.connection, caller, share_id)

    async def delete(self, caller: Caller, share_id: ShareId) -> None:
        """Its link leads nowhere from now on."""
        async with self._database.write() as transaction:
            await _change(transaction.connection, caller, share_id, {"deleted_at": utcnow()})

    async def rekey(self) -> int:
        """Moves all to the current key, at start, when keys may have changed; says how many cannot be."""
        old = shares.c.key_id != self._links.key_id
        lost = 0
        async with self._database.write() as transaction:
            connection = transaction.connection
            query = sa.select(shares.c.id, shares.c.token, shares.c.key_id).where(old).order_by(shares.c.id)
            for id_, sealed, key_id in (await connection.execute(query.with_for_update())).all():
                made = self._links.resealed(id_, sealed, key_id)
                lost += made is None
                if made is not None:
                    await connection.execute(sa.update(shares).where(shares.c.id == id_).values(**made))
        return lost

    async def views(self, connection: AsyncConnection, rows: Sequence[Any]) -> list[ShareView]:
        """Of rows of `queries.listed`."""
        return await self.told(rows, await Contents.of(connection, owners_of(rows), MOST_ITEMS))

    async def told(self, rows: Sequence[Any], contents: Contents) -> list[ShareView]:
        items = await contents.items()
        return [self._of(row, items.get(row[0], ())) for row in rows]

    def _of(self, row: Any, items: Sequence[SharedItem]) -> ShareView:
        id_, token, key_id, owner_id, owner, description, allow_download, *rest = row
        return ShareView(
            ShareId(id_), self._links.path(id_, token, key_id), UserId(owner_id), owner, description,
            allow_download, tuple(items), *rest[: -queries.OF_OWNER],
        )  # fmt: skip

    async def _view(self, connection: AsyncConnection, caller: Caller, share_id: ShareId) -> ShareView:
        rows = (await connection.execute(_mine(caller, share_id))).all()
        [view] = await self.views(connection, rows)
        return view

    async def _filled(
        self, connection: AsyncConnection, caller: Caller, rows: Sequence[Any], most: int
    ) -> list[Shared]:
        """The state of the tracks is the caller's, who sees at least what the owner sees."""
        contents = await Contents.of(connection, owners_of(rows), MOST_ITEMS)
        views, held = await self.told(rows, contents), await contents.held(most)
        tracks = await tracks_of(connection, caller, held.values())
        return [filled(view, held[view.id], tracks) for view in views]


async def tracks_of(
    connection: AsyncConnection, caller: Caller, held: Iterable[Held]
) -> dict[UUID, TrackView]:
    wanted = list(dict.fromkeys(track for one in held for track in one.tracks))
    return await some(connection, caller, ItemKind.TRACK, wanted) if wanted else {}


def filled(view: ShareView, held: Held, tracks: dict[UUID, TrackView]) -> Shared:
    return Shared(view, [tracks[id_] for id_ in held.tracks if id_ in tracks], held.complete)


def _check_rights(caller: Caller, *, allow_download: bool) -> None:
    require_right(caller, Right.SHARE)
    if allow_download:
        require_right(caller, Right.DOWNLOAD)


def _sight(caller: Caller) -> list[sa.ColumnElement[bool]]:
    return [] if caller.is_admin else [shares.c.owner_id == caller.user_id]


def _mine(caller: Caller, share_id: UUID) -> sa.Select[Any]:
    return queries.listed(shares.c.id == share_id, *_sight(caller))


async def _change(
    connection: AsyncConnection, caller: Caller, share_id: UUID, values: dict[str, Any]
) -> None:
    change = sa.update(shares).where(shares.c.id == share_id, queries.LIVE, *_sight(caller))
    done = await connection.execute(change.values(updated_at=utcnow(), **values))
    if done.rowcount == 0:
        raise _unknown()


async def _check_room(connection: AsyncConnection, caller: Caller) -> None:
    """The user is locked: two at once would both find room."""
    await people.lock_user(connection, caller.user_id)
    if (await connection.scalar(queries.held(caller.user_id)) or 0) >= MOST_SHARES:
        raise Conflict(f"One user has {MOST_SHARES} shares at most.", hint="Delete some that are over.")


async def _seen(connection: AsyncConnection, caller: Caller, items: Sequence[ItemRef]) -> list[ItemRef]:
    """Those that the caller may see, in their order."""
    found: set[ItemRef] = set()
    for kind in {item.kind for item in items}:
        ids = [item.id for item in items if item.kind is kind]
        if kind is ItemKind.PLAYLIST:
            rows = await connection.execute(visible(caller).where(playlists.c.id.in_(ids)))
            known = {row[0] for row in rows}
        else:
            known = set(await reachable(connection, caller, kind, ids))
        found |= {ItemRef(kind, id_) for id_ in ids if id_ in known}
    return [item for item in items if item in found]


def _rows(share_id: UUID, items: Sequence[ItemRef]) -> list[dict[str, Any]]:
    return [
        {"share_id": share_id, "position": place, "item_kind": kind.value, "item_id": id_}
        for place, (kind, id_) in enumerate(items)
    ]


def _text(said: str | None) -> str | None:
    """PostgreSQL takes no NUL in text."""
    clean = (said or "").replace("\0", "").strip()
    if len(clean) > LONGEST:
        raise InvalidInput(f"A description has {LONGEST} characters at most.")
    return clean or None


def _unknown() -> NotFound:
    return NotFound("There is no such share.")


__all__ = ["LISTED", "LISTED_TRACKS", "MOST_SHOWN", "SharePage", "ShareService", "filled", "tracks_of"]
