"""Shares of the library of `fakedata`, in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from mcma_plugins.errors import NotFound
from mcma_plugins.ids import ShareId
from mcma_plugins.values import Caller, ItemKind, ItemRef, Shared, SharedItem, ShareView
from tests.subsonic import fakedata as data

FIRST = ShareId(UUID(int=900))
LOST = ShareId(UUID(int=901))


def a_share(id_: ShareId, path: str | None = "/share/abc") -> ShareView:
    item = SharedItem(ItemKind.ALBUM, data.ALBUMS[0].id, data.ALBUMS[0].title)
    return ShareView(
        id_, path, data.ADMIN.id, data.ADMIN.name, "For <you> & me", False, (item,), data.LATER, 3,
        data.LATER, data.AT, data.AT, 1,
    )  # fmt: skip


class FakeShares:
    def __init__(self) -> None:
        bare = a_share(LOST, None)._replace(description=None, expires_at=None, last_visited_at=None)
        self.views = {FIRST: a_share(FIRST), LOST: bare}
        self.told: list[tuple[object, ...]] = []

    async def shares(self, caller: Caller) -> Sequence[Shared]:
        return [Shared(view, data.TRACKS[:2], False) for view in self.views.values()]

    async def share(self, caller: Caller, share_id: ShareId) -> Shared:
        if share_id not in self.views:
            raise NotFound("No such share.")
        return Shared(self.views[share_id], data.TRACKS[:2], True)

    async def create(
        self, caller: Caller, items: Sequence[ItemRef], *, description: str | None = None,
        expires_at: datetime | None = None,
    ) -> ShareView:  # fmt: skip
        self.told.append((tuple(items), description, expires_at))
        view = a_share(ShareId(UUID(int=902)))._replace(description=description, expires_at=expires_at)
        self.views[view.id] = view
        return view

    async def update(
        self, caller: Caller, share_id: ShareId, *, description: str | None = None,
        expires_at: datetime | None = None, endless: bool = False,
    ) -> ShareView:  # fmt: skip
        self.told.append((description, expires_at, endless))
        return (await self.share(caller, share_id)).share

    async def delete(self, caller: Caller, share_id: ShareId) -> None:
        del self.views[(await self.share(caller, share_id)).share.id]
