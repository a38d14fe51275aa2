"""sonicSimilarity, which is there only with a plugin, and topSongsByArtistId."""

import pytest

from tests.subsonic import fakedata as data
from tests.subsonic.conftest import Ask
from tests.subsonic.fakeserver import FakeServer

SONG, OTHER = (f"tr-{data.track_id(number)}" for number in (1, 2))
ALBUM, ARTIST = f"al-{data.FULL.id}", f"ar-{data.artist_id(1)}"


def extensions(ask: Ask) -> set[str]:
    return {each["name"] for each in ask("getOpenSubsonicExtensions")["openSubsonicExtensions"]}


def test_it_is_offered_while_something_compares_sound(ask: Ask, server: FakeServer) -> None:
    assert "sonicSimilarity" in extensions(ask)
    server.sonic.available = False
    assert "sonicSimilarity" not in extensions(ask)
    for method, params in (("getSonicSimilarTracks", {"id": SONG}),
                           ("findSonicPath", {"startSongId": SONG, "endSongId": OTHER})):  # fmt: skip
        assert ask(method, **params)["error"] == {"code": 0, "message": "Nothing here knows how songs sound."}


def test_matches(ask: Ask) -> None:
    [match] = ask("getSonicSimilarTracks", id=SONG, count="1")["sonicMatch"]
    assert (match["entry"]["id"], match["similarity"]) == (OTHER, 0.75)
    assert ask("getSonicSimilarTracks", id=SONG, count="0")["sonicMatch"] == []
    path = ask("findSonicPath", startSongId=SONG, endSongId=OTHER)["sonicMatch"]
    assert [each["entry"]["id"] for each in path] == [SONG, OTHER]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("getSonicSimilarTracks", {}, 10), ("getSonicSimilarTracks", {"id": ALBUM}, 70),
        ("getSonicSimilarTracks", {"id": SONG, "count": "many"}, 0),
        ("findSonicPath", {"startSongId": SONG}, 10),
        ("findSonicPath", {"startSongId": SONG, "endSongId": "x"}, 70),
        ("getTopSongs", {"id": ALBUM}, 70), ("getTopSongs", {"id": "junk", "artist": "The Beetles"}, 70),
    ],
)  # fmt: skip
def test_what_is_no_question(ask: Ask, method: str, params: dict[str, str], code: int) -> None:
    assert ask(method, **params)["error"]["code"] == code


def test_top_songs_by_id_before_name(ask: Ask) -> None:
    assert len(ask("getTopSongs", id=ARTIST, artist="nobody at all", count="3")["topSongs"]["song"]) == 3
    assert ask("getTopSongs", id="", artist="nobody at all")["topSongs"]["song"] == []
    assert ask("getTopSongs")["topSongs"]["song"] == []
