"""What an import does with new, changed, moved, removed and doubled files."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from mcma.services.callers import SYSTEM
from mcma.services.enriching import states
from mcma.services.enriching.folders import Folder, folder_id, remember
from mcma.services.enriching.statuses import set_status
from mcma.services.indexing.values import LibraryPlace
from mcma.services.intake.shelving import Shelving
from mcma.store.engine import Database
from mcma.store.tables.catalogue import artworks, libraries, source_refs
from mcma_plugins.values import ItemKind, ItemRef
from tests.support._library_sound import cover_of
from tests.support.importing import Inbox, NewJob
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio


def two_albums(music: Music) -> None:
    music.album("a", "One Two", artist="Anna", albumartist="Anna", album="First", date="1999")
    music.album("b", "Three Four", artist="Berta", album="Second")


def untouched(folder: Path) -> dict[Path, tuple[int, ...]]:
    """What changes when a file is written to; reading it moves the time of access."""
    found = {path: path.stat() for path in folder.rglob("*.mp3")}
    return {
        path: (stat.st_ino, stat.st_nlink, stat.st_size, stat.st_mode, stat.st_mtime_ns, stat.st_ctime_ns)
        for path, stat in found.items()
    }


async def test_files_are_copied_to_their_places_and_taken_in(inbox: Inbox) -> None:
    two_albums(inbox.source)
    before = untouched(inbox.source.root)
    report = await inbox.run()
    assert (report.files, report.imported, report.problems) == (4, 4, 0)
    assert inbox.places() == [
        "Anna/First/01 One.mp3", "Anna/First/02 Two.mp3", "Berta/Second/01 Three.mp3",
        "Berta/Second/02 Four.mp3",
    ]  # fmt: skip
    assert set(await inbox.kept.tracks()) == {"One", "Two", "Three", "Four"}
    assert set(await inbox.kept.albums()) == {"First", "Second"}
    assert untouched(inbox.source.root) == before, "the import folder is only read"
    [row] = await inbox.kept.rows(libraries)
    assert (row.kind, row.name, row.song_count) == ("managed", "Imported", 4)
    refs = await inbox.kept.rows(source_refs)
    assert len(refs) == 8, "each file by its place here and there"
    assert [hook for hook, _ in inbox.heard] == ["track_added"]


async def test_the_second_run_finds_nothing_to_do(inbox: Inbox) -> None:
    two_albums(inbox.source)
    await inbox.run()
    files = [row.id for row in await inbox.kept.files()]
    report = await inbox.run()
    assert (report.files, report.unchanged, report.imported) == (4, 4, 0)
    assert [row.id for row in await inbox.kept.files()] == files


async def test_a_scan_of_the_managed_library_changes_nothing(inbox: Inbox) -> None:
    two_albums(inbox.source)
    await inbox.run()
    before = await inbox.kept.files()
    report = await inbox.kept.scan()
    assert (report.state, report.files, report.added, report.changed, report.missing) == ("ok", 4, 0, 0, 0)
    assert [row.id for row in await inbox.kept.files()] == [row.id for row in before]


async def test_what_people_did_in_managed_storage_is_respected(inbox: Inbox) -> None:
    """A file that was renamed there keeps its track; the next import does not bring the old name back."""
    two_albums(inbox.source)
    await inbox.run()
    track = (await inbox.kept.track("One")).id
    inbox.kept.move("Anna/First/01 One.mp3", "Anna/First/uno.mp3")
    await inbox.kept.scan()
    await inbox.run()
    assert (await inbox.kept.track("One")).id == track
    assert "Anna/First/uno.mp3" in inbox.places()
    assert len(inbox.places()) == 4


async def test_a_retagged_source_replaces_its_copy_and_keeps_the_track(inbox: Inbox) -> None:
    two_albums(inbox.source)
    await inbox.run()
    track = (await inbox.kept.track("One")).id
    user = await inbox.kept.like(track)
    inbox.source.retag("a/01 One.mp3", title="Uno")
    report = await inbox.run()
    assert (report.replaced, report.imported) == (1, 0)
    assert (await inbox.kept.track("Uno")).id == track
    assert await inbox.kept.likes(user) == [track]
    assert "Anna/First/01 Uno.mp3" in inbox.places()
    assert len(inbox.places()) == 4


async def test_other_sound_with_the_same_tags_replaces_too(inbox: Inbox) -> None:
    two_albums(inbox.source)
    await inbox.run()
    track = (await inbox.kept.track("One")).id
    inbox.source.put("a/01 One.mp3", title="One", tracknumber=1, artist="Anna", albumartist="Anna",
                     album="First", date="1999", seconds=0.8)  # fmt: skip
    assert (await inbox.run()).replaced == 1
    found = await inbox.kept.track("One")
    assert (found.id, found.duration_ms > 700) == (track, True)


async def test_another_song_at_the_same_path_keeps_the_old_one(inbox: Inbox) -> None:
    two_albums(inbox.source)
    await inbox.run()
    inbox.source.put("a/01 One.mp3", title="Else", artist="Zoe", album="Other")
    report = await inbox.run()
    assert (report.replaced, report.imported) == (0, 1)
    assert {"One", "Else"} <= set(await inbox.kept.tracks())
    assert len(inbox.places()) == 5


async def test_a_removed_source_changes_nothing(inbox: Inbox) -> None:
    two_albums(inbox.source)
    await inbox.run()
    inbox.source.remove("a")
    report = await inbox.run()
    assert (report.files, report.problems) == (2, 0)
    assert len(await inbox.kept.tracks()) == 4


async def test_the_same_sound_is_imported_once(inbox: Inbox) -> None:
    two_albums(inbox.source)
    (inbox.source.root / "c").mkdir()
    (inbox.source.root / "c" / "copy.mp3").write_bytes((inbox.source.root / "a/01 One.mp3").read_bytes())
    report = await inbox.run()
    assert (report.imported, report.duplicates) == (4, 1)
    results = await inbox.results()
    assert results["c/copy.mp3"] == "duplicate"
    [ref] = await inbox.kept.rows(source_refs, source_refs.c.source_id == b"c/copy.mp3")
    assert ref.track_id == (await inbox.kept.track("One")).id
    (inbox.source.root / "c" / "copy.mp3").rename(inbox.source.root / "c" / "again.mp3")
    report = await inbox.run()
    assert (report.imported, report.duplicates) == (0, 1)


async def test_two_copies_in_one_batch_are_one(inbox: Inbox) -> None:
    first = inbox.source.put("a/x.mp3", title="X", artist="Anna")
    (inbox.source.root / "a/y.mp3").write_bytes(first.read_bytes())
    assert (await inbox.run()).duplicates == 1
    assert inbox.places() == ["Anna/X.mp3"]


async def test_what_a_library_folder_has_is_only_reported(
    inbox: Inbox, database: Database, tmp_path: Path
) -> None:
    folder = await Music(database, tmp_path / "folder", 7).create()
    there = folder.put("x.mp3", title="X", artist="Anna")
    await folder.scan()
    (inbox.source.root / "x.mp3").write_bytes(there.read_bytes())
    report = await inbox.run()
    assert (report.imported, report.duplicates) == (0, 1)
    [line] = await inbox.service.left_out(SYSTEM, inbox.folder_id or inbox.kept.id)
    assert line.message == "the same sound as x.mp3 in Music 7"
    assert line.track_id == (await folder.track("X")).id
    assert inbox.places() == []


async def test_another_encoding_of_a_track_is_another_file_and_the_better_one_speaks(inbox: Inbox) -> None:
    tags: dict[str, Any] = {"title": "One", "tracknumber": 1, "artist": "Anna", "album": "First"}
    inbox.source.put("a/1.mp3", sound=1, **tags)
    await inbox.run()
    track = await inbox.kept.track("One")
    inbox.source.put("b/1.flac", fmt="flac", sound=1, **tags)
    assert (await inbox.run()).imported == 1
    after = await inbox.kept.track("One")
    assert after.id == track.id
    assert after.file_id != track.file_id
    assert inbox.places() == ["Anna/First/01 One.flac", "Anna/First/01 One.mp3"]


async def test_covers_and_lyrics_go_along(inbox: Inbox) -> None:
    two_albums(inbox.source)
    (inbox.source.root / "a/cover.jpg").write_bytes(cover_of(1))
    (inbox.source.root / "a/01 One.lrc").write_text("[00:01.00]la")
    (inbox.source.root / "a/01 One.DE.elrc").write_text("[00:01.00]<00:01.00>la")
    await inbox.run()
    assert {"Anna/First/cover.jpg", "Anna/First/01 One.lrc", "Anna/First/01 One.de.elrc"} <= set(
        inbox.places()
    )
    [row] = await inbox.kept.rows(artworks)
    assert os.fsdecode(row.path) == str(inbox.kept.root / "Anna/First/cover.jpg")
    report = await inbox.kept.scan()
    assert (report.changed, report.problems) == (0, 0)


async def test_an_embedded_cover_is_found_where_the_file_is_now(inbox: Inbox) -> None:
    inbox.source.put("a/1.flac", fmt="flac", title="One", artist="Anna", cover=cover_of(2))
    await inbox.run()
    [row] = await inbox.kept.rows(artworks)
    assert os.fsdecode(row.path) == str(inbox.kept.root / "Anna/One.flac")


async def test_names_clash_without_one_overwriting_the_other(inbox: Inbox) -> None:
    for number, artist in enumerate(("ABBA", "Abba", "abba")):
        inbox.source.put(f"{number}.mp3", title="Song", artist=artist)
    report = await inbox.run()
    assert report.imported == 3
    assert inbox.places() == ["ABBA/Song (2).mp3", "ABBA/Song (3).mp3", "ABBA/Song.mp3"]


async def test_hard_links_where_they_were_asked_for(inbox: Inbox) -> None:
    source = inbox.source.put("1.mp3", title="One", artist="Anna")
    await inbox.run(link=True)
    assert (inbox.kept.root / "Anna/One.mp3").stat().st_ino == source.stat().st_ino


async def test_a_copy_is_a_file_of_its_own(inbox: Inbox) -> None:
    source = inbox.source.put("1.mp3", title="One", artist="Anna")
    await inbox.run()
    copy = inbox.kept.root / "Anna/One.mp3"
    assert copy.stat().st_ino != source.stat().st_ino
    assert copy.read_bytes() == source.read_bytes()
    assert copy.stat().st_mtime_ns == source.stat().st_mtime_ns


async def test_one_file_of_a_folder(inbox: Inbox) -> None:
    two_albums(inbox.source)
    inbox.source.put("single.mp3", title="Single", artist="Anna")
    report = await inbox.run(only="single.mp3")
    assert (report.files, report.imported) == (1, 1)
    assert (await inbox.run()).imported == 4


async def test_bad_files_are_problems_until_they_change_or_go(inbox: Inbox) -> None:
    two_albums(inbox.source)
    (inbox.source.root / "text.mp3").write_text("no music " * 1000)
    (inbox.source.root / "zip.mp3").write_bytes(b"PK\3\4" + bytes(5000))
    (inbox.source.root / "empty.flac").write_bytes(b"")
    report = await inbox.run()
    assert (report.imported, report.problems) == (4, 3)
    assert (await inbox.run()).problems == 3
    (inbox.source.root / "text.mp3").unlink()
    await inbox.run()
    found = await inbox.service.left_out(SYSTEM, inbox.folder_id or inbox.kept.id)
    assert {line.path: line.reason for line in found} == {"zip.mp3": "not_audio", "empty.flac": "empty"}


async def test_untagged_files_take_their_names_from_the_import_folder(inbox: Inbox) -> None:
    inbox.source.put("Zoe/Deep/03 Blue.mp3")
    await inbox.run()
    assert inbox.places() == ["Zoe/03 Blue.mp3"]
    found = await inbox.kept.track("Blue")
    assert (found.artist, found.track) == ("Zoe", 3)


async def test_a_compilation_without_an_album_artist_stays_together(inbox: Inbox) -> None:
    for number, artist in enumerate(("Anna", "Berta", "Clara"), 1):
        inbox.source.put(f"x/{number}.mp3", title=f"t{number}", artist=artist, album="Mix",
                         tracknumber=number)  # fmt: skip
    await inbox.run()
    assert inbox.places() == [f"Various Artists/Mix/0{n} t{n}.mp3" for n in (1, 2, 3)]
    assert (await inbox.kept.albums())["Mix"].song_count == 3


async def test_several_discs_are_told_apart(inbox: Inbox) -> None:
    for disc in (1, 2):
        inbox.source.put(f"{disc}.mp3", title=f"Part {disc}", artist="Anna", album="Set", tracknumber=1,
                         discnumber=disc)  # fmt: skip
    await inbox.run()
    assert inbox.places() == ["Anna/Set/1-01 Part 1.mp3", "Anna/Set/2-01 Part 2.mp3"]


async def test_names_that_are_no_utf8_are_imported(inbox: Inbox) -> None:
    source = inbox.source.put("x.mp3", title="X", artist="Anna")
    source.rename(inbox.source.root / os.fsdecode(b"caf\xe9.mp3"))
    assert (await inbox.run()).imported == 1
    assert list(await inbox.results()) == [r"caf\xe9.mp3"]


async def test_two_imports_of_one_folder_at_once_make_one_of_each(inbox: Inbox) -> None:
    two_albums(inbox.source)
    both = await asyncio.gather(inbox.run(), inbox.run())
    assert sum(report.imported for report in both) == 4
    assert len(inbox.places()) == 4


async def test_an_import_and_a_scan_at_once(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcma.services.intake.importing.BATCH_FILES", 2)
    for number in range(6):
        inbox.source.album(f"{number}", "One Two", artist=f"A{number}", album=f"Album {number}")
    reports = await asyncio.gather(inbox.run(), inbox.kept.scan(), _scans(inbox))
    assert reports[0].imported == 12
    await inbox.kept.scan()
    files = await inbox.kept.files()
    assert (len(files), sum(row.missing_since is not None for row in files)) == (12, 0)


async def _scans(inbox: Inbox) -> None:
    for _ in range(4):
        await asyncio.sleep(0)
        await inbox.kept.scan()


async def test_the_managed_library_is_where_the_data_folder_is(inbox: Inbox, tmp_path: Path) -> None:
    two_albums(inbox.source)
    await inbox.run()
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    from mcma.services.libraries.managed import ManagedLibraries

    inbox.managed = ManagedLibraries(inbox.database, tmp_path / "elsewhere" / "music")
    await inbox.managed.settle()
    inbox.kept.root = tmp_path / "elsewhere" / "music" / "Imported"
    assert await inbox.managed.all() == [LibraryPlace(inbox.kept.id, os.fsencode(inbox.kept.root), "local")]
    assert (await inbox.kept.scan()).files == 4


async def test_what_is_shelved_leaves_the_question_about_where_it_waited(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError

    inbox.source.put("a.mp3", title="One", artist="Anna")
    job = NewJob()
    with monkeypatch.context() as patch, pytest.raises(OSError):
        patch.setattr(Shelving, "_shelve", full)
        await inbox.run(job=job)
    [file] = await inbox.kept.files()
    library, folder = file.library_id, file.folder
    waits = Folder(folder_id(library, folder), library, folder, "there")
    item = ItemRef(ItemKind.FOLDER, waits.id)
    async with inbox.database.write() as transaction:
        await remember(transaction.connection, [waits])
        await states.tell(transaction.connection, item, library, "oracle", state=states.REVIEW)
        await set_status(transaction.connection, item)
    assert (await inbox.kept.track("One")).metadata_status == "review"
    await (await inbox.work(job=job)).run(interrupted=True)
    assert (await inbox.kept.track("One")).metadata_status == "pending"
