"""Likes, ratings and plays."""

from collections.abc import Sequence
from datetime import datetime

from mcma_plugins.ids import TrackId
from mcma_plugins.values import ItemKind, ItemRef, ListenReport
from mcma_subsonic import clients, ids
from mcma_subsonic.call import Call, Node, endpoint
from mcma_subsonic.clients import Profile
from mcma_subsonic.errors import invalid, missing, not_found
from mcma_subsonic.params import Params

SOURCE = "subsonic"
"""Where listens say they come from."""


@endpoint(
    "star",
    since="1.8.0",
    notes="`id` may be of any kind. Ids that cannot exist are skipped beside ones that can",
)
async def star(call: Call) -> Node:
    await call.services.listening.like(call.caller, _likeable(call.params), True)
    return {}


@endpoint(
    "unstar",
    since="1.8.0",
    notes="`id` may be of any kind. Ids that cannot exist are skipped beside ones that can",
)
async def unstar(call: Call) -> Node:
    await call.services.listening.like(call.caller, _likeable(call.params), False)
    return {}


def _likeable(params: Params) -> list[ItemRef]:
    """`id` may be of any kind: many apps send everything there."""
    if not any(params.has(name) for name in ("id", "albumId", "artistId")):
        raise missing("id")
    found = params.known_items("id")
    found += params.known_items("albumId", ItemKind.ALBUM)
    found += params.known_items("artistId", ItemKind.ARTIST)
    if not found:
        raise not_found("The item")
    return found


@endpoint("setRating", since="1.6.0", notes="Songs, albums and artists; 0 takes the rating away")
async def set_rating(call: Call) -> Node:
    rating = call.params.integer("rating", 0, 5)
    await call.services.listening.rate(call.caller, call.params.item("id"), rating)
    return {}


@endpoint(
    "scrobble",
    since="1.5.0",
    notes="Many pairs of `id` and `time` at once; the same pair again is the same play. Without `time` it is "
    "about what the player plays or has just played, where it has told",
)
async def scrobble(call: Call) -> Node:
    """Many pairs of `id` and `time` at once: apps hand in what was heard offline."""
    pairs = _heard(call.params)
    if call.params.flag("submission", True):
        reports = [ListenReport(id_, at) for id_, at in pairs]
        await call.services.listening.listened(call.caller, reports, SOURCE)
    else:
        await call.services.playing.announce(call.caller, pairs[-1][0])
    return {}


def _heard(params: Params) -> list[tuple[TrackId, datetime | None]]:
    params.text("id")
    sent, times = params.texts("id"), _times(params, clients.profile_of(params.raw("c")))
    if times and len(times) != len(sent):
        raise invalid(f"{len(sent)} ids need as many times, not {len(times)}.")
    known = [_known(text) for text in sent]
    found = [(id_, at) for id_, at in zip(known, _padded(times, len(sent)), strict=True) if id_ is not None]
    if not found:
        raise not_found("The track")
    return found


def _times(params: Params, client: Profile) -> list[datetime]:
    name = next((one for one in client.time_names if params.has(one)), "time")
    return params.millis(name, or_seconds=client.counts_seconds)


def _known(text: str) -> TrackId | None:
    item = ids.parse(text)
    return TrackId(item.id) if item is not None and item.kind is ItemKind.TRACK else None


def _padded(times: Sequence[datetime], count: int) -> Sequence[datetime | None]:
    return times or [None] * count
