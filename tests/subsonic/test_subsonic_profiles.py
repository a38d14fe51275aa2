"""What single clients need: who they are told by, and what they get."""

from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from mcma_subsonic.clients import PLAIN, PROFILES, profile_of
from tests.subsonic import fakedata as data
from tests.subsonic.conftest import Ask
from tests.subsonic.fakeserver import API_KEY, PICTURE, FakeServer

SONG = f"tr-{data.track_id(1)}"
SUBMUSIC = "SubMusic-v0.2.12-orestes [Garmin Forerunner 965]"
AT = datetime(2025, 7, 28, 7, 4, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("DSub", "DSub"), ("dsub", "DSub"), ("DSub 5.5.4", "DSub"), ("DSub/5", "DSub"),
        (SUBMUSIC, "SubMusic"),
        ("Amperfy", "Amperfy"), ("Amperfy-2.0", "Amperfy"),
        ("DSubX", None), ("My DSub", None), ("SubMusical", None), ("", None), ("x" * 100_000, None),
    ],
)  # fmt: skip
def test_names_and_what_follows_them(said: str, name: str | None) -> None:
    assert profile_of(said) is (PROFILES[name] if name else PLAIN)


def test_a_watch_gets_small_songs(ask: Ask) -> None:
    songs = ask("getPlaylist", id=f"pl-{data.MIX.id}", c=SUBMUSIC)["playlist"]["entry"]
    assert songs
    assert all("replayGain" not in song and "genres" not in song for song in songs)


@pytest.mark.parametrize(
    ("app", "sent"),
    [
        (SUBMUSIC, {"time": "1753686256"}), ("Amperfy", {"date": "1753686256"}),
        ("Amperfy", {"time": "1753686256"}), ("Amperfy", {"time": "1753686256000"}),
        ("Amperfy", {"time": "1753686256000", "date": "1"}), ("other", {"time": "1753686256000"}),
    ],
)  # fmt: skip
def test_plays_told_in_seconds(ask: Ask, server: FakeServer, app: str, sent: dict[str, str]) -> None:
    assert ask("scrobble", id=SONG, c=app, **sent)["status"] == "ok"
    assert [report.at for report in server.listening.reports] == [AT]


def test_others_mean_what_they_say(ask: Ask, server: FakeServer) -> None:
    ask("scrobble", id=SONG, c="other", time="1753686256")
    ask("scrobble", id=SONG, c="other", date="1753686256")
    at = [report.at for report in server.listening.reports]
    assert at == [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1753686256), None]


@pytest.mark.parametrize("mark", ["", "_0000000a"])
def test_a_client_makes_up_the_ids_of_covers(client: TestClient, mark: str) -> None:
    """DSub, and every fork of it before April 2026."""
    query = {"apiKey": API_KEY, "c": "DSub", "id": f"pl-pl-{data.MIX.id}{mark}"}
    assert client.get("/rest/getCoverArt", params=query).content == PICTURE
    again = client.get("/rest/getPlaylist", params={**query, "f": "json"}).json()
    assert again["subsonic-response"]["error"]["code"] == 70
