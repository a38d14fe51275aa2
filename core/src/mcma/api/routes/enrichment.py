"""What plugins know of music: asked for, looked at, taken, refused, and taken back. For administrators."""

from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Path, Query
from pydantic import Field, StringConstraints, model_validator
from starlette.responses import Response

from mcma.api import shapes, shapes_enrichment
from mcma.api.auth import Admin
from mcma.api.inputs import PAGE, Body, Cursor, Id, Limit, PathText, body
from mcma.api.openapi import area, told
from mcma.api.paging import items, last_id, last_place, packed, page
from mcma.api.respond import answer
from mcma.services.enriching.requesting import MOST_ITEMS, Selection
from mcma.services.enriching.reviews import Filter
from mcma.services.enriching.standings import StandingFilter
from mcma_plugins.values import ItemKind, ItemRef

router = area("/enrichment", "enrichment")
_ITEM = {"kind": "album", "id": "01935b2e-7b4f-7cc2-8000-000000000001"}
EnricherName = Annotated[
    Annotated[str, StringConstraints(max_length=100, pattern=r"^[a-z0-9_-]+$")] | None,
    Query(description="Only of this one."),
]
Outcome = Literal["review", "applied", "nothing", "kept", "refused", "undone", "superseded"]
State = Literal["waiting", "nothing", "review", "enriched", "failed"]
Status = Literal["pending", "enriched", "review", "failed"]


class Askable(StrEnum):
    ALBUM = "album"
    FOLDER = "folder"
    TRACK = "track"
    ARTIST = "artist"

    def ref(self, id_: UUID) -> ItemRef:
        return ItemRef(ItemKind(self.value), id_)


class EnrichmentItem(Body):
    model_config = body(_ITEM)
    kind: Askable
    id: UUID


class EnrichmentRequest(Body):
    """`items`, `library_id` (with a `folder` of it or without), or `everything`."""

    model_config = body({"items": [_ITEM]})
    items: list[EnrichmentItem] | None = Field(default=None, min_length=1, max_length=MOST_ITEMS)
    library_id: UUID | None = Field(default=None, description="All that lies in this library.")
    folder: PathText | None = Field(
        default=None, description="Of the library, relative to its root: only what lies in it and below."
    )
    everything: Literal[True] | None = Field(default=None, description="All that is here.")
    status: list[Status] | None = Field(
        default=None, max_length=4, description="Of a library or everything: only of these `metadata_status`."
    )
    enrichers: list[Annotated[str, Field(max_length=100)]] | None = Field(
        default=None, min_length=1, max_length=50, description="Only these; all without it."
    )
    dry_run: bool = Field(
        default=False,
        description="They are asked, and the job's `result` says what would come of it. Nothing is written. "
        "Each enricher is asked about at most 20 items; `more` in the result: there are others.",
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(way is not None for way in (self.items, self.library_id, self.everything)) != 1:
            raise ValueError("say one of items, library_id and everything")
        if self.folder is not None and self.library_id is None:
            raise ValueError("a folder is one of a library: say library_id")
        return self

    @property
    def selection(self) -> Selection:
        return Selection(
            [one.kind.ref(one.id) for one in self.items or ()], self.library_id, self.everything is True,
            self.status or (), self.enrichers, self.dry_run, self.folder,
        )  # fmt: skip


class Accepted(Body):
    model_config = body({"candidate_id": "01935b2e-7b4f-7cc2-8000-000000000002"})
    candidate_id: UUID = Field(description="Of this answer.")


class Refused(Body):
    model_config = body({})
    candidate_id: UUID | None = Field(default=None, description="This one alone; all of them without it.")


@router.get("", **told("How far enriching is, and why it waits", "EnrichmentOverview"))
async def get_enrichment(call: Admin) -> Response:
    """Each enricher, the one that counts most first: whether it runs, is paused or absent and why, and how
    many items stand where with it."""
    return items(await call.services.enrichment.overview(call.caller), shapes_enrichment.enricher)


@router.post("", **told("Have plugins asked what they know", "Job", 202))
async def start_enrichment(call: Admin, sent: EnrichmentRequest) -> Response:
    """Now, whatever was asked before; what is asked for by `items` goes before all else. A track on an album
    is asked about with its album, one without with its folder; of a `folder` all that lies in it now is asked
    about, by the albums that it is of. What a person took as theirs (`manual`) is left alone. The same, while
    it is asked about, is the job there is."""
    job_id = await call.services.enrichment.ask(call.caller, sent.selection)
    job = (await call.services.jobs.show(call.caller, job_id)).view
    return answer(shapes.job(job), 202, {"location": call.path(f"/jobs/{job_id}")})


@router.get("/runs", **told("List answers", "EnrichmentRunPage"))
async def list_enrichment_runs(
    call: Admin,
    outcome: Annotated[
        Outcome | None, Query(description="Only these: review is what people are asked about.")
    ] = None,
    enricher: EnricherName = None,
    kind: Annotated[Askable | None, Query(description="Only about these.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Response:
    """The latest first, each with its candidates and their reasons. Questions about what is not here
    (removed, or on a volume that is away) are left out; they are there again with it."""
    asked = Filter(outcome, enricher, None if kind is None else ItemKind(kind))
    found = await call.services.enrichment.page(call.caller, asked, last_id(cursor), limit)
    following = None if found.next is None else packed(str(found.next))
    return page(call.request, [shapes_enrichment.run(one) for one in found.items], following)


@router.get("/runs/{run_id}", **told("Show an answer, and what each candidate would change", "EnrichmentRun"))
async def get_enrichment_run(call: Admin, run_id: Id) -> Response:
    return answer(shapes_enrichment.run(await call.services.enrichment.show(call.caller, run_id)))


@router.post("/runs/{run_id}/accept", **told("Take a candidate", "EnrichmentRun"))
async def accept_enrichment(call: Admin, run_id: Id, sent: Accepted) -> Response:
    """Whatever was decided before. Where something was, the answer is of a new run. Only a person changes it
    then. 409: `manual` (release the item first), `merged` (of an artist: undo the merge first, or ask for the
    artist that it became), `taken`."""
    made = await call.services.enrichment.accept(call.caller, run_id, sent.candidate_id)
    return answer(shapes_enrichment.run(made))


@router.post("/runs/{run_id}/refuse", **told("Say that it is none of them", "EnrichmentRun"))
async def refuse_enrichment(call: Admin, run_id: Id, sent: Refused) -> Response:
    """What is refused is never taken by itself again, in no later answer either. 409 `taken`: undo it."""
    made = await call.services.enrichment.refuse(call.caller, run_id, sent.candidate_id)
    return answer(shapes_enrichment.run(made))


@router.post("/runs/{run_id}/undo", **told("Take back what was decided last", "EnrichmentRun"))
async def undo_enrichment(call: Admin, run_id: Id) -> Response:
    """The values that stood before stand again, and what was undone is not taken again by itself; what was
    refused is a question again. 409: `nothing_to_undo`, `not_last` (undo the later one first)."""
    return answer(shapes_enrichment.run(await call.services.enrichment.undo(call.caller, run_id)))


@router.get("/items", **told("List where items stand, and why", "EnrichmentItemPage"))
async def list_enrichment_items(
    call: Admin,
    state: Annotated[
        State | None, Query(description="Only these: nothing is what an enricher knows nothing of.")
    ] = None,
    enricher: EnricherName = None,
    kind: Annotated[Askable | None, Query(description="Only these.")] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Response:
    """One for each item and enricher, what came last to the library first. `review` only of what is here."""
    asked = StandingFilter(state, enricher, None if kind is None else ItemKind(kind))
    found = await call.services.enrichment.items(call.caller, asked, last_place(cursor), limit)
    following = None if found.next is None else packed(found.next[0], str(found.next[1]))
    return page(call.request, [shapes_enrichment.standing(one) for one in found.items], following)


@router.get("/items/{kind}/{item_id}", **told("Where an item stands with each enricher", "EnrichedItem"))
async def get_enriched_item(
    call: Admin,
    kind: Annotated[Askable, Path(description="album, folder, track or artist.")],
    item_id: Id,
) -> Response:
    """With every answer that is kept, the latest first; also of what is here no more."""
    return answer(shapes_enrichment.item(await call.services.enrichment.item(call.caller, kind.ref(item_id))))
