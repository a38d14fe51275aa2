"""What people say about tracks, ask to have, and decide of claims."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from mcma.domain.errors import Conflict, InvalidInput
from mcma.services.catalogue.edits import edited
from mcma.services.catalogue.lookup import reachable
from mcma.services.claims.said import SaidRecording
from mcma.services.matching.deciding import decide
from mcma.services.matching.values import Thing
from mcma.services.sync.lines import current
from mcma.services.sync.push.batch import Outcome, applied, rejected, superseded
from mcma.services.sync.push.data import Count, EventData, Storable
from mcma.services.sync.push.handler import Event, Handler, OneByOne, Work
from mcma.services.wanted.fields import Note, SourceKey, SourceName, ThingKind
from mcma.services.wanted.placing import Wish, ask
from mcma_plugins.ids import TrackId
from mcma_plugins.values import ItemKind

FieldName = Annotated[str, StringConstraints(max_length=40), Storable]


class EditData(EventData):
    track_id: UUID
    base_rev: Count
    fields: dict[FieldName, Any] = Field(min_length=1, max_length=50)


class TrackEdit(OneByOne[EditData]):
    """By administrators. `canonical` is the track as it is then: the next edit is based on its `rev`."""

    data: ClassVar[type[EditData]] = EditData
    needs_catalogue: ClassVar[bool] = True

    async def take(self, work: Work, event: Event[EditData]) -> Outcome:
        said = event.data
        try:
            done = await edited(work.connection, work.caller, said.track_id, said.fields, said.base_rev)
        except InvalidInput as error:
            return rejected("invalid", f"data.fields.{error.message}")
        except Conflict as error:
            return rejected("conflict", error.message, await _track(work, said.track_id))
        for hook, news in done.news:
            work.tell(hook, news)
        return applied(await _track(work, done.track_id))


async def _track(work: Work, track_id: UUID) -> dict[str, Any] | None:
    """The one it means today."""
    meant = (await reachable(work.connection, work.caller, ItemKind.TRACK, [track_id])).get(track_id)
    found = {} if meant is None else await current(work.connection, work.caller, "track", [meant])
    return None if meant is None else found.get(meant)


class RequestData(EventData):
    source: SourceName | None = None
    source_id: SourceKey | None = None
    kind: ThingKind = "track"
    claim: SaidRecording | None = None
    note: Note | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if (self.source is None) != (self.source_id is None) or (self.source is None and self.claim is None):
            raise ValueError("say source and source_id, or a claim")
        return self


class DownloadRequest(OneByOne[RequestData]):
    """The id of the event becomes that of the request. `canonical` says which one there is, or the track."""

    data: ClassVar[type[RequestData]] = RequestData

    async def take(self, work: Work, event: Event[RequestData]) -> Outcome:
        said = event.data
        wanted = None if said.claim is None else said.claim.wanted()
        wish = Wish(said.source, said.source_id, wanted, said.note, said.kind)
        found = await ask(work.transaction, work.caller, event.id, wish, work.starting)
        return applied(
            {"download_id": _text(found.id), "state": found.state, "track_id": _text(found.track_id)}
        )


class DecisionData(EventData):
    kind: Literal["claim"]
    id: UUID
    track_id: UUID | None = None
    candidate_id: UUID | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set & {"track_id", "candidate_id"}) != 1:
            raise ValueError("say track_id (null for none of them) or candidate_id")
        if "candidate_id" in self.model_fields_set and self.candidate_id is None:
            raise ValueError("candidate_id is one of the candidates")
        return self

    @property
    def choice(self) -> Thing | UUID | None:
        return self.candidate_id if self.track_id is None else Thing(TrackId(self.track_id))


class ReviewDecide(OneByOne[DecisionData]):
    """The catalogue is locked for it because other playlists may hold the same claim: nobody else has any of
    them locked then."""

    data: ClassVar[type[DecisionData]] = DecisionData
    needs_catalogue: ClassVar[bool] = True

    async def take(self, work: Work, event: Event[DecisionData]) -> Outcome:
        made = await decide(work.connection, work.caller, event.data.id, event.data.choice, work.told)
        canonical = {"claim_id": str(made.claim_id), "track_id": _text(made.track_id)}
        if made.thing is not None and made.thing.source is not None:
            canonical |= {"source": made.thing.source, "source_id": made.thing.source_id}
        return applied(canonical) if made.stands else superseded(canonical)


def _text(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)


TYPES: Mapping[str, Handler[Any]] = {
    "track.edit": TrackEdit(),
    "download.request": DownloadRequest(),
    "review.decide": ReviewDecide(),
}
