"""What somebody with a link gets: the share as a page, its pictures and its sound.

Whoever keeps the link decides what is in it, so everything is asked for as its owner, who may see less than
when it was made. A link that never was, one that is over, and one whose owner may not log in any more are the
same `NotFound`. The owner's name is not told: it is half of a login.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Forbidden, NotFound
from mcma.services.recent import Recent
from mcma.services.shares.contents import Contents, Held
from mcma.services.shares.links import hash_of
from mcma.services.shares.shares import MOST_ITEMS, MOST_SHOWN, ShareService, filled, tracks_of
from mcma.services.shares.visits import Visits
from mcma.services.streaming import Streams
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import people
from mcma.store.queries import shares as queries
from mcma_plugins.ids import ShareId, TrackId, UserId
from mcma_plugins.streams import Served, StreamWish
from mcma_plugins.values import Caller, CoverImage, ItemKind, ItemRef, Right, Shared, SharedItem, TrackView

KNOWN_SECONDS = 5.0
"""How long a share is taken to hold what it held: a player asks range by range, and a link that goes around
is opened by many at once. That it is not over, and its owner still there, is looked up each time."""


TITLE, UNTITLED = 100, "Shared music"


class _Open(NamedTuple):
    id: UUID
    caller: Caller
    allow_download: bool


@dataclass(frozen=True, slots=True)
class OpenedShare:
    """What a page says of it."""

    shared: Shared
    allow_download: bool
    """Its owner allows it, and may still do so."""

    @property
    def item(self) -> SharedItem | None:
        """The one thing that is shared, when it is one and still there."""
        items = self.shared.share.items
        return items[0] if len(items) == 1 and items[0].name is not None else None

    @property
    def kind(self) -> str | None:
        return None if self.item is None else self.item.kind.value

    @property
    def title(self) -> str:
        """The name of the one thing; else what its owner said of it, where that is short enough."""
        if self.item is not None and self.item.name:
            return self.item.name
        said = self.shared.share.description or ""
        return said if said and len(said) <= TITLE and "\n" not in said else UNTITLED

    @property
    def said(self) -> str | None:
        """What its owner said, unless that is the title."""
        return None if self.shared.share.description == self.title else self.shared.share.description

    @property
    def by(self) -> str | None:
        """Whose it is, when all of it is somebody's and the title does not say so."""
        names = {one.album_artist or one.artist for one in self.shared.tracks}
        if self.kind == ItemKind.TRACK and self.shared.tracks:
            names = {self.shared.tracks[0].artist}
        name = names.pop() if len(names) == 1 else None
        return name if name and name != self.title else None

    @property
    def facts(self) -> str:
        tracks = self.shared.tracks
        minutes = max(1, round(sum(one.duration_ms for one in tracks) / 60_000))
        hours, rest = divmod(minutes, 60)
        length = f"{hours} h {rest} min" if hours else f"{rest} min"
        count = "1 track" if len(tracks) == 1 else f"{len(tracks):,} tracks"
        return f"{count} · {length}" if tracks else ""


class OpenShares:
    def __init__(
        self, database: Database, shares: ShareService, streams: Streams, visits: Visits,
        *, known_seconds: float = KNOWN_SECONDS,
    ) -> None:  # fmt: skip
        self._database, self._shares, self._streams, self._visits = database, shares, streams, visits
        self._held: Recent[UUID, frozenset[UUID]] = Recent(known_seconds)
        self._pages: Recent[UUID, tuple[Held, dict[UUID, TrackView]]] = Recent(known_seconds, 20)

    def forget(self) -> None:
        """Somebody may see less now."""
        self._held.clear()
        self._pages.clear()

    async def close(self) -> None:
        await self._visits.flush()

    async def opened(self, token: str, *, visit: bool = True) -> OpenedShare:
        """The share as it is now, with its first `MOST_SHOWN` tracks. Unless it is only looked at, it is a
        `visit`."""
        async with self._database.read() as connection:
            row = await _row(connection, token)
            found = _open(row)
            [view] = await self._shares.views(connection, [row])
            held, tracks = self._pages.get(found.id) or await self._look(connection, found)
        if visit:
            self._visits.note(found.id)
        return OpenedShare(filled(view, held, tracks), found.allow_download)

    async def _look(self, connection: AsyncConnection, share: _Open) -> tuple[Held, dict[UUID, TrackView]]:
        held = await _held(connection, share)
        tracks = await tracks_of(connection, share.caller, [held])
        self._held.put(share.id, frozenset(held.tracks))
        return self._pages.put(share.id, (held, tracks))

    async def stream(
        self, token: str, track_id: UUID, *, compatible: bool = False, start: bool = True
    ) -> Served:
        """As browsers play it; see `Streams.for_browsers`."""
        share = await self._with(token, track_id)
        track = TrackId(track_id)
        return await self._streams.for_browsers(share.caller, track, compatible=compatible, start=start)

    async def original(self, token: str, track_id: UUID) -> Served:
        """To be saved. `Forbidden` where that is not allowed."""
        share = await self._with(token, track_id)
        if not share.allow_download:
            raise Forbidden("This share is for listening only.")
        return await self._streams.serve(share.caller, TrackId(track_id), StreamWish(), keep=True)

    async def cover(self, token: str, track_id: UUID | None, size: int) -> CoverImage:
        """Of one of its tracks, else of the first thing in it that is still there."""
        if track_id is not None:
            share = await self._with(token, track_id)
            item = ItemRef(ItemKind.TRACK, track_id)
        else:
            share, item = await self._first(token)
        return await self._streams.cover(share.caller, item, size)

    async def _first(self, token: str) -> tuple[_Open, ItemRef]:
        async with self._database.read() as connection:
            row = await _row(connection, token)
            [view] = await self._shares.views(connection, [row])
        first = next((one for one in view.items if one.name is not None), None)
        if first is None:
            raise NotFound("There is no picture.")
        return _open(row), ItemRef(first.kind, first.id)

    async def _with(self, token: str, track_id: UUID) -> _Open:
        """The share, if the track is in it."""
        async with self._database.read() as connection:
            found = _open(await _row(connection, token))
            held = self._held.get(found.id)
            if held is None:
                now = await _held(connection, found)
                held = self._held.put(found.id, frozenset(now.tracks))
        if track_id not in held:
            raise NotFound("There is no such track in this share.")
        return found


async def _row(connection: AsyncConnection, token: str) -> Any:
    hashed = hash_of(token)
    query = None if hashed is None else queries.found_by(hashed, utcnow())
    row = None if query is None else (await connection.execute(query)).first()
    if row is None:
        raise NotFound("This link leads nowhere: it is over, or there never was one.")
    return row


async def _held(connection: AsyncConnection, share: _Open) -> Held:
    contents = await Contents.of(connection, {share.id: share.caller}, MOST_ITEMS)
    return (await contents.held(MOST_SHOWN))[share.id]


def _open(row: Any) -> _Open:
    id_, _, _, owner_id, owner, _, allow_download, *_ = row
    caller = Caller(
        UserId(owner_id), owner, row.is_admin, "share", share_id=ShareId(id_), rights=people.rights_of(row)
    )
    return _Open(id_, caller, allow_download and caller.may(Right.DOWNLOAD))
