"""Importing: what is found, what waits, and what comes later. Exporting: everything, in order."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from mcma.domain.claiming import Link
from mcma.domain.errors import Forbidden
from mcma.services.claims.claims import fetched
from mcma.services.playlists.playlist_files import PlaylistFiles
from mcma.services.playlists.playlists import PlaylistService
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.queries.people import delete_user
from mcma.store.tables.catalogue import source_refs
from mcma.store.tables.listening import claims, playlists
from mcma.store.tables.matching import match_decisions
from mcma.store.tables.people import users
from mcma_plugins.ids import PlaylistId, TrackId
from mcma_plugins.values import Caller
from tests.support.catalogue import EPOCH, a_user, insert, listener_of
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    """Three tracks, one with codes."""
    made = await Music(database, tmp_path / "music").create()
    made.put("Anna/First/01 Song.mp3", title="Song", artist="Anna", album="First", isrc="USPR36507329")
    made.put("Anna/First/02 Tune.mp3", title="Tune", artist="Anna", album="First")
    made.put("Björk/Jóga.mp3", title="Jóga", artist="Björk", album="Homogenic")
    await made.scan()
    return made


@pytest.fixture
async def user(database: Database, music: Music) -> Caller:
    return await listener_of(database, music.id)


@pytest.fixture
def service(database: Database) -> PlaylistService:
    return PlaylistService(database)


@pytest.fixture
def files(database: Database, service: PlaylistService) -> PlaylistFiles:
    return PlaylistFiles(database, service)


async def shown(service: PlaylistService, caller: Caller, id_: PlaylistId) -> list[str]:
    """Titles; those that wait in brackets."""
    entries = await service.entries(caller, id_)
    return [one.track.title if one.track else f"({one.claim and one.claim.title})" for one in entries]


async def test_lines_are_found_by_path_code_and_name(
    music: Music, user: Caller, files: PlaylistFiles, service: PlaylistService
) -> None:
    text = f"""#EXTM3U
#PLAYLIST:Mixed
{music.root}/Anna/First/01 Song.mp3
/mnt/other/Anna/First/02 Tune.mp3
Z:\\BJORK\\joga.MP3
#EXTINF:0,Anna - tune
nowhere/at/all.mp3
#EXTINF:99,Nobody - Nothing
x/y.mp3
"""
    report = await files.read(user, text.encode())
    assert (report.entries, report.matched) == (5, 4)
    assert report.methods == {"path": 2, "path_folded": 1, "name": 1}
    [lost] = report.unmatched
    assert (lost.line, lost.title, lost.artist, lost.path, lost.reason) == (
        9, "Nothing", "Nobody", "x/y.mp3", "unknown",
    )  # fmt: skip
    assert (report.playlist.name, report.playlist.song_count) == ("Mixed", 4)
    assert await shown(service, user, report.playlist.id) == ["Song", "Tune", "Jóga", "Tune", "(Nothing)"]


async def test_codes_and_ids(music: Music, user: Caller, files: PlaylistFiles) -> None:
    song = await music.track("Song")
    text = f"""<playlist xmlns="http://xspf.org/ns/0/"><trackList>
    <track><identifier>urn:isrc:USPR36507329</identifier><title>Whatever</title></track>
    <track><identifier>urn:mcma:track:{song.id}</identifier></track>
    <track><identifier>urn:mcma:track:{new_id()}</identifier><title>Gone</title></track>
    </trackList></playlist>"""
    report = await files.read(user, text.encode(), name="Codes")
    assert (report.methods, report.matched) == ({"isrc": 1, "id": 1}, 2)


async def test_relative_paths_start_where_the_file_lay(
    music: Music, user: Caller, files: PlaylistFiles, service: PlaylistService
) -> None:
    text = b"First/01 Song.mp3\n../Bj\xc3\xb6rk/J\xc3\xb3ga.mp3\n"
    for folder in (b"Anna", str(music.root / "Anna").encode()):
        report = await files.read(user, text, folder=folder)
        assert (report.matched, report.methods) == (2, {"path": 2})
    alone = await files.read(user, b"01 Song.mp3\n")
    assert alone.matched == 0, "a name alone says nothing"


async def test_what_may_be_two_things_is_neither(
    database: Database, music: Music, user: Caller, files: PlaylistFiles
) -> None:
    music.put("Anna/Live/01 Song.mp3", title="Song", artist="Anna", album="Live")
    await music.scan()
    report = await files.read(user, b"#EXTINF:0,Anna - Song\nx.mp3\n")
    assert [one.reason for one in report.unmatched] == ["ambiguous"]
    chosen = await files.read(user, b"#EXTINF:0,Anna - Song\n#EXTALB:Live\nx.mp3\n")
    assert chosen.matched == 1


async def test_others_libraries_are_not_matched(
    database: Database, music: Music, files: PlaylistFiles, service: PlaylistService
) -> None:
    row, stranger = a_user("stranger")
    async with database.write() as transaction:
        await insert(transaction.connection, users, [row])
    path = f"{music.root}/Anna/First/01 Song.mp3"
    report = await files.read(stranger, f"#EXTINF:0,Anna - Song\n{path}\n".encode())
    assert report.matched == 0
    music.put("Anna/First/03 More.mp3", title="More", artist="Anna", album="First")
    music.retag("Anna/First/01 Song.mp3", comment="again")
    await music.scan()
    assert await shown(service, stranger, report.playlist.id) == ["(Song)"]


async def test_what_waits_gets_its_track_when_it_arrives(
    database: Database, music: Music, user: Caller, files: PlaylistFiles, service: PlaylistService
) -> None:
    text = "\n".join(
        [
            "#EXTINF:0,Carla - Late", "z/unknown.mp3",
            "#EXTINF:0,Anna - Song", f"{music.root}/Anna/First/01 Song.mp3",
            "Dora/Second/05 Path Only.mp3",
            "#EXTINF:0,Carla - Never", "z/never.mp3",
        ]
    )  # fmt: skip
    report = await files.read(user, text.encode())
    id_ = report.playlist.id
    assert await shown(service, user, id_) == ["(Late)", "Song", "(05 Path Only)", "(Never)"]
    before = await service.entries(user, id_)
    music.put("Carla/x.mp3", title="Late", artist="Carla feat. Eve", album="C")
    music.put("Dora/Second/05 Path Only.mp3", title="Something Else", artist="Dora", album="Second")
    music.put("Other/05 Path Only.mp3", title="Wrong", artist="Other", album="O")
    await music.scan()
    after = await service.entries(user, id_)
    assert await shown(service, user, id_) == ["Late", "Song", "Something Else", "(Never)"]
    assert [one.id for one in after] == [one.id for one in before]
    assert [one.claim and one.claim.match_method for one in after] == ["name", "path", "path", None]
    view = await service.playlist(user, id_)
    assert view.song_count == 3
    assert view.rev > report.playlist.rev


async def test_a_person_decides(
    database: Database, music: Music, user: Caller, files: PlaylistFiles, service: PlaylistService
) -> None:
    report = await files.read(user, b"#EXTINF:0,Carla - Late\nz/unknown.mp3\n")
    id_ = report.playlist.id
    [row] = await service.entries(user, id_)
    tune = await music.track("Tune")
    view = await service.decide(user, id_, row.id, TrackId(tune.id))
    assert (await shown(service, user, id_), view.song_count) == (["Tune"], 1)
    view = await service.decide(user, id_, row.id, None)
    assert (await shown(service, user, id_), view.song_count) == (["(Late)"], 0)
    music.put("Carla/x.mp3", title="Late", artist="Carla", album="C")
    await music.scan()
    assert await shown(service, user, id_) == ["(Late)"], "nothing automatic undoes what a person said"
    async with database.read() as connection:
        assert await connection.scalar(sa.select(claims.c.match_method)) == "person"


async def test_everybody_who_waits_gets_it(
    database: Database, music: Music, user: Caller, files: PlaylistFiles
) -> None:
    first = await files.read(user, b"#EXTINF:0,Carla - Late\nz.mp3\n")
    second = await files.read(user, b"#EXTINF:0,Carla - Late\nz.mp3\n")
    music.put("Carla/x.mp3", title="Late", artist="Carla", album="C")
    await music.scan()
    async with database.read() as connection:
        query = sa.select(playlists.c.song_count).where(
            playlists.c.id.in_([first.playlist.id, second.playlist.id])
        )
        assert list(await connection.scalars(query)) == [1, 1]


async def test_what_several_wait_for_is_decided_once_for_each(
    database: Database, music: Music, user: Caller, files: PlaylistFiles
) -> None:
    row, boss = a_user("boss", is_admin=True)
    async with database.write() as transaction:
        await insert(transaction.connection, users, [row])
    for caller in (user, boss):
        await files.read(caller, b"title,artist,duration\nLate,Carla,0:06\n")
    music.put("Carla/x.mp3", title="Late", artist="Carla", album="C")
    await music.scan()
    async with database.read() as connection:
        owners = sa.select(claims.c.created_by).join(
            match_decisions, match_decisions.c.claim_id == claims.c.id
        )
        assert sorted(await connection.scalars(owners)) == sorted([user.user_id, boss.user_id])


@pytest.mark.parametrize("kind", ["m3u8", "m3u", "xspf", "jspf", "csv"])
async def test_what_is_exported_can_be_imported(
    music: Music, user: Caller, files: PlaylistFiles, service: PlaylistService, kind: str
) -> None:
    made = await files.read(
        user, b"Anna/First/01 Song.mp3\n#EXTINF:9,Nobody - Nothing\nx/y.mp3\nBj\xc3\xb6rk/J\xc3\xb3ga.mp3\n"
    )
    exported = await files.write(user, made.playlist.id, kind)
    assert exported.name == f"Imported.{kind}"
    assert str(music.root).encode() not in exported.data
    again = await files.read(user, exported.data, kind=kind)
    assert await shown(service, user, again.playlist.id) == ["Song", "(Nothing)", "Jóga"]
    streamed = await files.write(user, made.playlist.id, kind, paths="stream", base="http://host/api/v1")
    song = await music.track("Song")
    assert f"http://host/api/v1/tracks/{song.id}/stream".encode() in streamed.data
    assert b"token" not in streamed.data
    assert (await files.read(user, streamed.data, kind=kind)).matched == 2


TABLE = b"""Track name,Artist name,Album,Playlist name,Type,ISRC,Added at
Tune,Anna,First,Pop,Playlist,,2020-02-01T10:00:00Z
Something,Somebody,,Rock,Playlist,US-PR3-65-07329,
Never,Nobody,,Pop,Playlist,,
"""


async def test_a_table_with_several_playlists_makes_several(
    music: Music, user: Caller, files: PlaylistFiles, service: PlaylistService
) -> None:
    report = await files.read(user, TABLE, name="One name for all")
    [rock] = report.others
    assert (report.playlist.name, rock.playlist.name) == ("Pop", "Rock")
    assert (report.methods, rock.methods) == ({"name": 1}, {"isrc": 1})
    assert [one.line for one in report.unmatched] == [4]
    assert await shown(service, user, report.playlist.id) == ["Tune", "(Never)"]
    first, _ = await service.entries(user, report.playlist.id)
    assert first.added_at == datetime(2020, 2, 1, 10, tzinfo=UTC), "when it was put there, elsewhere"
    assert first.claim is not None
    assert (first.claim.title, first.claim.match_method) == ("Tune", "name")


async def test_a_match_that_is_wrong_is_put_right(
    music: Music, user: Caller, files: PlaylistFiles, service: PlaylistService
) -> None:
    report = await files.read(user, b"title,artist\nTune,Anna\n")
    [row] = await service.entries(user, report.playlist.id)
    song = await music.track("Song")
    await service.decide(user, report.playlist.id, row.id, TrackId(song.id))
    assert await shown(service, user, report.playlist.id) == ["Song"]


@pytest.mark.parametrize("kind", ["m3u8", "m3u", "xspf", "jspf", "csv"])
async def test_what_is_known_by_its_source_gets_its_track_when_that_came_from_there(
    database: Database, music: Music, user: Caller, files: PlaylistFiles, service: PlaylistService, kind: str
) -> None:
    """Of what Google Takeout lists nothing but the id is known."""
    report = await files.read(user, b"Video ID,Time Added\ndQw4w9WgXcQ,2024-01-15\nxxxxxxxxxxx,2024-01-16\n")
    id_ = report.playlist.id
    assert await shown(service, user, id_) == ["(?)", "(?)"]
    exported = await files.write(user, id_, kind)
    again = (await files.read(user, exported.data)).playlist.id
    song = await music.track("Song")
    link = Link("youtube", "dQw4w9WgXcQ")
    async with database.write() as transaction:
        row = {"id": new_id(), "source": link.source, "instance": "", "source_id": link.source_id.encode(),
               "display": link.source_id, "track_id": song.id, "created_at": EPOCH}  # fmt: skip
        await insert(transaction.connection, source_refs, [row])
        await fetched(transaction.connection, [link])
    assert await shown(service, user, id_) == ["Song", "(?)"]
    [first, second] = await service.entries(user, again)
    assert first.track is not None
    assert (first.claim and first.claim.match_method, second.claim and second.claim.source_id) == (
        "source", "xxxxxxxxxxx",
    )  # fmt: skip
    assert (await files.read(user, exported.data)).methods == {"source": 1}


async def test_paths_of_the_server_are_for_admins(
    database: Database, music: Music, user: Caller, files: PlaylistFiles, service: PlaylistService
) -> None:
    song = await music.track("Song")
    view = await service.create(user, "Mine", [TrackId(song.id)], public=True)
    with pytest.raises(Forbidden):
        await files.write(user, view.id, "m3u8", paths="native")
    row, boss = a_user("boss", is_admin=True)
    async with database.write() as transaction:
        await insert(transaction.connection, users, [row])
    exported = await files.write(boss, view.id, "m3u8", paths="native")
    assert f"{music.root}/Anna/First/01 Song.mp3\n".encode() in exported.data


async def test_names_that_are_no_unicode(
    database: Database, music: Music, user: Caller, files: PlaylistFiles, service: PlaylistService
) -> None:
    music.put("Odd/plain.mp3", title="Odd", artist="Odd", album="Odd")
    (music.root / "Odd" / "plain.mp3").rename(Path(str(music.root) + "/Odd/b\udcffd.mp3"))
    await music.scan()
    report = await files.read(user, b"/elsewhere/Odd/b\xffd.mp3\n/elsewhere/Odd/lost\xff.mp3\n")
    assert report.methods == {"path": 1}
    for kind in ("m3u8", "xspf", "jspf"):
        exported = await files.write(user, report.playlist.id, kind)
        assert (await files.read(user, exported.data, kind=kind)).matched == 1


async def test_many_lines(music: Music, user: Caller, files: PlaylistFiles, service: PlaylistService) -> None:
    lines = [f"#EXTINF:100,Artist {n} - Title {n}\nA/B/{n}.mp3" for n in range(1_999)]
    report = await files.read(user, "\n".join([*lines, "Anna/First/02 Tune.mp3"]).encode())
    assert (report.entries, report.matched, len(report.unmatched)) == (2_000, 1, 1000)
    page = await service.page(user, report.playlist.id, None, 3)
    assert [one.claim and one.claim.title for one in page.items] == ["Title 0", "Title 1", "Title 2"]
    copy = await service.duplicate(user, report.playlist.id)
    assert copy.song_count == 1


async def test_what_a_user_claimed_goes_with_the_user(
    database: Database, music: Music, user: Caller, files: PlaylistFiles, service: PlaylistService
) -> None:
    """All but what others have taken over."""
    shared = await files.read(user, b"#EXTINF:0,Carla - Late\nz.mp3\n", public=True)
    await files.read(user, b"#EXTINF:0,Dora - Later\ny.mp3\n")
    row, boss = a_user("boss", is_admin=True)
    async with database.write() as transaction:
        await insert(transaction.connection, users, [row])
    copy = await service.duplicate(boss, shared.playlist.id)
    async with database.write() as transaction:
        await delete_user(transaction.connection, user.user_id)
    async with database.read() as connection:
        assert list(await connection.scalars(sa.select(claims.c.title))) == ["Late"]
    assert await shown(service, boss, copy.id) == ["(Late)"]
