"""What was played, and what is playing."""

from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import LARGEST_BATCH, Body, Count, Moment, body
from mcma.api.openapi import area, told
from mcma.api.paging import items
from mcma.api.respond import nothing
from mcma.api.routes.likes import SOURCE
from mcma.domain.playing import LONGEST_MS
from mcma.services.listening.playing import FASTEST, SLOWEST
from mcma_plugins.ids import TrackId
from mcma_plugins.playing import PlaybackReport, PlayingState
from mcma_plugins.values import ListenReport

router = area("", "listening")
_TRACK = "019353a0-0000-7000-8000-000000000004"
_PLAY = {"track_id": _TRACK, "at": "2026-11-20T18:30:00Z", "ms_played": 240_000}


class Play(Body):
    model_config = body(_PLAY)
    track_id: UUID
    at: Moment | None = Field(default=None, description="When it started; now by default.")
    ms_played: Count | None = Field(None, description="Left out: played to the end.")


class Plays(Body):
    model_config = body({"plays": [_PLAY]})
    plays: list[Play] = Field(max_length=LARGEST_BATCH)


class NowPlaying(Body):
    model_config = body({"track_id": _TRACK, "state": "playing", "position_ms": 61_000})
    track_id: UUID
    state: PlayingState | None = Field(
        default=None,
        description="starting, playing, paused or stopped. Left out: it plays from its start.",
    )
    position_ms: int = Field(default=0, ge=0, le=LONGEST_MS, description="In the track.")
    rate: float = Field(default=1.0, ge=SLOWEST, le=FASTEST, description="1 is the music's own speed.")
    counts: bool = Field(
        default=False,
        description="Record a play when it was heard for long enough: half of it, or four minutes.",
    )


@router.post("/plays", **told("Report what was played", status=204))
async def report_plays(call: SignedIn, sent: Plays) -> Response:
    """Each start of a track counts once, however often it is reported. Unknown tracks are skipped."""
    reports = [ListenReport(TrackId(one.track_id), one.at, one.ms_played) for one in sent.plays]
    if reports:
        await call.services.listening.listened(call.caller, reports, SOURCE)
    return nothing()


@router.get("/now-playing", **told("List what is playing", "PlayingList"))
async def list_now_playing(call: SignedIn) -> Response:
    """Of everybody, as far as I may see the tracks; the last report first, positions as of now."""
    return items(await call.services.playing.now_playing(call.caller), shapes.now_playing)


@router.put("/now-playing", **told("Say what I play", status=204))
async def set_now_playing(call: SignedIn, sent: NowPlaying) -> Response:
    """At every change of state, and now and then between. Positions between two reports are worked out. What
    ends is shown no more; without a word, a minute after its planned end."""
    track = TrackId(sent.track_id)
    if sent.state is None:
        await call.services.playing.announce(call.caller, track)
    else:
        report = PlaybackReport(track, sent.state, sent.position_ms, sent.rate, sent.counts)
        await call.services.playing.report(call.caller, report)
    return nothing()
