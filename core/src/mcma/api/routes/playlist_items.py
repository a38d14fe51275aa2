"""The rows of playlists. Each has an id of its own, so that two devices can move different ones at once."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import LARGEST_BATCH, PAGE, Body, Count, Cursor, Id, Limit, body
from mcma.api.openapi import area, told
from mcma.api.paging import last_place, packed, page
from mcma.api.routes._playlists import IfMatch, Rev, SeenRev, playlist_answer, seen
from mcma.services.claims.said import SaidRecording
from mcma.services.playlists.playlist_places import END, START, Place
from mcma.services.playlists.playlist_rows import NewItem
from mcma_plugins.ids import PlaylistId, PlaylistItemId, TrackId

router = area("/playlists/{playlist_id}/items", "playlists")
_TRACK = "019353a0-0000-7000-8000-000000000004"
_ITEM = "019353a0-0000-7000-8000-00000000000e"
_MOST = 10 * LARGEST_BATCH


class NewRow(Body):
    model_config = body({"id": _ITEM, "track_id": _TRACK})
    id: UUID | None = Field(
        default=None, description="Made by the client; a row that is or was there is left as it is."
    )
    track_id: UUID | None = None
    claim: SaidRecording | None = Field(
        default=None, description="Instead of a track: it waits in its place until there is one."
    )
    position: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = Field(
        default=None, description="A fraction in base 62 without trailing zeros; by default as `place` says."
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.track_id is None) == (self.claim is None):
            raise ValueError("say a track_id or a claim")
        return self

    def item(self) -> NewItem:
        track = None if self.track_id is None else TrackId(self.track_id)
        wanted = None if self.claim is None else self.claim.wanted()
        return NewItem(track, None, _item(self.id), self.position, wanted)


class Placed(Body):
    """Where to; one of these, or none for the end."""

    after: UUID | None = Field(default=None, description="A row to put them behind.")
    before: UUID | None = Field(default=None, description="A row to put them before.")
    index: Count | None = Field(default=None, description="The number that the first one gets, from 0.")

    def where(self, default: Place) -> Place:
        said = Place(self.after, self.before, self.index)
        return default if said == Place() else said


class NewItems(Placed):
    model_config = body({"track_ids": [_TRACK], "place": "end"})
    track_ids: list[UUID] = Field(default=[], max_length=_MOST)
    items: list[NewRow] = Field(
        default=[], max_length=_MOST, description="Instead, or behind them: with ids of their own."
    )
    place: Annotated[str, StringConstraints(pattern="^(start|end)$")] = "end"
    rev: SeenRev = None


class AllItems(Body):
    model_config = body({"track_ids": [_TRACK]})
    track_ids: list[UUID] = Field(max_length=_MOST)
    rev: SeenRev = None


class Move(Placed):
    model_config = body({"after": _ITEM})
    rev: SeenRev = None


class Moves(Placed):
    model_config = body({"item_ids": [_ITEM], "index": 0})
    item_ids: list[UUID] = Field(max_length=_MOST, description="In the order that they get.")
    rev: SeenRev = None


class Removal(Body):
    model_config = body({"item_ids": [_ITEM]})
    item_ids: list[UUID] = Field(max_length=_MOST)
    rev: SeenRev = None


@router.get("", **told("List the rows of a playlist", "PlaylistItemPage"))
async def list_playlist_items(
    call: SignedIn, playlist_id: Id, cursor: Cursor = None, limit: Limit = PAGE
) -> Response:
    """Rows of tracks that I may not see are left out; what waits for its track shows its `claim`."""
    after = last_place(cursor)
    found = await call.services.playlists.page(call.caller, PlaylistId(playlist_id), after, limit)
    more = None if found.next is None else packed(found.next[0], str(found.next[1]))
    return page(call.request, [shapes.playlist_item(one) for one in found.items], more)


@router.post("", **told("Add tracks to a playlist", "Playlist"))
async def add_playlist_items(
    call: SignedIn, playlist_id: Id, sent: NewItems, if_match: IfMatch = None
) -> Response:
    """Tracks that I cannot see are skipped; a claim finds its track now, or waits for it. Sending rows with
    ids again changes nothing."""
    rows = [NewItem(TrackId(one)) for one in sent.track_ids]
    rows += [one.item() for one in sent.items]
    made = await call.services.playlists.add(
        call.caller, PlaylistId(playlist_id), rows, sent.where(START if sent.place == "start" else END),
        expected_rev=seen(sent.rev, if_match),
    )  # fmt: skip
    return playlist_answer(made)


@router.put("", **told("Set the tracks of a playlist", "Playlist"))
async def replace_playlist_items(
    call: SignedIn, playlist_id: Id, sent: AllItems, if_match: IfMatch = None
) -> Response:
    """Rows of tracks that stay are kept, as are rows that wait for a track."""
    tracks = [TrackId(one) for one in sent.track_ids]
    made = await call.services.playlists.replace(
        call.caller, PlaylistId(playlist_id), tracks, expected_rev=seen(sent.rev, if_match)
    )
    return playlist_answer(made)


@router.delete("", **told("Remove all rows of a playlist", "Playlist"))
async def clear_playlist(
    call: SignedIn, playlist_id: Id, rev: Rev = None, if_match: IfMatch = None
) -> Response:
    """Also those that wait for a track."""
    made = await call.services.playlists.clear(
        call.caller, PlaylistId(playlist_id), expected_rev=seen(rev, if_match)
    )
    return playlist_answer(made)


@router.post("/move", **told("Move rows of a playlist", "Playlist"))
async def move_playlist_items(
    call: SignedIn, playlist_id: Id, sent: Moves, if_match: IfMatch = None
) -> Response:
    """All of them or none."""
    return await _moved(call, playlist_id, sent, sent.item_ids, END, if_match)


@router.post("/{item_id}/move", **told("Move a row of a playlist", "Playlist"))
async def move_playlist_item(
    call: SignedIn, playlist_id: Id, item_id: Id, sent: Move, if_match: IfMatch = None
) -> Response:
    """To the front by default."""
    return await _moved(call, playlist_id, sent, [item_id], START, if_match)


@router.post("/remove", **told("Remove rows from a playlist", "Playlist"))
async def remove_playlist_items(
    call: SignedIn, playlist_id: Id, sent: Removal, if_match: IfMatch = None
) -> Response:
    """Rows that are gone already are skipped."""
    gone = [PlaylistItemId(one) for one in sent.item_ids]
    made = await call.services.playlists.remove(
        call.caller, PlaylistId(playlist_id), gone, expected_rev=seen(sent.rev, if_match)
    )
    return playlist_answer(made)


@router.post("/dedupe", **told("Remove rows whose track stands further up", "Playlist"))
async def dedupe_playlist(
    call: SignedIn, playlist_id: Id, rev: Rev = None, if_match: IfMatch = None
) -> Response:
    made = await call.services.playlists.dedupe(
        call.caller, PlaylistId(playlist_id), expected_rev=seen(rev, if_match)
    )
    return playlist_answer(made)


@router.delete("/{item_id}", **told("Remove a row from a playlist", "Playlist"))
async def remove_playlist_item(
    call: SignedIn, playlist_id: Id, item_id: Id, rev: Rev = None, if_match: IfMatch = None
) -> Response:
    made = await call.services.playlists.remove(
        call.caller, PlaylistId(playlist_id), [PlaylistItemId(item_id)],
        expected_rev=seen(rev, if_match),
    )  # fmt: skip
    return playlist_answer(made)


class Decision(Body):
    model_config = body({"track_id": _TRACK})
    track_id: UUID | None = Field(description="Null: none of those that were found.")


@router.put("/{item_id}/track", **told("Say which track a row means", "Playlist"))
async def decide_playlist_item(call: SignedIn, playlist_id: Id, item_id: Id, sent: Decision) -> Response:
    """For rows with a `claim`. Nothing automatic changes it any more."""
    made = await call.services.playlists.decide(
        call.caller, PlaylistId(playlist_id), PlaylistItemId(item_id),
        None if sent.track_id is None else TrackId(sent.track_id),
    )  # fmt: skip
    return playlist_answer(made)


async def _moved(
    call: SignedIn, playlist_id: UUID, sent: Any, items: list[UUID], default: Place, if_match: int | None
) -> Response:
    made = await call.services.playlists.move(
        call.caller, PlaylistId(playlist_id), [PlaylistItemId(one) for one in items], sent.where(default),
        expected_rev=seen(sent.rev, if_match),
    )  # fmt: skip
    return playlist_answer(made)


def _item(id_: UUID | None) -> PlaylistItemId | None:
    return None if id_ is None else PlaylistItemId(id_)
