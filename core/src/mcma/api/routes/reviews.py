"""What claims mean: what people are asked, what they say, how it is taken back, and what is never taken."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field, model_validator
from starlette.responses import Response

from mcma.api import shapes_reviews as shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import PAGE, Body, Cursor, Id, Limit, body
from mcma.api.openapi import area, told
from mcma.api.paging import last_id, last_place, packed, page
from mcma.api.respond import answer, nothing
from mcma.domain.errors import InvalidInput
from mcma.services.matching.barring import NewBlock
from mcma.services.matching.reviews import Filter, Place
from mcma.services.matching.service import MOST_AT_ONCE, Choice
from mcma.services.matching.values import Thing
from mcma.services.wanted.fields import Note, SourceKey, SourceName
from mcma_plugins.ids import TrackId

router = area("/reviews", "reviews")
_SOME = {"candidate_id": "01935b2e-7b4f-7cc2-8000-000000000001"}


class Said(Body):
    """One of `candidate_id`, `track_id`, `source` with `source_id`, and `none`."""

    model_config = body(_SOME)
    candidate_id: UUID | None = Field(default=None, description="Of the review's candidates.")
    track_id: UUID | None = Field(default=None, description="Any track that the caller sees.")
    source: SourceName | None = Field(default=None, description="What is to be got, with `source_id`.")
    source_id: SourceKey | None = None
    none: Literal[True] | None = Field(default=None, description="It is none of those.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        ways = (self.candidate_id, self.track_id, self.source, self.none)
        if sum(way is not None for way in ways) != 1 or (self.source is None) != (self.source_id is None):
            raise ValueError("say one of candidate_id, track_id, source with source_id, and none")
        return self

    @property
    def thing(self) -> Thing | UUID | None:
        if self.track_id is not None:
            return Thing(TrackId(self.track_id))
        return self.candidate_id if self.source is None else Thing(None, self.source, self.source_id)


class SaidOfClaim(Said):
    model_config = body({"claim_id": "01935b2e-7b4f-7cc2-8000-000000000002", **_SOME})
    claim_id: UUID


class ManySaid(Body):
    model_config = body({"decisions": [{"claim_id": "01935b2e-7b4f-7cc2-8000-000000000002", **_SOME}]})
    decisions: list[SaidOfClaim] = Field(min_length=1, max_length=MOST_AT_ONCE)


class NewMatchBlock(Body):
    """`track_id`, or `source` with `source_id`."""

    model_config = body({"source": "youtube", "source_id": "dQw4w9WgXcQ", "note": "A bad copy"})
    track_id: UUID | None = None
    source: SourceName | None = None
    source_id: SourceKey | None = None
    claim_id: UUID | None = Field(default=None, description="Never for this claim; without it, never at all.")
    everybody: bool = Field(default=False, description="For everybody; administrators may.")
    note: Note | None = None


def _place(cursor: str | None) -> Place | None:
    held = last_place(cursor)
    if held is None:
        return None
    try:
        at = datetime.fromisoformat(held[0])
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidInput("This cursor is not one of this list.")
    return Place(at, held[1])


@router.get("", **told("List what people are asked", "ReviewPage"))
async def list_reviews(
    call: SignedIn,
    state: Annotated[Literal["open", "decided"] | None, Query(description="Only these.")] = None,
    kind: Annotated[
        Literal["track", "download"] | None,
        Query(description="track: which track it is; download: which thing of a source is to be got."),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Response:
    """My own, for administrators everybody's; the latest first. Each with all candidates that were
    compared, the rejected ones as well, and why."""
    found = await call.services.matching.page(call.caller, Filter(state, kind), _place(cursor), limit)
    end = found.next
    following = None if end is None else packed(end.created_at.isoformat(), str(end.claim_id))
    return page(call.request, [shapes.review(one) for one in found.items], following)


@router.post("/decide", **told("Decide many", "ReviewAnswers"))
async def decide_reviews(call: SignedIn, sent: ManySaid) -> Response:
    """Each for itself, with a result of its own, in the same order."""
    choices = [Choice(one.claim_id, one.thing) for one in sent.decisions]
    made = await call.services.matching.decide_many(call.caller, choices)
    return answer({"results": [shapes.review_answer(one) for one in made]})


@router.get("/blocks", **told("List what is never taken", "MatchBlockPage"))
async def list_match_blocks(call: SignedIn, cursor: Cursor = None, limit: Limit = PAGE) -> Response:
    """My own and those for everybody, for administrators all; the latest first."""
    found = await call.services.matching.blocks(call.caller, last_id(cursor), limit)
    following = packed(str(found[-1].id)) if len(found) == limit else None
    return page(call.request, [shapes.match_block(one) for one in found], following)


@router.post("/blocks", **told("Never take this one again", "MatchBlock", 201))
async def block_match(call: SignedIn, sent: NewMatchBlock) -> Response:
    """Nothing matches with it by itself any more; a person may still choose it. What was matched stays: undo
    it. The same again is the block there is."""
    thing = Thing(None if sent.track_id is None else TrackId(sent.track_id), sent.source, sent.source_id)
    block = NewBlock(thing, sent.claim_id, sent.everybody, sent.note)
    return answer(shapes.match_block(await call.services.matching.block(call.caller, block)), 201)


@router.delete("/blocks/{block_id}", **told("It may be taken again", status=204))
async def unblock_match(call: SignedIn, block_id: Id) -> Response:
    await call.services.matching.unblock(call.caller, block_id)
    return nothing()


@router.get("/{claim_id}", **told("Show what was compared with a claim", "Review"))
async def get_review(call: SignedIn, claim_id: Id) -> Response:
    """Of any claim of mine, also where nobody was asked (`state` none)."""
    return answer(shapes.review(await call.services.matching.show(call.caller, claim_id)))


@router.post("/{claim_id}/decide", **told("Say what a claim means", "Review"))
async def decide_review(call: SignedIn, claim_id: Id, sent: Said) -> Response:
    """Whatever was decided before; nothing automatic changes it any more. Rows of playlists, requests and
    plays follow."""
    return answer(
        shapes.review(await call.services.matching.decide(call.caller, Choice(claim_id, sent.thing)))
    )


@router.post("/{claim_id}/undo", **told("Take back what was decided last", "Review"))
async def undo_review(call: SignedIn, claim_id: Id) -> Response:
    """What stood before stands again, whether a person decided or the server. What was undone is not chosen
    again by itself. 409 `nothing_to_undo`."""
    return answer(shapes.review(await call.services.matching.undo(call.caller, claim_id)))
