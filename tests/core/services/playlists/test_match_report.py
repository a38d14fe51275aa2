"""What is said of the lines of a playlist that came from elsewhere."""

from pathlib import Path

import pytest

from mcma.domain.errors import NotFound
from mcma.services.playlists.match_report import MatchReport, MatchReports
from mcma.services.playlists.playlist_files import PlaylistFiles
from mcma.services.playlists.playlists import PlaylistService
from mcma.store.engine import Database
from mcma.store.tables.people import users
from mcma_plugins.ids import PlaylistId, TrackId
from mcma_plugins.values import Caller
from tests.support.catalogue import a_user, insert, listener_of
from tests.support.scanning import Music
from tests.support.statements import counted

pytestmark = pytest.mark.anyio
TABLE = (
    b"title,artist,album,duration,isrc\nSong,Anna,First,0:01,USPR36507329\n"
    b"Tune,Anna,Another Album,0:01,\nNever,Nobody,,3:00,\nSong,Anna,,,\nLater,Carla,,,\n"
)


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    made = await Music(database, tmp_path / "music").create()
    made.put("Anna/First/01 Song.mp3", title="Song", artist="Anna", album="First", isrc="USPR36507329")
    made.put("Anna/First/02 Tune.mp3", title="Tune", artist="Anna", album="First")
    await made.scan()
    return made


@pytest.fixture
async def user(database: Database, music: Music) -> Caller:
    return await listener_of(database, music.id)


@pytest.fixture
def service(database: Database) -> PlaylistService:
    return PlaylistService(database)


@pytest.fixture
async def playlist(database: Database, service: PlaylistService, user: Caller) -> PlaylistId:
    report = await PlaylistFiles(database, service).read(user, TABLE)
    return report.playlist.id


@pytest.fixture
def reports(database: Database, service: PlaylistService) -> MatchReports:
    return MatchReports(database, service)


def titles(report: MatchReport) -> list[str]:
    return [one.entry.claim.title for one in report.items if one.entry.claim]


async def test_rows_are_told_apart_with_what_speaks_for_them(
    music: Music, user: Caller, playlist: PlaylistId, reports: MatchReports, service: PlaylistService
) -> None:
    song = await music.track("Song")
    await service.edit(user, playlist, add=[TrackId(song.id)])
    report = await reports.report(user, playlist)
    assert report.counts == (3, 0, 2, {"isrc": 1, "name": 2})
    assert titles(report) == ["Song", "Tune", "Never", "Song", "Later"], "nobody claimed the row of a track"
    assert [one.state for one in report.items] == ["matched", "matched", "missing", "matched", "missing"]
    first, second, third, *_ = report.items
    assert {one.field: one.score for one in first.reasons}.items() >= {"title": 1.0, "isrc": 1.0}.items()
    album = next(one for one in second.reasons if one.field == "album")
    assert album.score is not None
    assert album.score < 1.0
    assert third.reasons == ()


async def test_one_kind_of_rows_is_paged_alone(
    user: Caller, playlist: PlaylistId, reports: MatchReports
) -> None:
    first = await reports.report(user, playlist, "matched", None, 2)
    assert first.next is not None
    second = await reports.report(user, playlist, "matched", first.next, 2)
    assert (titles(first), titles(second), second.next) == (["Song", "Tune"], ["Song"], None)
    missing = await reports.report(user, playlist, "missing", None, 1)
    assert (titles(missing), missing.counts.missing) == (["Never"], 2)


async def test_it_follows_what_arrives_and_what_a_person_says(
    music: Music, user: Caller, playlist: PlaylistId, reports: MatchReports, service: PlaylistService
) -> None:
    music.put("Carla/x.mp3", title="Later", artist="Carla", album="C")
    await music.scan()
    tune = await music.track("Tune")
    row = (await reports.report(user, playlist, "missing")).items[0]
    await service.decide(user, playlist, row.entry.id, TrackId(tune.id))
    report = await reports.report(user, playlist)
    assert report.counts == (5, 0, 0, {"isrc": 1, "name": 3, "person": 1})


async def test_it_is_of_what_the_reader_sees(
    database: Database, user: Caller, playlist: PlaylistId, reports: MatchReports, service: PlaylistService
) -> None:
    row, stranger = a_user("stranger")
    async with database.write() as transaction:
        await insert(transaction.connection, users, [row])
    with pytest.raises(NotFound):
        await reports.report(stranger, playlist)
    await service.edit(user, playlist, public=True)
    report = await reports.report(stranger, playlist)
    assert (report.counts, titles(report)) == ((0, 0, 2, {}), ["Never", "Later"])


async def test_a_page_is_a_fixed_number_of_queries(
    database: Database, user: Caller, playlist: PlaylistId, reports: MatchReports
) -> None:
    with counted(database) as few:
        await reports.report(user, playlist, "missing", None, 1)
    with counted(database) as many:
        await reports.report(user, playlist)
    assert len(few) == len(many) <= 5
