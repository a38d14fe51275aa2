"""A household that shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mcma.services.shares.opened import OpenShares
from mcma.services.shares.shares import ShareService
from mcma.store.engine import Database
from mcma_plugins.values import Caller, ItemKind, ItemRef, ShareView
from tests.support.catalogue import Seeded


@dataclass
class Home:
    """A library, its owner of shares, and a friend who may see the same."""

    database: Database
    lib: Seeded
    friend: Caller
    shares: ShareService
    open: OpenShares

    @property
    def user(self) -> Caller:
        return self.lib.user

    async def share(
        self, *items: tuple[ItemKind, UUID], caller: Caller | None = None, **more: Any
    ) -> ShareView:
        listed = [ItemRef(kind, id_) for kind, id_ in items]
        return await self.shares.create(caller or self.user, listed, **more)

    async def shown(self, view: ShareView) -> Sequence[UUID]:
        opened = await self.open.opened(token_of(view))
        return [track.id for track in opened.shared.tracks]


def token_of(view: ShareView) -> str:
    assert view.path is not None
    return view.path.removeprefix("/share/")
