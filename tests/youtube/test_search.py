"""Search, show and contents, against a service that answers in the shapes of the real one."""

import pytest

from mcma_plugins.errors import PermanentError
from mcma_plugins.sources import SourceItem, SourceKind
from mcma_youtube import YouTube
from tests.youtube import answers
from tests.youtube.service import Service

pytestmark = pytest.mark.anyio
ONE, TWO = "dQw4w9WgXcQ", "-_4w9WgXcQa"
ARTIST, ALBUM, PLAYLIST = "UC" + "a" * 22, "MPREb_" + "b" * 11, "PL" + "p" * 32
COVER = "https://lh3.googleusercontent.com/p=w1200-h1200-l90-rj"


async def pages(source: YouTube, kind: SourceKind, source_id: str) -> list[list[SourceItem]]:
    return [list(page) async for page in source.contents(kind, source_id)]


async def test_songs(source: YouTube, service: Service) -> None:
    service.answers["two words"] = answers.search(
        "Songs", [answers.song(ONE, "First"), answers.song(TWO, "Second", length="1:02:03")]
    )
    first, second = await source.search("  two\n words ", SourceKind.TRACK, 10)
    assert first == SourceItem(
        SourceKind.TRACK, ONE, "First", artists=("Ana",), album="Sea", album_id=ALBUM, duration_ms=225_000,
        audio=first.audio, artwork_url=COVER, url=f"https://music.youtube.com/watch?v={ONE}",
    )  # fmt: skip
    assert second.duration_ms == 3_723_000
    assert first.audio is not None
    assert not first.audio.lossless
    assert service.headers[-1]["x-goog-visitor-id"] == "visitor"


async def test_more_than_a_page_is_asked_for_only_when_wanted(source: YouTube, service: Service) -> None:
    service.answers["x"] = answers.search("Songs", [answers.song(ONE, "First")], "tok")
    service.answers["tok"] = answers.more_found([answers.song(TWO, "Second")])
    assert len(await source.search("x", SourceKind.TRACK, 1)) == 1
    assert len(service.asked) == 1
    assert [one.title for one in await source.search("x", SourceKind.TRACK, 5)] == ["First", "Second"]


async def test_albums_artists_and_playlists(source: YouTube, service: Service) -> None:
    service.answers["x"] = answers.search("Albums", [answers.album(ALBUM, "Sea", "Ana", "2019")])
    (album,) = await source.search("x", SourceKind.ALBUM, 5)
    assert (album.title, album.artists, album.year, album.extra["type"]) == ("Sea", ("Ana",), 2019, "Album")
    service.answers["x"] = answers.search("Artists", [answers.artist(ARTIST, "Ana")])
    (artist,) = await source.search("x", SourceKind.ARTIST, 5)
    assert (artist.source_id, artist.title) == (ARTIST, "Ana")
    service.answers["x"] = answers.search("Playlists", [answers.playlist("VL" + PLAYLIST, "Mine", "Bo", 174)])
    (playlist,) = await source.search("x", SourceKind.PLAYLIST, 5)
    assert (playlist.source_id, playlist.artists, playlist.track_count) == (PLAYLIST, ("Bo",), 174)


async def test_nothing_found_is_no_error(source: YouTube, service: Service) -> None:
    service.answers["x"] = answers.NOTHING
    assert await source.search("x", SourceKind.TRACK, 5) == []
    assert await source.search(" \n ", SourceKind.TRACK, 5) == ()
    assert len(service.asked) == 1


async def test_what_has_no_id_is_left_out(source: YouTube, service: Service) -> None:
    service.answers["x"] = answers.search("Songs", [answers.song("--exec", "Bad"), answers.song(ONE, "Good")])
    assert [one.title for one in await source.search("x", SourceKind.TRACK, 5)] == ["Good"]


async def test_a_track_by_its_id(source: YouTube, service: Service) -> None:
    service.answers[ONE] = answers.watch_page(answers.queued(ONE, "First", "3:45"))
    found = await source.show(SourceKind.TRACK, ONE)
    assert (found.title, found.artists, found.album, found.year) == ("First", ("Ana",), "Sea", 2019)
    assert found.duration_ms == 225_000


async def test_the_video_of_a_song_is_itself(source: YouTube, service: Service) -> None:
    both = answers.with_counterpart(answers.queued(TWO, "Song", "3:00"), answers.queued(ONE, "Video", "4:00"))
    service.answers[ONE] = answers.watch_page(both)
    found = await source.show(SourceKind.TRACK, ONE)
    assert (found.source_id, found.title, found.duration_ms) == (ONE, "Video", 240_000)


async def test_an_album_with_its_tracks(source: YouTube, service: Service) -> None:
    rows = [answers.album_row(1, ONE, "First", "3:45"), answers.album_row(2, TWO, "Second", "0:59")]
    service.answers[ALBUM] = answers.album_page("Sea", "Ana", "2019", rows)
    shown = await source.show(SourceKind.ALBUM, ALBUM)
    assert (shown.title, shown.artists, shown.year, shown.track_count) == ("Sea", ("Ana",), 2019, 2)
    ((first, second),) = await pages(source, SourceKind.ALBUM, ALBUM)
    assert (first.album, first.album_id, first.year, first.track_number) == ("Sea", ALBUM, 2019, 1)
    assert (second.title, second.artists, second.duration_ms) == ("Second", ("Ana",), 59_000)


async def test_an_album_by_the_list_of_its_songs(source: YouTube, service: Service) -> None:
    songs = "OLAK5uy_" + "s" * 33
    service.answers[songs] = {"page": f'<script>initialData.push("{ALBUM}")</script>'}
    service.answers[ALBUM] = answers.album_page(
        "Sea", "Ana", "2019", [answers.album_row(1, ONE, "A", "3:45")]
    )
    assert (await source.show(SourceKind.ALBUM, songs)).source_id == songs
    ((track,),) = await pages(source, SourceKind.ALBUM, songs)
    assert track.album_id == ALBUM
    service.answers[songs] = {"page": "<p>nothing</p>"}
    with pytest.raises(PermanentError) as caught:
        await source.show(SourceKind.ALBUM, songs)
    assert caught.value.stable_code == "not_found"


async def test_a_playlist_page_by_page(source: YouTube, service: Service) -> None:
    service.answers["VL" + PLAYLIST] = answers.playlist_page(
        "Mine", "Bo", 5, [answers.playlist_row(ONE, "1"), answers.playlist_row(None, "gone")], "tok1"
    )
    service.answers["tok1"] = answers.next_rows([answers.playlist_row(TWO, "3")], "tok2")
    service.answers["tok2"] = answers.next_rows([answers.playlist_row(ONE, "4")])
    shown = await source.show(SourceKind.PLAYLIST, PLAYLIST)
    assert (shown.title, shown.artists, shown.track_count) == ("Mine", ("Bo",), 5)
    asked = len(service.asked)
    stream = source.contents(SourceKind.PLAYLIST, PLAYLIST)
    first = await anext(stream)
    assert [(one.title, one.fetchable) for one in first] == [("1", True), ("gone", False)]
    assert len(service.asked) == asked + 1, "the next page is asked for when it is wanted"
    assert first[1].source_id == "gone:1"
    assert not source.accepts(SourceKind.TRACK, first[1].source_id)
    assert [[one.title for one in page] async for page in stream] == [["3"], ["4"]]


async def test_a_playlist_that_leads_back_to_itself_ends(source: YouTube, service: Service) -> None:
    rows = [answers.playlist_row(ONE, "1")]
    service.answers["VL" + PLAYLIST] = answers.playlist_page("Mine", "Bo", 1, rows, "tok")
    service.answers["tok"] = answers.next_rows(rows, "tok")
    assert len(await pages(source, SourceKind.PLAYLIST, PLAYLIST)) == 2


async def test_an_artist_with_all_albums(source: YouTube, service: Service) -> None:
    some, all_of_them = [answers.card(ALBUM, "Sea", "2019")], "MPAD" + ARTIST
    more = answers.card("MPREb_" + "c" * 11, "Land", "2021")
    single = answers.card("MPREb_" + "d" * 11, "Rain", "2022")
    shelves = [
        answers.carousel("Albums", some, all_of_them, "params"),
        answers.carousel("Singles & EPs", [single]),
    ]
    service.answers[ARTIST] = answers.artist_page(ARTIST, "Ana", shelves)
    service.answers[all_of_them] = answers.grid([*some, more])
    assert (await source.show(SourceKind.ARTIST, ARTIST)).title == "Ana"
    albums, singles = await pages(source, SourceKind.ARTIST, ARTIST)
    assert [(one.title, one.year, one.artists) for one in albums] == [
        ("Sea", 2019, ("Ana",)),
        ("Land", 2021, ("Ana",)),
    ]
    assert [one.title for one in singles] == ["Rain"]


async def test_a_channel_that_is_no_artist(source: YouTube, service: Service) -> None:
    service.answers[ARTIST] = answers.user_page("Somebody")
    assert (await source.show(SourceKind.ARTIST, ARTIST)).title == "Somebody"
    assert await pages(source, SourceKind.ARTIST, ARTIST) == [[], []]


@pytest.mark.parametrize("kind", SourceKind)
async def test_what_is_not_there(source: YouTube, service: Service, kind: SourceKind) -> None:
    known = {
        SourceKind.TRACK: ONE,
        SourceKind.ALBUM: ALBUM,
        SourceKind.ARTIST: ARTIST,
        SourceKind.PLAYLIST: PLAYLIST,
    }
    for source_id in (known[kind], "--exec", "a\nb"):
        with pytest.raises(PermanentError) as caught:
            await source.show(kind, source_id)
        assert caught.value.stable_code == "not_found"
    assert len(service.asked) == 1, "what cannot be an id is not asked for"
