"""reportPlayback and getNowPlaying."""

from typing import Any

import pytest

from mcma_plugins.playing import PlaybackReport, PlayingState
from tests.subsonic import fakedata as data
from tests.subsonic.conftest import Ask
from tests.subsonic.fakeserver import FakeServer

SONG = f"tr-{data.track_id(1)}"
GOOD = {"mediaId": SONG, "mediaType": "song", "positionMs": "61000", "state": "playing"}


def test_reports_are_passed_on(ask: Ask, server: FakeServer) -> None:
    assert ask("reportPlayback", **GOOD)["status"] == "ok"
    more = {"state": "paused", "playbackRate": "1.25", "ignoreScrobble": "true"}
    assert ask("reportPlayback", **GOOD | more)["status"] == "ok"
    assert server.playing.reports == [
        PlaybackReport(data.track_id(1), PlayingState.PLAYING, 61_000, 1.0, True),
        PlaybackReport(data.track_id(1), PlayingState.PAUSED, 61_000, 1.25, False),
    ]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        *[({name: ""}, 10) for name in GOOD],
        ({"mediaType": "podcast"}, 70), ({"mediaType": "film"}, 70),
        ({"mediaId": f"al-{data.FULL.id}"}, 70), ({"mediaId": "7"}, 70), ({"mediaId": "tr-" + "0" * 36}, 70),
        ({"state": "PLAYING"}, 0), ({"state": "stalled"}, 0),
        *[({"positionMs": bad}, 0) for bad in ("-1", "1.5", "9" * 19, "ten")],
        *[({"playbackRate": bad}, 0) for bad in ("0", "-1", "nan", "inf", "1e3", "1,5", "9" * 400)],
        ({"ignoreScrobble": "maybe"}, 0),
    ],
)  # fmt: skip
def test_reports_that_are_none(ask: Ask, server: FakeServer, more: dict[str, str], code: int) -> None:
    assert ask("reportPlayback", **GOOD | more)["error"]["code"] == code
    assert server.playing.reports == []


def test_who_plays_what_and_where_it_is(ask: Ask) -> None:
    def shown() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ask("getNowPlaying")["nowPlaying"]["entry"]
        return found

    one, other = shown()
    assert (one["username"], one["playerName"], one["state"]) == ("gäst", "Amp", "playing")
    assert (one["positionMs"], one["playbackRate"]) == (61_500, 1.0)
    assert (one["minutesAgo"], type(other["minutesAgo"])) == (0, int)
    assert other["state"] == "paused" and other["minutesAgo"] > 100
    assert len({one["playerId"], other["playerId"]}) == 2
    assert [each["playerId"] for each in shown()] == [one["playerId"], other["playerId"]], "it stays"
