"""What is playing, as players report it (extension playbackReport) and as others see it."""

from datetime import UTC, datetime
from zlib import crc32

from mcma_plugins.ids import TrackId
from mcma_plugins.playing import NowPlaying, PlaybackReport, PlayingState
from mcma_plugins.values import ItemKind
from mcma_subsonic import shapes
from mcma_subsonic.call import Call, Node, endpoint
from mcma_subsonic.errors import invalid, not_found
from mcma_subsonic.params import Params

_MAX_POSITION = 2**53 - 1
_SONG = "song"


@endpoint(
    "reportPlayback",
    since="playbackReport",
    notes="A play is recorded when it ends, if half of the song or four minutes of it were heard; `scrobble` "
    "of the same play adds none. Reports are taken until half an hour after the planned end. No podcasts",
)
async def report_playback(call: Call) -> Node:
    params = call.params
    if params.text("mediaType") != _SONG:
        raise not_found("The podcast")
    report = PlaybackReport(
        TrackId(params.item("mediaId", ItemKind.TRACK).id),
        _state(params),
        params.integer("positionMs", 0, _MAX_POSITION),
        params.decimal("playbackRate", 1.0),
        not params.flag("ignoreScrobble", False),
    )
    await call.services.playing.report(call.caller, report)
    return {}


def _state(params: Params) -> PlayingState:
    try:
        return PlayingState(params.text("state"))
    except ValueError:
        raise invalid("Parameter 'state' must be starting, playing, paused or stopped.") from None


@endpoint(
    "getNowPlaying",
    since="1.0.0",
    notes="Of everybody, as far as the user may hear it; positions as of now",
)
async def get_now_playing(call: Call) -> Node:
    now = datetime.now(UTC)
    found = await call.services.playing.now_playing(call.caller)
    return {"nowPlaying": {"entry": [_entry(each, now) for each in found]}}


def _entry(view: NowPlaying, now: datetime) -> Node:
    minutes = max(0, int((now - view.reported_at).total_seconds() // 60))
    return shapes.song(view.track) | {
        "username": view.user,
        "minutesAgo": minutes,
        "playerId": _number(view),
        "playerName": view.client,
        "state": view.state.value,
        "positionMs": view.position_ms,
        "playbackRate": view.rate,
    }


def _number(view: NowPlaying) -> int:
    """The protocol wants a number that stays."""
    return crc32(f"{view.user}/{view.player}".encode()) >> 1
