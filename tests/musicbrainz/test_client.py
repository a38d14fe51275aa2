"""Asking MusicBrainz: each question once, and what happens on a bad day."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from mcma_musicbrainz.client import Client
from mcma_musicbrainz.enricher import MusicBrainz
from mcma_musicbrainz.service import MISSED_FOR
from mcma_plugins import PermanentError, PluginError, RetryLater
from mcma_plugins.enrichers import KnownArtist
from mcma_plugins.fetching import Times, Web
from mcma_plugins.ids import ArtistId
from mcma_plugins.testing import FakeRemote
from tests.support import musicbrainz_xml as xml
from tests.support.musicbrainz import FakeMusicBrainz, settings_of
from tests.support.musicbrainz_known import known
from tests.support.musicbrainz_places import ANN, FORMER
from tests.support.musicbrainz_world import Album, by, mbid
from tests.support.webserver import Answer, Request, Write, head, saying

pytestmark = pytest.mark.anyio
NOBODY = mbid("nobody")
NOT_FOUND = saying(404, xml.fault("Not Found"), content_type="application/xml; charset=UTF-8")


class Remembering(FakeRemote):
    """Knows for how long."""

    def __post_init__(self) -> None:
        self.kept: list[timedelta] = []

    async def remember(self, key: str, answer: bytes, keep: timedelta) -> None:
        self.kept.append(keep)
        await super().remember(key, answer, keep)


@pytest.fixture
def remote() -> Remembering:
    made = Remembering()
    made.__post_init__()
    return made


@pytest.fixture
async def client(fake: FakeMusicBrainz, remote: FakeRemote) -> AsyncIterator[Client]:
    web = Web(agent="mcma-test/1", allowed=fake.hosts, times=Times(connect=2, read=0.5, whole=2))
    yield Client(settings_of(fake, cache_days=7), web, remote)
    await web.aclose()


async def test_what_is_known_is_not_asked_for_again(
    fake: FakeMusicBrainz, client: Client, remote: Remembering
) -> None:
    wanted = fake.world.albums[0].editions[0]
    first, second = await client.release(wanted.mbid), await client.release(wanted.mbid)
    assert first == second
    assert first is not None
    assert [track.title for track in first.tracks][:2] == ["First Light", "Slow Train"]
    assert (len(fake.web.asked), remote.turns) == (1, [fake.web.address])
    assert remote.kept == [timedelta(days=7)]


async def test_what_is_not_there_is_remembered_for_a_shorter_time(
    fake: FakeMusicBrainz, client: Client, remote: Remembering
) -> None:
    assert [await client.release(NOBODY) for _ in range(2)] == [None, None]
    assert len(fake.web.asked) == 1
    assert remote.kept == [MISSED_FOR]


@pytest.mark.parametrize("wrong", ["", "no id at all", "../artist/" + NOBODY, NOBODY + "?inc=", "x" * 36])
async def test_what_is_no_id_is_not_asked_for(fake: FakeMusicBrainz, client: Client, wrong: str) -> None:
    """Tags have all kinds of things in place of ids, and whoever wrote them is no friend perhaps."""
    things = [await client.release(wrong), await client.recording(wrong), await client.artist(wrong)]
    assert things == [None, None, None]
    assert [*await client.editions(wrong), *await client.recordings_of(wrong)] == []
    assert not fake.web.asked


@pytest.mark.parametrize("code", ["NOABC9700001", "NO-ABC-97-00001", "no abc 97 00001"])
async def test_codes_of_recordings_as_people_write_them(client: Client, code: str) -> None:
    assert [one.title for one in await client.recordings_of(code)] == ["First Light"]


async def test_ids_that_were_merged(fake: FakeMusicBrainz, client: Client) -> None:
    """The answer has another id than was asked for."""
    album = fake.world.albums[0]
    song = album.editions[0].discs[0].slots[0].song
    fake.world.merged |= {mbid("song"): song.mbid, mbid("ann"): ANN.mbid, mbid("group"): album.mbid}
    release, recording = await client.release(FORMER), await client.recording(mbid("song"))
    artist, groups = await client.artist(mbid("ann")), await client.editions(mbid("group"))
    now = [one.mbid for one in (release, recording, artist) if one]
    assert now == [album.editions[0].mbid, song.mbid, ANN.mbid]
    assert {one.group.mbid for one in groups if one.group} == {album.mbid}


async def test_a_server_that_sends_merged_ids_on(fake: FakeMusicBrainz, client: Client) -> None:
    now = fake.world.albums[0].editions[0].mbid
    fake.faults[f"/ws/2/release/{FORMER}"] = saying(301, location=f"/ws/2/release/{now}")
    found = await client.release(FORMER)
    assert found is not None
    assert found.mbid == now


async def test_lists_go_on_behind_the_first_hundred(fake: FakeMusicBrainz, client: Client) -> None:
    album = fake.world.albums[0]
    first = album.editions[0]
    album.editions += [replace(first, mbid=mbid(number)) for number in range(110)]
    del album.editions[116:]
    found = await client.editions(album.mbid)
    assert len({one.mbid for one in found}) == 116
    assert ["offset=100" in one.target for one in fake.web.asked] == [False, True]


async def test_artists_with_more_albums_than_are_told_at_once(fake: FakeMusicBrainz, client: Client) -> None:
    fake.world.albums[:0] = [Album(f"Bootleg {one}", by(ANN)) for one in range(210)]
    pages = [page async for page in client.groups_of(ANN.mbid)]
    assert [len(page) for page in pages] == [100, 100, 12]
    assert [len([page async for page in client.groups_of(ANN.mbid, pages=1)])] == [1]


async def test_who_has_nothing_to_search_is_no_musicbrainz(
    fake: FakeMusicBrainz, enricher: MusicBrainz, remote: FakeRemote
) -> None:
    """Else a wrong address would be an answer about everything, that nothing is known of it."""
    fake.faults["/ws/2/"] = saying(404)
    album = known(fake.world.albums[0].editions[0])
    for work in (enricher.album(album), enricher.artist(KnownArtist(ArtistId(UUID(int=1)), "Ann Ash"))):
        with pytest.raises(RetryLater) as caught:
            await work
        assert (caught.value.stable_code, caught.value.hint) == (
            "misconfigured", "MCMA_PLUGIN_MUSICBRAINZ_BASE_URL")  # fmt: skip
    assert not remote.answers


@pytest.mark.parametrize(("status", "content", "kind"), [
    (404, b"", "text/plain"), (404, b"<html><h1>Not Found</h1></html>", "text/html"),
    (404, b'{"detail": "Not Found"}', "application/json"), (404, b'["error"]', "application/json"),
    (404, b'{"status": 404, "error": "Not Found", "path": "/ws/2"}', "application/json"),
    (404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml"), (404, b"<error", "application/xml"),
    (404, b"x" * 100_000, "text/plain"), (404, b"<error>" * 9_000, "application/xml"),
    (410, b"gone", "text/plain"), (400, b"", "text/plain"), (405, b"<html>", "text/html"),
])  # fmt: skip
async def test_a_wrong_address_is_no_word_about_an_id(
    fake: FakeMusicBrainz, client: Client, remote: FakeRemote, status: int, content: bytes, kind: str
) -> None:
    """Any web server says 404 of what it does not have."""
    fake.faults["/ws/2/"] = saying(status, content, content_type=kind)
    with pytest.raises(RetryLater) as caught:
        await client.release(NOBODY)
    assert caught.value.stable_code == "misconfigured"
    assert caught.value.hint == "MCMA_PLUGIN_MUSICBRAINZ_BASE_URL"
    assert fake.web.address in caught.value.message
    assert not remote.answers


async def test_a_mirror_that_speaks_json_of_what_is_not_there(fake: FakeMusicBrainz, client: Client) -> None:
    said = b'{"error": "Not Found", "help": "For usage, please see: https://musicbrainz.org/development/mmd"}'
    fake.faults["/ws/2/"] = saying(404, said, content_type="application/json")
    assert await client.release(NOBODY) is None


async def test_a_mirror_below_a_path(fake: FakeMusicBrainz, remote: FakeRemote) -> None:
    web = Web(agent="mcma-test/1", allowed=fake.hosts)
    mirror = settings_of(fake, base_url=fake.web.url("/mirrors/mb/"))
    fake.faults["/mirrors/mb/ws/2/"] = NOT_FOUND
    assert await Client(mirror, web, remote).release(NOBODY) is None
    await web.aclose()
    assert fake.web.asked[0].path == f"/mirrors/mb/ws/2/release/{NOBODY}"


async def test_whole_stories_in_place_of_titles(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    """An address has a length; what begins as the title does is found all the same."""
    album = known(fake.world.albums[0].editions[0])
    await enricher.album(replace(album, title='"Night" Songs: ' + "and (so) on " * 2000))
    for name in ("x" * 5000, "\u97f3" * 5000, "\U0001f3b5" * 5000):
        await enricher.artist(KnownArtist(ArtistId(UUID(int=1)), name))
    assert max(len(one.target) for one in fake.web.asked) < 3900


@pytest.mark.parametrize(("answer", "code", "pause"), [
    (saying(503, xml.fault("Rate limited"), retry_after="7"), "unreachable", 7),
    (saying(429), "rate_limited", 5),
    (saying(429, retry_after="60"), "rate_limited", 60),
    (saying(502, b"<html>", content_type="text/html"), "unreachable", None),
    (saying(200, b"<html>maintenance", content_type="text/html"), "bad_answer", None),
    (saying(200, b"<metadata", content_type="application/xml"), "bad_answer", None),
    (saying(200, b"", content_type="application/xml"), "bad_answer", None),
    (saying(200, b'{"id": 1}', content_type="application/json"), "bad_answer", None),
    (saying(200, b"\xff\xfe<\x00", content_type="application/xml"), "bad_answer", None),
    (saying(200, b'<!DOCTYPE x [<!ENTITY a "b">]><metadata>&a;</metadata>'), "bad_answer", None),
    (saying(200, content=b"<metadata>", content_length="100"), "incomplete", None),
])  # fmt: skip
async def test_a_bad_day(
    fake: FakeMusicBrainz, client: Client, remote: FakeRemote, answer: Answer, code: str, pause: float | None
) -> None:
    fake.faults["/ws/2/"] = answer
    with pytest.raises(RetryLater) as caught:
        await client.release(NOBODY)
    assert caught.value.stable_code == code
    assert remote.pauses == ({} if pause is None else {fake.web.address: pause})
    assert not remote.answers, "what went wrong is not kept"


async def test_who_asked_to_be_left_alone_is_left_alone(fake: FakeMusicBrainz, client: Client) -> None:
    fake.faults["/ws/2/"] = saying(503, retry_after="300")
    for _ in range(2):
        with pytest.raises(RetryLater):
            await client.release(NOBODY)
    with pytest.raises(RetryLater) as caught:
        await client.release(mbid("another"))
    assert (caught.value.stable_code, caught.value.after) == ("rate_limited", 300)
    assert len(fake.web.asked) == 1


async def test_an_answer_that_never_comes(fake: FakeMusicBrainz, client: Client) -> None:
    async def slow(_: Request, write: Write) -> None:
        await write(head(200, {"content-length": "9"}))
        await asyncio.Event().wait()

    fake.faults["/ws/2/"] = slow
    with pytest.raises(RetryLater) as caught:
        await client.release(NOBODY)
    assert caught.value.stable_code == "unreachable"


async def test_xml_that_is_as_deep_as_it_is_long(fake: FakeMusicBrainz, client: Client) -> None:
    inside = "<artist><relation-list target-type='artist'><relation>"
    bomb = inside * 3000 + "</relation></relation-list></artist>" * 3000
    fake.faults["/ws/2/"] = saying(content=xml.document(bomb), content_type="application/xml")
    with pytest.raises(RetryLater) as caught:
        await client.artist(NOBODY)
    assert caught.value.stable_code == "bad_answer"


async def test_a_server_at_home_has_to_be_allowed(fake: FakeMusicBrainz, remote: FakeRemote) -> None:
    web = Web(agent="mcma-test/1")
    with pytest.raises(PermanentError) as caught:
        await Client(settings_of(fake), web, remote).release(NOBODY)
    await web.aclose()
    assert caught.value.stable_code == "refused_address"
    assert not fake.web.asked


async def test_who_asks_says_who_it_is(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    await enricher.album(known(fake.world.albums[0].editions[0], ids=True))
    assert fake.web.asked[0].headers["user-agent"] == "mcma/0 ( test@example.org )"
    assert "cookie" not in fake.web.asked[0].headers


async def test_quotes_and_brackets_are_words_not_language(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    """The fake refuses a query it cannot read whole."""
    album = known(fake.world.albums[0].editions[0])
    for title in ('AC/DC: "Live"', "(What's the Story) Morning [Glory]?", "a AND b OR NOT c", "*", "~{}^+-!"):
        assert all(one.score < 0.9 for one in await enricher.album(replace(album, title=title)))


async def test_what_is_asked_while_the_plugin_is_stopped(
    enricher: MusicBrainz, fake: FakeMusicBrainz
) -> None:
    await enricher.aclose()
    with pytest.raises(PluginError):
        await enricher.album(known(fake.world.albums[0].editions[0]))


async def test_an_artist_with_all_that_is_known(client: Client) -> None:
    found = await client.artist(ANN.mbid)
    assert found is not None
    assert (found.begin, found.area, found.links) == ("1970-02-03", "Oslo", ("https://ann.example.org/",))
