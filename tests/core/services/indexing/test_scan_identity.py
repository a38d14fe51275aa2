"""A track is not its file: it survives rename, move, retag and replacement."""

import os
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from mcma.store.clock import new_id, utcnow
from mcma.store.tables.catalogue import artworks, file_problems, lyrics, recordings, track_files
from mcma.store.tables.listening import playlist_items, playlists
from tests.core.services.indexing.conftest import MakeMusic
from tests.support._library_sound import cover_of
from tests.support.scanning import Music, insert

pytestmark = pytest.mark.anyio

SONG: dict[str, Any] = {"title": "Song", "artist": "Anna", "album": "First", "tracknumber": 1}


async def test_a_first_scan_takes_everything_in(music: Music) -> None:
    music.put("a/1.mp3", **SONG, genre=["Rock", "Pop"], date="1997-06")
    report = await music.scan()
    assert (report.state, report.files, report.added, report.problems) == ("ok", 1, 1, 0)
    track = await music.track("Song")
    assert (track.artist, track.track, track.year, track.details["genres"]) == (
        "Anna",
        1,
        1997,
        ["Rock", "Pop"],
    )
    assert (await music.albums())["First"].artist == "Anna"
    [hook] = music.heard
    assert (hook[0], hook[1].library_id, hook[1].track_ids) == ("track_added", music.id, [track.id])


async def test_an_unchanged_rescan_does_nothing(music: Music) -> None:
    music.album("a", "one two three", artist="Anna", album="First")
    await music.scan()
    before = await music.files()
    music.heard.clear()
    report = await music.scan()
    assert (report.files, report.added, report.changed, report.missing) == (3, 0, 0, 0)
    assert await music.files() == before
    assert music.heard == []


CHANGES: dict[str, Callable[[Music], None]] = {
    "rename": lambda music: music.move("a/1.mp3", "a/Song.mp3"),
    "move": lambda music: music.move("a/1.mp3", "b/c/1.mp3"),
    "touch": lambda music: music.touch("a/1.mp3"),
    "retag": lambda music: music.retag("a/1.mp3", title="Song", comment="new"),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_track_survives(music: Music, change: str) -> None:
    music.put("a/1.mp3", **SONG)
    music.put("a/2.mp3", title="Other", artist="Anna", album="First", tracknumber=2)
    await music.scan()
    before = await music.track("Song")
    CHANGES[change](music)
    report = await music.scan()
    after = await music.track("Song")
    assert (after.id, after.created_at, report.added, report.changed) == (before.id, before.created_at, 0, 1)
    assert len(await music.files()) == 2
    same_bytes = change in ("rename", "move")
    assert (after.file_id == before.file_id) == same_bytes
    assert report.moved == (1 if same_bytes else 0)


async def test_a_track_survives_move_and_retag_at_once(music: Music) -> None:
    music.put("a/1.mp3", **SONG)
    await music.scan()
    before = await music.track("Song")
    music.move("a/1.mp3", "b/2.mp3")
    music.retag("b/2.mp3", title="Another")
    await music.scan()
    assert {row.id for row in (await music.tracks()).values()} == {before.id}
    assert (await music.track("Another")).file_id != before.file_id


async def test_files_that_are_renumbered_keep_their_tracks(music: Music) -> None:
    music.album("a", "one two three four", artist="Anna", album="First")
    await music.scan()
    before = {title: row.id for title, row in (await music.tracks()).items()}
    for number, title in ((4, "four"), (3, "three"), (2, "two"), (1, "one")):
        music.move(f"a/{number:02d} {title}.mp3", f"a/{number}.mp3")
    await music.scan()
    for number in (4, 3, 2, 1):
        music.move(f"a/{number}.mp3", f"a/{number + 1}.mp3")
    await music.scan()
    assert {title: row.id for title, row in (await music.tracks()).items()} == before


async def test_two_files_that_swap_their_names_swap_their_places(music: Music) -> None:
    music.album("a", "one two", artist="Anna", album="First")
    music.put("a/03 three.flac", fmt="flac", title="three", artist="Anna", album="First", tracknumber=3)
    await music.scan()
    before = {title: row.id for title, row in (await music.tracks()).items()}
    music.retag("a/02 two.mp3", comment="other mtime")
    await music.scan()
    music.move("a/01 one.mp3", "a/x.mp3")
    music.move("a/02 two.mp3", "a/01 one.mp3")
    music.move("a/x.mp3", "a/02 two.mp3")
    await music.scan()
    assert {title: row.id for title, row in (await music.tracks()).items()} == before


async def test_folders_that_are_shifted_keep_their_tracks(music: Music) -> None:
    """`mv a b; mv c a`: every place is taken by another file."""
    for folder in ("a", "c"):
        music.album(folder, f"{folder}one {folder}two", artist=folder, album=f"Album {folder}")
    await music.scan()
    before = {title: row.id for title, row in (await music.tracks()).items()}
    for number in (1, 2):
        word = {1: "one", 2: "two"}[number]
        music.move(f"a/{number:02d} a{word}.mp3", f"b/{number}.mp3")
        music.move(f"c/{number:02d} c{word}.mp3", f"a/{number:02d} a{word}.mp3")
    await music.scan()
    assert {title: row.id for title, row in (await music.tracks()).items()} == before


async def test_another_format_in_its_place_is_the_same_track(music: Music) -> None:
    music.put("a/1.mp3", **SONG)
    await music.scan()
    before = await music.track("Song")
    music.remove("a/1.mp3")
    music.put("a/1.flac", fmt="flac", **SONG)
    await music.scan()
    after = await music.track("Song")
    assert after.id == before.id
    [file] = await music.rows(track_files, track_files.c.missing_since.is_(None))
    assert (file.codec, file.id) == ("flac", after.file_id)


async def test_a_better_rip_of_the_same_format_is_the_same_track(music: Music) -> None:
    music.put("a/1.mp3", **SONG)
    await music.scan()
    before = await music.track("Song")
    music.remove("a/1.mp3")
    music.put("a/01 better.mp3", seconds=5, **SONG)
    await music.scan()
    after = await music.track("Song")
    assert (after.id, after.duration_ms > before.duration_ms) == (before.id, True)


async def test_a_file_that_another_has_taken_the_place_of_is_missing(music: Music) -> None:
    music.put("a/1.mp3", **SONG)
    music.put("b/1.mp3", title="Other", artist="Anna")
    await music.scan()
    other = await music.track("Other")
    (music.root / "b/1.mp3").replace(music.root / "a/1.mp3")
    report = await music.scan()
    found = await music.tracks()
    assert (report.missing, set(found), found["Other"].id) == (1, {"Other"}, other.id)
    report = await music.scan()
    assert (report.missing, report.changed, report.returned) == (0, 0, 0)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("first", ["mp3", "flac"])
async def test_two_formats_side_by_side_are_one_track(music: Music, together: bool, first: str) -> None:
    second = {"mp3": "flac", "flac": "mp3"}[first]
    music.put(f"a/1.{first}", fmt=first, **{**SONG, "comment": first})
    if not together:
        await music.scan()
    music.put(f"a/1.{second}", fmt=second, **{**SONG, "comment": second})
    await music.scan()
    track = await music.track("Song")
    files = {file.codec: file for file in await music.files()}
    assert files.keys() == {"mp3", "flac"}
    assert (track.file_id, track.comment) == (files["flac"].id, "flac")
    assert (await music.albums())["First"].song_count == 1

    music.remove("a/1.flac")
    await music.scan()
    after = await music.track("Song")
    assert (after.id, after.file_id, after.comment) == (track.id, files["mp3"].id, "mp3")


async def test_two_files_of_one_format_are_two_tracks(music: Music) -> None:
    music.put("a/1.mp3", **SONG)
    music.put("a/2.mp3", **SONG)
    await music.scan()
    assert (await music.albums())["First"].song_count == 2


async def test_a_cover_put_beside_is_seen(music: Music) -> None:
    music.put("a/1.mp3", **SONG)
    await music.scan()
    before = await music.track("Song")
    assert before.artwork_id is None
    (music.root / "a/cover.jpg").write_bytes(cover_of(1))
    report = await music.scan()
    after = await music.track("Song")
    assert (after.id, after.file_id, report.changed) == (before.id, before.file_id, 1)
    assert after.artwork_id is not None
    assert (await music.albums())["First"].artwork_id == after.artwork_id
    (music.root / "a/cover.jpg").unlink()
    await music.scan()
    assert (await music.track("Song")).artwork_id is None


@pytest.mark.parametrize("beside", [True, False])
async def test_a_picture_is_where_its_file_is_now(music: Music, beside: bool) -> None:
    music.put("a/1.mp3", cover=None if beside else cover_of(1), **SONG)
    if beside:
        (music.root / "a/cover.jpg").write_bytes(cover_of(1))
    await music.scan()
    music.move("a", "b")
    await music.scan()
    [row] = await music.rows(artworks)
    assert row.id == (await music.track("Song")).artwork_id
    assert row.path == os.fsencode(music.root / ("b/cover.jpg" if beside else "b/1.mp3"))


async def test_lyrics_are_those_of_the_file(music: Music) -> None:
    music.put("a/1.mp3", **SONG, lyrics="la la")
    await music.scan()
    assert [row.plain for row in await music.rows(lyrics)] == ["la la"]
    music.retag("a/1.mp3", lyrics="lo lo")
    await music.scan()
    assert [row.plain for row in await music.rows(lyrics)] == ["lo lo"]


async def test_a_missing_file_hides_its_track_and_comes_back(music: Music) -> None:
    music.put("a/1.mp3", **SONG)
    music.put("a/2.mp3", title="Other", artist="Berta", album="Second")
    await music.scan()
    before, album = await music.track("Song"), (await music.albums())["First"]
    user = await music.like(before.id)
    away = music.root.parent / "away.mp3"
    (music.root / "a/1.mp3").rename(away)
    report = await music.scan()
    assert report.missing == 1
    assert (await music.tracks()).keys() == {"Other"}
    assert (await music.albums()).keys() == {"Second"}
    assert await music.likes(user) == [before.id]

    away.rename(music.root / "a/1.mp3")
    report = await music.scan()
    assert (report.returned, report.added) == (1, 0)
    after = await music.track("Song")
    assert (after.id, after.file_id) == (before.id, before.file_id)
    assert (await music.albums())["First"].id == album.id
    assert await music.likes(user) == [before.id]


async def test_a_missing_file_that_comes_back_elsewhere_is_the_same_track(music: Music) -> None:
    music.put("a/1.mp3", **SONG)
    music.put("a/2.mp3", title="Other", artist="Berta")
    await music.scan()
    before = await music.track("Song")
    away = music.root.parent / "away.mp3"
    (music.root / "a/1.mp3").rename(away)
    await music.scan()
    (music.root / "b").mkdir()
    shutil.copyfile(away, music.root / "b/9.mp3")
    report = await music.scan()
    assert ((await music.track("Song")).id, report.added) == (before.id, 0)


async def test_a_copy_is_a_track_of_its_own_and_reported(music: Music) -> None:
    music.put("a/1.mp3", sound=1, **SONG)
    await music.scan()
    music.put("b/1.mp3", sound=1, title="Copy", artist="Anna")
    report = await music.scan()
    assert (report.added, report.problems) == (1, 1)
    [problem] = await music.rows(file_problems)
    assert (problem.reason, problem.path_display) == ("duplicate", "b/1.mp3")
    report = await music.scan()
    assert (report.problems, len(await music.rows(file_problems))) == (1, 1)
    music.remove("a/1.mp3")
    await music.scan()
    assert await music.rows(file_problems) == []


async def test_copies_of_one_scan_are_reported(music: Music) -> None:
    music.put("a/1.mp3", sound=1, **SONG)
    music.put("b/1.mp3", sound=1, title="Copy", artist="Anna")
    await music.scan()
    assert [row.path_display for row in await music.rows(file_problems)] == ["b/1.mp3"]


async def test_a_file_that_moves_to_another_library_keeps_its_track(make_music: MakeMusic) -> None:
    here, there = await make_music("here"), await make_music("there")
    here.put("a/1.mp3", **SONG)
    here.put("a/2.mp3", title="Stays", artist="Anna", album="First")
    there.put("x/1.mp3", title="Other", artist="Berta", album="Second")
    await here.scan()
    await there.scan()
    before = await here.track("Song")
    user = await here.like(before.id)
    item = await _on_a_playlist(here, user, before.id)
    shutil.copy2(here.root / "a/1.mp3", there.root / "moved.mp3")
    here.remove("a/1.mp3")
    await there.scan()
    after = await there.track("Song")
    assert (after.id, after.library_id) == (before.id, there.id)
    await here.scan()
    assert (await here.tracks()).keys() == {"Stays"}
    assert (await here.albums())["First"].song_count == 1
    assert (await there.albums()).keys() == {"Second", "First"}
    assert await there.likes(user) == [before.id]
    assert (await there.rows(playlist_items, playlist_items.c.id == item))[0].track_id == before.id


async def _on_a_playlist(music: Music, user: object, track: object) -> object:
    now, playlist, item = utcnow(), new_id(), new_id()
    await insert(
        music.database,
        playlists,
        {"id": playlist, "owner_id": user, "name": "P", "name_key": "p", "changed_at": now, "created_at": now,
         "updated_at": now},
    )  # fmt: skip
    row = {"id": item, "playlist_id": playlist, "track_id": track, "position": "a", "added_at": now,
           "created_at": now, "updated_at": now}  # fmt: skip
    await insert(music.database, playlist_items, {k: v for k, v in row.items() if k in playlist_items.c})
    return item


async def test_the_same_recording_on_two_albums_is_two_tracks(music: Music) -> None:
    mbid = "0f0f0f0f-1111-4222-8333-444444444444"
    music.put("a/1.mp3", **SONG, musicbrainz_trackid=mbid)
    music.put("b/1.mp3", **{**SONG, "title": "Again", "album": "Best Of"}, musicbrainz_trackid=mbid)
    music.put("b/2.mp3", title="Other", artist="Anna")
    await music.scan()
    one, two, other = [await music.track(title) for title in ("Song", "Again", "Other")]
    [recording] = await music.rows(recordings)
    assert (str(recording.mbid), one.recording_id, two.recording_id) == (mbid, recording.id, recording.id)
    assert other.recording_id is None
    music.retag("b/1.mp3", musicbrainz_trackid=None)
    await music.scan()
    assert (await music.track("Again")).recording_id is None
    music.retag("b/1.mp3", musicbrainz_trackid=mbid)
    await music.scan()
    assert (await music.track("Again")).recording_id == recording.id


async def test_an_untagged_file_is_called_by_its_name(music: Music) -> None:
    music.put("Anna/First/07 Song.mp3")
    await music.scan()
    track = await music.track("Song")
    assert (track.album_id, track.artist, track.track) == (None, "Anna", 7)
    assert track.provenance == {"title": "file_name", "track": "file_name", "artists": "file_name"}
    assert await music.albums() == {}


async def test_names_that_are_not_utf8_keep_their_bytes(music: Music) -> None:
    music.root.mkdir(exist_ok=True)
    source = music.put("plain.mp3", title="Song")
    name = b"f\xfc\xffr\n.mp3"
    source.rename(music.root / os.fsdecode(name))
    await music.scan()
    [file] = await music.files()
    assert (bytes(file.name), file.path_display) == (name, "f\\xfc\\xffr\\x0a.mp3")
