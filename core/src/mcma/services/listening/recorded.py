"""What becomes of events of the logs, and who is told."""

from collections.abc import Awaitable, Collection
from functools import partial
from typing import NamedTuple, Protocol
from uuid import UUID

from mcma.domain.events import Status
from mcma.services.listening import derive
from mcma.store.engine import WriteTransaction
from mcma.store.redirects import merged_into, winners
from mcma_plugins.events import PlayRecorded
from mcma_plugins.ids import TrackId, UserId
from mcma_plugins.values import ItemKind


class Notify(Protocol):
    """Called after the commit with the name of a hook and its event (`LikeRecorded`, `PlayRecorded`)."""

    def __call__(self, hook: str, event: object, /) -> Awaitable[None] | None: ...


class Recorded(NamedTuple):
    """What became of an event. `item` is what it is about now, merged items followed."""

    status: Status
    item: UUID | None = None
    code: str | None = None
    """Why it was rejected: `not_found`, or `id_reused` for an id that the log has with other content."""


def again(item: UUID, same: bool) -> Recorded:
    return Recorded(Status.DUPLICATE, item) if same else Recorded(Status.REJECTED, item, "id_reused")


async def count_plays(
    transaction: WriteTransaction, user: UserId, tracks: Collection[UUID], notify: Notify | None
) -> None:
    """After listens of these were added. Plugins are told of the plays that count since."""
    connection = transaction.connection
    led = await winners(connection, ItemKind.TRACK, tracks)
    items = {led.get(track, track) for track in tracks}
    leads = await merged_into(connection, items)
    for track, play in await derive.refresh_plays(connection, user, items, leads):
        told = PlayRecorded(user, TrackId(track), play.started_at, play.ms_played)
        if notify is not None:
            transaction.after_commit.append(partial(notify, "play_recorded", told))
