"""What is asked, what is taken for the track, and what comes of odd answers and bad days."""

from typing import Any
from uuid import UUID

import pytest

from mcma_lyrics import LyricsEnricher
from mcma_lyrics.enricher import SURE
from mcma_plugins import PermanentError, RetryLater
from mcma_plugins.enrichers import KnownCredit, KnownTrack
from mcma_plugins.ids import TrackId
from mcma_plugins.lrc import MAX_LYRICS
from mcma_plugins.testing import FakeRemote
from tests.lyrics.conftest import settings_of
from tests.support.lrclib import FakeLrclib
from tests.support.webserver import Answer, saying

pytestmark = pytest.mark.anyio
ID = TrackId(UUID(int=1))
LRC = "[offset:+500]\n[00:01.50][00:10.50]Oh <b>Sinnerman</b>\n[00:05.00]<00:05.00>where <00:05.40>you\n"
JSON = "application/json"


def known(
    title: str = "Sinnerman", artist: str = "Nina Simone", seconds: float = 200, **more: Any
) -> KnownTrack:
    return KnownTrack(ID, title, (KnownCredit(artist),), duration_ms=round(seconds * 1000), **more)


async def test_synced_ones_stay_synced(enricher: LyricsEnricher, lrclib: FakeLrclib) -> None:
    song = lrclib.add("Sinnerman", "Nina Simone", 200.4, "Pastel Blues", plain="Oh Sinnerman", synced=LRC)
    [found] = await enricher.track(known(album="Pastel Blues"))
    assert (found.ref, found.score, found.link) == (f"lrclib:{song['id']}", 0.99, None)
    assert found.tracks == {ID: {"lyrics": {"lang": "und", "plain": "Oh Sinnerman", "synced": [
        [1000, "Oh <b>Sinnerman</b>"], [4500, "where you", [[4500, "where", None], [4900, "you", None]]],
        [10_000, "Oh <b>Sinnerman</b>"],
    ]}}}  # fmt: skip
    [(path, names)] = lrclib.asked
    assert (path, names) == ("/api/get", {
        "track_name": "Sinnerman", "artist_name": "Nina Simone", "album_name": "Pastel Blues",
        "duration": "200",
    })  # fmt: skip
    assert lrclib.web.asked[0].headers["user-agent"] == "mcma-lyrics/1"


async def test_where_the_one_has_no_times_others_are_looked_for(
    enricher: LyricsEnricher, lrclib: FakeLrclib
) -> None:
    lrclib.add("Sinnerman", "Nina Simone", 200, "Pastel Blues")
    timed = lrclib.add("Sinnerman", "Nina Simone", 199, "Pastel Blues", synced=LRC)
    [found] = await enricher.track(known(album="Pastel Blues"))
    assert found.ref == f"lrclib:{timed['id']}"
    assert found.score >= SURE
    assert [path for path, _ in lrclib.asked] == ["/api/get", "/api/search"]


async def test_an_instrumental_is_known_to_have_none(enricher: LyricsEnricher, lrclib: FakeLrclib) -> None:
    lrclib.add("Sinnerman", "Nina Simone", instrumental=True)
    [found] = await enricher.track(known())
    assert found.tracks[ID] == {"lyrics": {"lang": "zxx", "plain": None, "synced": []}}
    assert found.score >= SURE


@pytest.mark.parametrize(
    ("ours", "theirs", "sure"),
    [
        (("Sinnerman", "Nina Simone", 200), ("sinnerman", "NINA SIMONE", 202), True),
        (("Café (2011 Remaster)", "Björk", 200), ("Cafe", "Bjork", 200), True),
        (("Rock & Roll", "Led Zeppelin", 200), ("Rock and Roll", "Led Zeppelin", 200), True),
        (("Song (feat. Guest)", "A", 200), ("Song", "A feat. Guest", 200), True),
        (("Don't", "A", 200), ("Dont", "A", 200), True),
        (("Sinnerman", "Nina Simone", 200), ("Sinnerman", "Nina Simone", 203), False),
        (("Sinnerman", "Nina Simone", 200), ("Sinnerman", "Nina Simone", 260), False),
        (("Sinnerman", "Nina Simone", 200), ("Sinnerman", "Nina Simone", None), False),
        (("Sinnerman", "Nina Simone", 0), ("Sinnerman", "Nina Simone", 200), False),
        (("Sinnerman", "Nina Simone", 200), ("Sinnerman", "Peter Tosh", 200), False),
        (("Sinnerman", "Prince", 200), ("Sinnerman", "Prince Buster", 200), False),
        (("Sinnerman", "Prince Buster", 200), ("Sinnerman", "Prince", 200), False),
        (("Sinnerman", "Nick Cave", 200), ("Sinnerman", "Nick Cave & The Bad Seeds", 200), True),
        (("Sinnerman", "Nick Cave and the Bad Seeds", 200), ("Sinnerman", "Nick Cave", 200), True),
        (("Sinnerman", "A", 200), ("Sinnerman", "A, B & C", 200), True),
        (("Sinnerman", "AC/DC", 200), ("Sinnerman", "AC", 200), False),
        (("Sinnerman", "Nina Simone", 200), ("Sinnermen", "Nina Simone", 200), False),
        (("Sinnerman", "Nina Simone", 200), ("Sinnerman (Live)", "Nina Simone", 200), False),
        (("Sinnerman (feat. B) [Live]", "Nina Simone", 200), ("Sinnerman", "Nina Simone", 200), False),
        (("Sinnerman - Remix", "Nina Simone", 200), ("Sinnerman", "Nina Simone", 200), False),
        (("Shine On (Parts 1-5)", "A", 200), ("Shine On (Parts 6-9)", "A", 200), False),
        (("???", "A", 200), ("!!!", "A", 200), False),
        (("夜に駆ける", "YOASOBI", 200), ("群青", "YOASOBI", 200), False),
        (("夜に駆ける", "YOASOBI", 200), ("夜に駆ける", "YOASOBI", 201), True),
    ],
)  # fmt: skip
async def test_another_song_is_not_taken(
    enricher: LyricsEnricher, lrclib: FakeLrclib, ours: Any, theirs: Any, sure: bool
) -> None:
    title, artist, seconds = theirs
    lrclib.careless = True
    lrclib.add(title, artist, seconds, synced=LRC)
    found = await enricher.track(known(*ours))
    assert [one.score >= SURE for one in found[:1]] == ([True] if sure else [False] if found else [])


@pytest.mark.parametrize("seconds", [0.2, 0.5, 3600.6, 9000])
async def test_lengths_that_lrclib_refuses_are_only_compared(
    enricher: LyricsEnricher, lrclib: FakeLrclib, seconds: float
) -> None:
    lrclib.add("Sinnerman", "Nina Simone", seconds, synced=LRC)
    [found] = await enricher.track(known(seconds=seconds))
    assert found.score >= SURE
    assert [path for path, _ in lrclib.asked] == ["/api/search"]


@pytest.mark.parametrize("track", [known(title="  "), KnownTrack(ID, "x"), known(artist=" ")])
async def test_without_names_nobody_is_asked(
    enricher: LyricsEnricher, lrclib: FakeLrclib, track: KnownTrack
) -> None:
    assert await enricher.track(track) == ()
    assert lrclib.asked == []


async def test_answers_are_kept_also_that_there_are_none(
    enricher: LyricsEnricher, lrclib: FakeLrclib, remote: FakeRemote
) -> None:
    lrclib.add("Sinnerman", "Nina Simone", synced=LRC)
    first = [await enricher.track(known()), await enricher.track(known("Nothing"))]
    asked = len(lrclib.asked)
    assert (asked, len(remote.turns), len(remote.answers)) == (3, 3, 3)
    assert [await enricher.track(known()), await enricher.track(known("Nothing"))] == first
    assert len(lrclib.asked) == asked
    remote.answers = dict.fromkeys(remote.answers, b"damaged")
    assert await enricher.track(known()) == first[0]


WRONG_SHAPES: list[Any] = [
    b"null", b"3", b'"text"', b"[[]]", b'{"lyrics": "no id"}', b"[1, 2]",
]  # fmt: skip


@pytest.mark.parametrize("content", WRONG_SHAPES)
async def test_what_is_no_answer_is_asked_again_later(
    enricher: LyricsEnricher, lrclib: FakeLrclib, remote: FakeRemote, content: bytes
) -> None:
    lrclib.fault = saying(200, content, content_type=JSON)
    with pytest.raises(RetryLater) as caught:
        await enricher.track(known())
    assert caught.value.stable_code == "bad_answer"
    assert remote.answers == {}


@pytest.mark.parametrize(
    ("fault", "code", "pause"),
    [
        (saying(429, b"{}", retry_after="120"), "rate_limited", 120.0),
        (saying(429), "rate_limited", 60.0),
        (saying(503, b"", retry_after="7"), "unreachable", 7.0),
        (saying(502), "unreachable", None),
        (saying(200, b"<html><script>alert(1)</script>", content_type="text/html"), "bad_answer", None),
        (saying(200, b"<!doctype html>", content_type=JSON), "bad_answer", None),
        (saying(200, b'[{"id": 1, "trackName": "Sinn', content_type=JSON), "bad_answer", None),
        (saying(200, b'{"id": 1', {"content-length": "500"}, content_type=JSON), "incomplete", None),
    ],
)  # fmt: skip
async def test_bad_days(
    enricher: LyricsEnricher,
    lrclib: FakeLrclib,
    remote: FakeRemote,
    fault: Answer,
    code: str,
    pause: float | None,
) -> None:
    lrclib.fault = fault
    with pytest.raises(RetryLater) as caught:
        await enricher.track(known())
    assert caught.value.stable_code == code
    assert remote.pauses == ({} if pause is None else {lrclib.url: pause})
    assert remote.answers == {}


async def test_who_may_not_be_asked_is_said_with_the_setting(lrclib: FakeLrclib, remote: FakeRemote) -> None:
    enricher = LyricsEnricher(settings_of(lrclib, allowed_hosts=[]), "1")
    enricher.share(remote)
    with pytest.raises(PermanentError) as caught:
        await enricher.track(known())
    assert (caught.value.stable_code, caught.value.hint) == (
        "misconfigured", "MCMA_PLUGIN_LYRICS_ALLOWED_HOSTS=host:port",
    )  # fmt: skip
    await enricher.aclose()


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "1"}, {"id": True}, {"id": -1}, {"id": 2**70}, {"trackName": None, "name": 7},
        {"plainLyrics": ["a"], "syncedLyrics": {"a": 1}}, {"plainLyrics": "", "syncedLyrics": "  "},
        {"plainLyrics": None, "syncedLyrics": "[00:01.00]\n[00:02.00] "},
        {"instrumental": "yes", "plainLyrics": 3},
    ],
)  # fmt: skip
async def test_songs_that_say_nothing(
    enricher: LyricsEnricher, lrclib: FakeLrclib, odd: dict[str, Any]
) -> None:
    lrclib.careless = True
    lrclib.add("Sinnerman", "Nina Simone", **{"plainLyrics": None, "syncedLyrics": None, **odd})
    assert await enricher.track(known()) == []


async def test_hostile_words_are_words(enricher: LyricsEnricher, lrclib: FakeLrclib) -> None:
    nasty = "<script>alert(1)</script>\0\x1b[2J\ud800 &amp; \u202e" + "x" * 3_000_000
    lrclib.add(
        "Sinnerman", "Nina Simone", plain=nasty, synced="[99:99.99]a\n[1:2]b\n[00:61.00]<99:00>c\n[x]d"
    )
    [found] = await enricher.track(known())
    words = found.tracks[ID]["lyrics"]
    assert words["plain"].startswith("<script>alert(1)</script>[2J &amp;")
    assert len(words["plain"]) <= MAX_LYRICS
    assert all(isinstance(at, int) and at >= 0 for at, *_ in words["synced"])


async def test_more_than_is_taken_is_refused(enricher: LyricsEnricher, lrclib: FakeLrclib) -> None:
    lrclib.add("Sinnerman", "Nina Simone", plain="x" * 5_000_000)
    with pytest.raises(PermanentError) as caught:
        await enricher.track(known())
    assert caught.value.stable_code == "too_large"


async def test_each_text_is_offered_once_and_few_of_them(
    enricher: LyricsEnricher, lrclib: FakeLrclib
) -> None:
    for number in range(30):
        lrclib.add(
            "Sinnerman", "Nina Simone", 204 + number % 2, f"Best of {number}", plain=f"words {number // 2}"
        )
    found = await enricher.track(known())
    assert len(found) == 5
    texts = [one.tracks[ID]["lyrics"]["plain"] for one in found]
    assert len(set(texts)) == 5


async def test_several_artists(enricher: LyricsEnricher, lrclib: FakeLrclib) -> None:
    lrclib.add("Song", "B & A", 200, synced=LRC)
    lrclib.add("Song", "A", 200, synced=LRC.replace("Oh", "Ah"))
    track = KnownTrack(ID, "Song", (KnownCredit("A"), KnownCredit("B")), duration_ms=200_000)
    [found] = await enricher.track(track)
    assert found.score >= SURE
    assert lrclib.asked[0][1]["artist_name"] == "A, B"
