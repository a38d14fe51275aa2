"""Every type of event, and who takes it. `GET /sync/capabilities` and `docs/sync.md` tell this table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from mcma.services.sync.push.events import catalogue, playlists
from mcma.services.sync.push.events.bookmarks import BookmarkDelete, BookmarkSet
from mcma.services.sync.push.events.likes import LikeSet, RatingSet
from mcma.services.sync.push.events.plays import Play
from mcma.services.sync.push.events.queues import QueueSet
from mcma.services.sync.push.events.settings import SettingSet
from mcma.services.sync.push.handler import Handler

HANDLERS: Final[Mapping[str, Handler[Any]]] = MappingProxyType({
    "like.set": LikeSet(),
    "rating.set": RatingSet(),
    "play": Play(),
    "bookmark.set": BookmarkSet(),
    "bookmark.delete": BookmarkDelete(),
    "queue.set": QueueSet(),
    "setting.set": SettingSet(),
    **playlists.TYPES,
    **catalogue.TYPES,
})  # fmt: skip
