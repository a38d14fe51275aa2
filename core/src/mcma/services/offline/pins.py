"""What is pinned, as tracks: each once, in the order of the pins, and of a pin in its own."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import TooLarge
from mcma.services.catalogue.lookup import reachable
from mcma.services.playlists import smart
from mcma.store.queries import offline as queries
from mcma.store.queries.offline import Placed
from mcma_plugins.ids import PlaylistId
from mcma_plugins.values import Caller, ItemKind

MOST_PINS: Final = 500
MOST_SMART: Final = 50
"""Each is asked of the database anew, with a time limit of its own."""
MOST_TRACKS: Final = 20_000


class PinKind(StrEnum):
    TRACK = "track"
    ALBUM = "album"
    ARTIST = "artist"
    PLAYLIST = "playlist"
    GENRE = "genre"
    LIKES = "likes"


class Pin(NamedTuple):
    kind: PinKind
    id: UUID | None
    """None for likes."""


class Reason(StrEnum):
    """Why something is not in a plan."""

    DELETED = "deleted"
    UNKNOWN = "unknown"
    """It was never there, or it is not the caller's to see."""
    WAITING = "waiting"
    """A row of a playlist that has no track yet."""
    FILE_MISSING = "file_missing"


class Missing(NamedTuple):
    pins: Sequence[int]
    reason: Reason
    track_id: UUID | None = None
    item_id: UUID | None = None
    """The row of the playlist."""
    title: str | None = None
    artist: str | None = None


class Resolved(NamedTuple):
    tracks: Mapping[UUID, Sequence[int]]
    """With the places of the pins they are in."""
    missing: Sequence[Missing]


class _Found(NamedTuple):
    """Of the pins of one kind: what each comes to, and what the ids mean that say nothing any more."""

    tracks: Mapping[UUID, Sequence[UUID]]
    waiting: Mapping[UUID, Sequence[queries.PlaylistRow]] = MappingProxyType({})
    lost: Mapping[UUID, Reason] = MappingProxyType({})


async def resolved(connection: AsyncConnection, caller: Caller, pins: Sequence[Pin]) -> Resolved:
    """So many queries for each kind, whatever they come to. `TooLarge` beyond `MOST_TRACKS`."""
    found = {
        kind: await _FINDERS[kind](connection, caller, list(dict.fromkeys(_ids(pins, kind))))
        for kind in PinKind
        if any(pin.kind is kind for pin in pins)
    }
    tracks: dict[UUID, list[int]] = defaultdict(list)
    missing: list[Missing] = []
    for place, pin in enumerate(pins):
        of, key = found[pin.kind], pin.id or _LIKES
        for track in of.tracks.get(key, ()):
            if not tracks[track] or tracks[track][-1] != place:
                tracks[track].append(place)
        missing += [
            Missing([place], Reason.WAITING, None, row.item, row.title, row.artist)
            for row in of.waiting.get(key, ())
        ]
        if key in of.lost:
            missing.append(Missing([place], of.lost[key], key if pin.kind is PinKind.TRACK else None))
        if len(tracks) > MOST_TRACKS:
            raise _too_many()
    return Resolved(tracks, missing)


_LIKES: Final = UUID(int=0)


def _ids(pins: Iterable[Pin], kind: PinKind) -> list[UUID]:
    return [pin.id for pin in pins if pin.kind is kind and pin.id is not None]


def _too_many() -> TooLarge:
    return TooLarge(
        f"These pins are more than {MOST_TRACKS} tracks.", code="plan_too_large", hint="Plan fewer at a time."
    )


def _grouped(rows: Sequence[Placed]) -> dict[UUID, list[UUID]]:
    if len(rows) > MOST_TRACKS:
        raise _too_many()
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for pin, track in rows:
        found[pin].append(track)
    return found


async def _meant(
    connection: AsyncConnection, caller: Caller, kind: ItemKind, ids: Sequence[UUID]
) -> tuple[dict[UUID, UUID], dict[UUID, Reason]]:
    """Merged ones are their winners."""
    found = await reachable(connection, caller, kind, ids)
    return found, await _lost(connection, caller, kind.value, ids, found)


async def _lost(
    connection: AsyncConnection, caller: Caller, kind: str, ids: Sequence[UUID], found: Iterable[UUID]
) -> dict[UUID, Reason]:
    gone = set(ids) - set(found)
    if not gone:
        return {}
    known = await queries.deleted(connection, caller, kind, list(gone))
    return {id_: Reason.DELETED if id_ in known else Reason.UNKNOWN for id_ in gone}


async def _tracks(connection: AsyncConnection, caller: Caller, ids: Sequence[UUID]) -> _Found:
    means, lost = await _meant(connection, caller, ItemKind.TRACK, ids)
    return _Found({id_: [track] for id_, track in means.items()}, lost=lost)


async def _albums(connection: AsyncConnection, caller: Caller, ids: Sequence[UUID]) -> _Found:
    means, lost = await _meant(connection, caller, ItemKind.ALBUM, ids)
    rows = await queries.of_albums(connection, caller, list(set(means.values())), MOST_TRACKS + 1)
    tracks = _grouped(rows)
    return _Found({id_: tracks.get(album, []) for id_, album in means.items()}, lost=lost)


async def _artists(connection: AsyncConnection, caller: Caller, ids: Sequence[UUID]) -> _Found:
    means, lost = await _meant(connection, caller, ItemKind.ARTIST, ids)
    rows = await queries.of_artists(connection, caller, list(set(means.values())), MOST_TRACKS + 1)
    tracks = _grouped(rows)
    return _Found({id_: tracks.get(artist, []) for id_, artist in means.items()}, lost=lost)


async def _genres(connection: AsyncConnection, caller: Caller, ids: Sequence[UUID]) -> _Found:
    rows = await queries.of_genres(connection, caller, ids, MOST_TRACKS + 1)
    tracks = _grouped(rows)
    lost = {id_: Reason.UNKNOWN for id_ in ids if id_ not in tracks}
    return _Found(tracks, lost=lost)


async def _likes(connection: AsyncConnection, caller: Caller, ids: Sequence[UUID]) -> _Found:
    liked = await queries.liked(connection, caller, MOST_TRACKS + 1)
    return _Found({_LIKES: liked})


async def _playlists(connection: AsyncConnection, caller: Caller, ids: Sequence[UUID]) -> _Found:
    """One query for all whose rows are written down; smart ones are asked for one by one."""
    known = await queries.readable_playlists(connection, caller, ids)
    written = [id_ for id_, is_smart in known.items() if not is_smart]
    if len(known) - len(written) > MOST_SMART:
        raise TooLarge(f"At most {MOST_SMART} smart playlists in one plan.", code="plan_too_large")
    rows = await queries.of_playlists(connection, caller, written, MOST_TRACKS + 1)
    if len(rows) > MOST_TRACKS:
        raise _too_many()
    tracks: dict[UUID, list[UUID]] = defaultdict(list)
    waiting: dict[UUID, list[queries.PlaylistRow]] = defaultdict(list)
    for row in rows:
        if row.track is None:
            waiting[row.pin].append(row)
        else:
            tracks[row.pin].append(row.track)
    for id_ in (id_ for id_, is_smart in known.items() if is_smart):
        asked = await smart.asked_of(connection, caller, PlaylistId(id_))
        tracks[id_] = await smart.held(connection, asked)
    return _Found(tracks, waiting, await _lost(connection, caller, "playlist", ids, known))


_Finder = Callable[[AsyncConnection, Caller, Sequence[UUID]], Awaitable[_Found]]
_FINDERS: Final[Mapping[PinKind, _Finder]] = MappingProxyType(
    {
        PinKind.TRACK: _tracks,
        PinKind.ALBUM: _albums,
        PinKind.ARTIST: _artists,
        PinKind.PLAYLIST: _playlists,
        PinKind.GENRE: _genres,
        PinKind.LIKES: _likes,
    }
)
