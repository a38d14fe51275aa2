"""Playlists: what several devices say of one comes out the same, in whatever order they are heard."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from mcma.domain.errors import McmaError
from mcma.domain.positions import LONGEST, is_position
from mcma.domain.stamps import Stamp
from mcma.services.claims.said import SaidRecording
from mcma.services.playlists.playlist_changes import PlaylistChanges, Took
from mcma.services.playlists.playlist_rows import NewItem
from mcma.services.sync.lines import current
from mcma.services.sync.push.batch import APPLIED, Outcome, rejected, superseded
from mcma.services.sync.push.data import EventData, Flag, LongText, Name
from mcma.services.sync.push.handler import Event, Handler, Work
from mcma_plugins.ids import PlaylistItemId, TrackId


def _visible(name: str) -> str:
    if not name.strip():
        raise ValueError("must have a character that can be seen")
    return name


def _placed(position: str) -> str:
    if not is_position(position):
        raise ValueError("must be a fraction in base 62 without trailing zeros")
    return position


Title = Annotated[Name, AfterValidator(_visible)]
Position = Annotated[str, StringConstraints(max_length=LONGEST), AfterValidator(_placed)]


class OfPlaylist(EventData):
    """What it does, what it names: rows and tracks are read before the first of them."""

    playlist_id: UUID

    @abstractmethod
    def take(self, changes: PlaylistChanges, stamp: Stamp) -> Took: ...

    def rows(self) -> Collection[UUID]:
        return ()

    def tracks(self) -> Collection[UUID]:
        return ()


class Creation(OfPlaylist):
    name: Title
    comment: LongText | None = None
    public: Flag = False

    def take(self, changes: PlaylistChanges, stamp: Stamp) -> Took:
        return changes.create(self.playlist_id, self.name, self.comment, public=self.public, at=stamp.at)


class Update(OfPlaylist):
    """What is left out stays; a null comment goes."""

    name: Title | None = None
    comment: LongText | None = None
    public: Flag | None = None

    @field_validator("name", "public")
    @classmethod
    def _is_said(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("must not be null")
        return value

    def take(self, changes: PlaylistChanges, stamp: Stamp) -> Took:
        return changes.update(self.playlist_id, stamp, self.model_dump(exclude_unset=True))


class Deletion(OfPlaylist):
    def take(self, changes: PlaylistChanges, stamp: Stamp) -> Took:
        return changes.delete(self.playlist_id)


class ItemData(EventData):
    id: UUID
    position: Position
    track_id: UUID | None = None
    claim: SaidRecording | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.track_id is None) == (self.claim is None):
            raise ValueError("say a track_id or a claim")
        return self

    def item(self, at: datetime) -> NewItem:
        track = None if self.track_id is None else TrackId(self.track_id)
        wanted = None if self.claim is None else self.claim.wanted()
        return NewItem(track, None, PlaylistItemId(self.id), self.position, wanted, at)


class Addition(OfPlaylist):
    items: list[ItemData] = Field(min_length=1)

    def take(self, changes: PlaylistChanges, stamp: Stamp) -> Took:
        return changes.add(self.playlist_id, [one.item(stamp.at) for one in self.items])

    def rows(self) -> Collection[UUID]:
        return [one.id for one in self.items]

    def tracks(self) -> Collection[UUID]:
        return [one.track_id for one in self.items if one.track_id is not None]


class Move(OfPlaylist):
    item_id: UUID
    position: Position

    def take(self, changes: PlaylistChanges, stamp: Stamp) -> Took:
        return changes.move(self.playlist_id, self.item_id, self.position, stamp)

    def rows(self) -> Collection[UUID]:
        return (self.item_id,)


class Removal(OfPlaylist):
    item_ids: list[UUID] = Field(min_length=1)

    def take(self, changes: PlaylistChanges, stamp: Stamp) -> Took:
        return changes.remove(self.playlist_id, self.item_ids)

    def rows(self) -> Collection[UUID]:
        return self.item_ids


class PlaylistEvents:
    """Of one type; those of all its types are taken together."""

    family: ClassVar[str] = "playlist"
    in_bulk: ClassVar[bool] = False
    needs_catalogue: ClassVar[bool] = False

    def __init__(self, data: type[OfPlaylist]) -> None:
        self._data = data

    @property
    def data(self) -> type[OfPlaylist]:
        return self._data

    def playlists(self, data: OfPlaylist) -> Collection[UUID]:
        return (data.playlist_id,)

    async def apply(self, work: Work, events: Sequence[Event[OfPlaylist]]) -> Sequence[Outcome]:
        changes = PlaylistChanges(work.connection, work.caller)
        said = [event.data for event in events]
        await changes.read(
            (one.playlist_id for one in said), (id_ for one in said for id_ in one.rows()),
            (id_ for one in said for id_ in one.tracks()),
        )  # fmt: skip
        made = [_taken(changes, event) for event in events]
        await changes.write()
        return await _outcomes(work, events, made)


def _taken(changes: PlaylistChanges, event: Event[OfPlaylist]) -> Took | Outcome:
    try:
        return event.data.take(changes, Stamp(event.at, event.id))
    except McmaError as error:
        return rejected(error.stable_code, error.message)


async def _outcomes(
    work: Work, events: Sequence[Event[OfPlaylist]], made: Sequence[Took | Outcome]
) -> list[Outcome]:
    """With the playlists as they are after all of them."""
    late = {
        event.data.playlist_id
        for event, took in zip(events, made, strict=True)
        if isinstance(took, Took) and not took.stands
    }
    standing = await current(work.connection, work.caller, "playlist", list(late))
    return [_outcome(event, took, standing) for event, took in zip(events, made, strict=True)]


def _outcome(
    event: Event[OfPlaylist], took: Took | Outcome, standing: Mapping[UUID, Mapping[str, Any]]
) -> Outcome:
    """`skipped` are the rows of an addition that are not to be."""
    if isinstance(took, Outcome):
        return took
    if took.stands:
        return APPLIED
    canonical = dict(standing.get(event.data.playlist_id, {}))
    if took.skipped:
        canonical["skipped"] = [str(id_) for id_ in took.skipped]
    return superseded(canonical or None)


TYPES: Mapping[str, Handler[Any]] = {
    "playlist.create": PlaylistEvents(Creation),
    "playlist.update": PlaylistEvents(Update),
    "playlist.delete": PlaylistEvents(Deletion),
    "playlist.add": PlaylistEvents(Addition),
    "playlist.move": PlaylistEvents(Move),
    "playlist.remove": PlaylistEvents(Removal),
}
