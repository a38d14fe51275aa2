"""What a person said goes into the file when somebody asks for it, and is taken out again."""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mcma.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from mcma.services.callers import SYSTEM
from mcma.services.catalogue.lyrics import LyricsService
from mcma.services.enriching.laying import lay
from mcma.services.enriching.values import KeptCandidate
from mcma.services.jobs import Jobs
from mcma.services.keptpictures import FOLDER as PICTURES
from mcma.services.keptpictures import KeptPictures
from mcma.services.tagwriting import FieldChange, Picked
from mcma.services.tagwriting.carrying import carry
from mcma.services.tagwriting.listing import WriteFilter
from mcma.services.tagwriting.planning import chosen, portion
from mcma.services.tagwriting.service import allowed_fields
from mcma.settings import Settings
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.tables.catalogue import artworks, field_values, track_files
from mcma.store.tables.renditions import renditions
from mcma.store.tables.tag_writing import tag_writes
from mcma.wiring.tags import tag_writing_of
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma_plugins.errors import PermanentError
from mcma_plugins.ids import TrackId, UserId
from mcma_plugins.values import Caller, ItemKind, ItemRef
from tests.support._library_sound import cover_of
from tests.support.catalogue import set_row
from tests.support.plans import plan
from tests.support.scanning import Music, insert
from tests.support.tagwriting import Pen

pytestmark = pytest.mark.anyio


async def one(pen: Pen, fmt: str = "mp3", **tags: Any) -> Path:
    """One imported file."""
    said: dict[str, Any] = {"title": "One", "artist": "Anna", "album": "First", "tracknumber": 1} | tags
    pen.inbox.source.put(f"a/1.{fmt}", fmt=fmt, **said)
    await pen.inbox.run()
    return await pen.only_path()


async def test_what_a_person_said_is_written_and_taken_back(pen: Pen) -> None:
    path = await one(pen, mood="Calm")
    original = (pen.inbox.source.root / "a/1.mp3").read_bytes()
    content, [file] = path.read_bytes(), await pen.kept.files()
    await pen.say("One", title="Uno", artists=["Anna", "Berta"], genres=["Folk"])
    assert pen.tags(path).title == "One", "nothing is written by itself"
    preview = await pen.service.preview(SYSTEM, await pen.picked("Uno"))
    assert [change.field for change in preview.files[0].changes] == ["artists", "genres", "title"]
    assert preview.files[0].changes[2] == FieldChange("title", "One", "Uno")
    result = await pen.write("Uno")
    assert result == {"written": 1, "unchanged": 0, "refused": {}}
    tags = pen.tags(path)
    assert (tags.title, [who.name for who in tags.artists], tags.genres) == (
        "Uno",
        ["Anna", "Berta"],
        ("Folk",),
    )
    assert tags.moods == ("Calm",)
    [now], track = await pen.kept.files(), await pen.kept.track("Uno")
    assert (now.id == file.id, now.track_id, track.file_id) == (False, file.track_id, now.id)
    assert track.metadata_status == "manual", "a person's fields stay a person's"
    assert {row.field for row in await pen.kept.rows(field_values)} == {"title", "artists", "genres"}
    [write] = await pen.writes()
    assert (write.state, write.file_id, write.new_file_id) == ("written", file.id, now.id)
    assert (pen.inbox.source.root / "a/1.mp3").read_bytes() == original
    assert (await pen.service.preview(SYSTEM, await pen.picked("Uno"))).files == []
    assert await pen.undo(write.id) == {"written": 1, "unchanged": 0, "refused": {}}
    assert path.read_bytes() == content, "byte for byte"
    assert (await pen.kept.track("Uno")).id == track.id, "what a person said still counts"
    shown = await pen.service.get(SYSTEM, write.id)
    assert shown.undone_at is not None
    with pytest.raises(Conflict, match="nothing"):
        await pen.service.undo(SYSTEM, write.id)


async def test_a_rescan_takes_it_for_nobodys_change(pen: Pen) -> None:
    await one(pen)
    await pen.say("One", title="Uno")
    await pen.write("Uno")
    files, [track] = [row.id for row in await pen.kept.files()], (await pen.kept.tracks()).values()
    report = await pen.kept.scan()
    assert (report.files, report.added, report.changed, report.moved, report.problems) == (1, 0, 0, 0, 0)
    assert [row.id for row in await pen.kept.files()] == files
    [after] = (await pen.kept.tracks()).values()
    assert after == track
    assert (await pen.inbox.run()).unchanged == 1, "the import folder has nothing new either"


async def test_only_the_fields_that_are_asked_for(pen: Pen) -> None:
    path = await one(pen)
    await pen.say("One", title="Uno", album="Erste", track=7)
    await pen.write("Uno", fields=["album"])
    tags = pen.tags(path)
    assert (tags.title, tags.album, tags.track) == ("One", "Erste", 1)
    assert (await pen.kept.track("Uno")).track == 7


async def test_the_original_of_a_hard_link_stays(pen: Pen) -> None:
    pen.inbox.source.put("a/1.flac", fmt="flac", title="One", artist="Anna", album="First")
    await pen.inbox.run(link=True)
    path, original = await pen.only_path(), pen.inbox.source.root / "a/1.flac"
    assert path.stat().st_nlink == 2
    content = original.read_bytes()
    await pen.say("One", title="Uno")
    await pen.write("Uno")
    assert (original.read_bytes(), pen.tags(path).title) == (content, "Uno")
    assert (path.stat().st_nlink, original.stat().st_nlink) == (1, 1)


async def test_who_is_listening_hears_the_rest(pen: Pen) -> None:
    path = await one(pen)
    content = path.read_bytes()
    await pen.say("One", title="Uno")
    with path.open("rb") as stream:
        head = stream.read(100)
        await pen.write("Uno")
        assert head + stream.read() == content


async def rendition(pen: Pen, file: UUID, profile: str = "opus-128-48000-2", **more: Any) -> dict[str, Any]:
    now = utcnow()
    row = {"id": new_id(), "file_id": file, "profile": profile, "offset_ms": 0,
           "state": "ready", "codec": "opus", "bit_rate_kbps": 128, "sample_rate_hz": 48_000, "channels": 2,
           "bit_depth": 0,
           "suffix": "opus", "content_type": "audio/ogg", "size": 1, "attempt": 0, "created_at": now,
           "last_used_at": now, **more}  # fmt: skip
    await insert(pen.database, renditions, row)
    return row


async def test_what_was_made_of_the_sound_is_kept(pen: Pen) -> None:
    await one(pen)
    [file] = await pen.kept.files()
    row, now = await rendition(pen, file.id), utcnow()
    async with pen.database.write() as transaction:
        measured = {"measured_at": now, "loudness_lufs": -9.5, "track_gain_db": -8.5, "track_peak": 0.9}
        await transaction.connection.execute(track_files.update().values(**measured))
    await pen.say("One", title="Uno")
    await pen.write("Uno")
    [after] = await pen.kept.files()
    assert (after.loudness_lufs, after.track_gain_db, after.track_peak) == (-9.5, -8.5, 0.9)
    assert (after.measured_at, len(after.sha256)) == (now, 32)
    [made] = await pen.kept.rows(renditions)
    assert (made.id, made.file_id) == (row["id"], after.id)


async def test_what_was_made_of_the_new_file_meanwhile_costs_nothing_else(pen: Pen) -> None:
    for number in (1, 2):
        pen.inbox.source.put(f"{number}.mp3", title=f"{number}")
    await pen.inbox.run()
    old, new = [file.id for file in await pen.kept.files()]
    soon = utcnow() + timedelta(hours=1)
    twice = await rendition(pen, old, pinned_until=soon, staged_until=soon)
    once = await rendition(pen, old, "mp3-128-44100-2")
    again = await rendition(pen, new, staged_until=soon + timedelta(hours=1))
    async with pen.database.write() as transaction:
        await carry(transaction.connection, old, new, None)
    rows = {row.id: row for row in await pen.kept.rows(renditions)}
    assert {id_: row.file_id for id_, row in rows.items()} == {
        twice["id"]: old, once["id"]: new, again["id"]: new,
    }  # fmt: skip
    kept = rows[again["id"]]
    assert (kept.pinned_until, kept.staged_until) == (soon, again["staged_until"]), (
        "as long as it was asked for"
    )


async def test_a_cover_goes_into_the_file_and_out_again(pen: Pen) -> None:
    pen.inbox.source.put(
        "a/1.mp3", title="One", artist="Anna", album="First", tracknumber=1, cover=cover_of(1)
    )
    pen.inbox.source.put("a/2.mp3", title="Two", artist="Anna", album="First", tracknumber=2)
    await pen.inbox.run()
    first, second = [pen.path(path) for path in await pen.inbox.paths()]
    before = second.read_bytes()
    result = await pen.write("Two", fields=["artwork"])
    assert result["written"] == 1
    rows = {row.track_id: row.artwork_id for row in await pen.kept.files()}
    assert len(set(rows.values())) == 1
    await pen.undo((await pen.writes())[0].id)
    assert second.read_bytes() == before
    assert first.exists()


async def test_a_cover_that_is_not_here_is_not_said_to_be_written(pen: Pen) -> None:
    """And nothing else is kept back for it."""
    source = pen.inbox.source
    source.put("a/1.mp3", title="One", artist="Anna", album="First", tracknumber=1, cover=cover_of(1))
    source.put("a/2.mp3", title="Two", artist="Anna", album="First", tracknumber=2)
    await pen.inbox.run()
    first, elsewhere = pen.path((await pen.inbox.paths())[0]), pen.kept.root.parent / "away.mp3"
    first.rename(elsewhere)
    assert (await pen.write("Two", fields=["artwork"]))["refused"] == {"picture": 1}
    await pen.say("Two", genres=["Folk"])
    assert (await pen.write("Two", fields=["artwork", "genres"]))["written"] == 1
    assert [(row.state, sorted(row.after)) for row in await pen.writes()] == [
        ("failed", ["artwork"]), ("written", ["genres"]),
    ]  # fmt: skip
    elsewhere.rename(first)


async def test_covers_of_plugins_are_among_those_that_are_written(pen: Pen, tmp_path: Path) -> None:
    """They lie in a folder of their own, in no file of music."""
    await one(pen)
    data = tmp_path / "data"
    key = KeptPictures(data / PICTURES).keep(cover_of(1))
    row = {"id": new_id(), "sha256": bytes.fromhex(key), "mime": "image/jpeg", "width": 600, "height": 600,
           "size": 1, "origin": "plugin:oracle", "created_at": utcnow()}  # fmt: skip
    await insert(pen.database, artworks, row)
    track = await pen.kept.track("One")
    said = {"item_id": track.id, "field": "artwork", "origin": "plugin:oracle", "item_kind": "track",
            "value": str(row["id"]), "at": utcnow()}  # fmt: skip
    await insert(pen.database, field_values, said)
    await pen.say("One", genres=["Folk"])
    settings = Settings(data_dir=data, write_tags=("artwork",))
    jobs = Jobs(pen.database, EmbeddedDoorbell())
    pen.service = tag_writing_of(settings, pen.database, jobs, pen.inbox.managed, pen.inbox._hear)
    assert (await pen.write("One"))["written"] == 1
    [file] = await pen.kept.files()
    assert file.artwork_id == row["id"]


async def test_what_waits_in_line_is_not_written_once_writing_is_off(pen: Pen) -> None:
    path = await one(pen)
    await pen.say("One", title="Uno")
    before, job = path.read_bytes(), await pen.service.start(SYSTEM, await pen.picked("Uno"), ["title"])
    pen.allow("genres")
    with pytest.raises(PermanentError, match="turned off"):
        await pen.run(job)
    assert path.read_bytes() == before


async def test_what_was_written_twice_is_taken_back_the_last_first(pen: Pen) -> None:
    path = await one(pen)
    content = path.read_bytes()
    for title in ("Uno", "Eins"):
        await pen.say("One" if title == "Uno" else "Uno", title=title)
        await pen.write(title)
    first, second = await pen.writes()
    assert (await pen.undo(first.id))["refused"] == {"changed": 1}
    assert pen.tags(path).title == "Eins"
    await pen.undo(second.id)
    assert pen.tags(path).title == "Uno"
    await pen.undo(first.id)
    assert path.read_bytes() == content


async def test_a_run_is_taken_back_as_a_whole_also_after_files_were_moved(pen: Pen) -> None:
    pen.inbox.source.album("a", "One Two Three", artist="Anna", album="First")
    await pen.inbox.run()
    before = sorted(pen.path(path).read_bytes() for path in await pen.inbox.paths())
    for title in ("One", "Two", "Three"):
        await pen.say(title, genres=["Folk"])
    album = (await pen.kept.albums())["First"]
    job = await pen.service.start(SYSTEM, [Picked(ItemKind.ALBUM, album.id)])
    assert (await pen.run(job))["written"] == 3
    path = await pen.inbox.paths()
    pen.path(path[0]).rename(pen.path("moved.mp3"))
    await pen.kept.scan()
    listed = await pen.service.page(SYSTEM, WriteFilter(run_id=job))
    assert [one.state for one in listed] == ["written"] * 3
    assert (await pen.undo(job))["written"] == 3
    assert sorted(pen.path(path).read_bytes() for path in await pen.inbox.paths()) == before


async def test_what_is_kept_and_spoilt_holds_up_nothing_else(pen: Pen) -> None:
    pen.inbox.source.album("a", "One Two", artist="Anna", album="First")
    await pen.inbox.run()
    for title in ("One", "Two"):
        await pen.say(title, genres=["Folk"])
    job = await pen.service.start(SYSTEM, await pen.picked("One", "Two"))
    assert (await pen.run(job))["written"] == 2
    last = max(await pen.writes(), key=lambda row: row.id)
    await set_row(pen.database, tag_writes, last.id, backup=b"spoilt")
    assert await pen.undo(job) == {"written": 1, "unchanged": 0, "refused": {"not_kept": 1}}


async def test_refusals_of_single_files(pen: Pen) -> None:
    pen.inbox.source.album("a", "One Two Three Four", artist="Anna", album="First")
    await pen.inbox.run()
    places = {row.title: pen.path(path) for path in await pen.inbox.paths()
              for row in (await pen.kept.tracks()).values() if row.title in path}  # fmt: skip
    for title in places:
        await pen.say(title, genres=["Folk"])
    kept = {title: path.read_bytes() for title, path in places.items()}
    with places["Two"].open("ab") as file:
        file.write(b"more")
    places["Three"].unlink()
    outside = pen.inbox.source.root / "elsewhere.mp3"
    outside.write_bytes(kept["Four"])
    os.utime(outside, ns=(places["Four"].stat().st_atime_ns, places["Four"].stat().st_mtime_ns))
    places["Four"].unlink()
    places["Four"].symlink_to(outside)
    assert (await pen.write("One", "Two", "Three", "Four")) == {
        "written": 1, "unchanged": 0, "refused": {"changed": 1, "missing": 1, "outside": 1},
    }  # fmt: skip
    assert places["Two"].read_bytes() == kept["Two"] + b"more"
    assert outside.read_bytes() == kept["Four"]
    failed = [row.error for row in await pen.writes() if row.state == "failed"]
    assert sorted(failed) == ["changed", "missing", "outside"]
    places["Four"].unlink()
    for title in ("Two", "Three", "Four"):
        places[title].write_bytes(kept[title])
    await pen.kept.scan()


async def test_who_asks_and_for_what(pen: Pen) -> None:
    await one(pen)
    picked = await pen.picked("One")
    somebody = Caller(UserId(new_id()), "somebody", False)
    with pytest.raises(Forbidden):
        await pen.service.start(somebody, picked)
    with pytest.raises(InvalidInput, match="no field"):
        await pen.service.start(SYSTEM, picked, ["gain"])
    with pytest.raises(InvalidInput, match="'tempo' is no field"):
        allowed_fields(["title", "tempo"])
    with pytest.raises(NotFound):
        await pen.service.undo(SYSTEM, new_id())
    pen.allow("title")
    with pytest.raises(Conflict) as off:
        await pen.service.start(SYSTEM, picked, ["album"])
    assert off.value.stable_code == "field_off"
    pen.allow("")
    with pytest.raises(Conflict) as off:
        await pen.service.start(SYSTEM, picked, ["title"])
    assert off.value.stable_code == "tag_writing_off"
    assert (await pen.service.preview(SYSTEM, picked)).files == []


async def test_what_is_picked_is_found_along_indexes(pen: Pen) -> None:
    await one(pen)
    row, by = await pen.kept.track("One"), (await pen.kept.artists())["Anna"]
    named = ((ItemKind.TRACK, row.id), (ItemKind.ALBUM, row.album_id), (ItemKind.ARTIST, by.id))
    items = [Picked(*one) for one in named]
    told = await plan(pen.database, chosen(SYSTEM, items))
    assert not re.search(r"hashed SubPlan|Seq Scan on tracks|SCAN tracks", told), told
    async with pen.database.read() as connection:
        for picked in (*([item] for item in items), items, [*items, Picked(None, row.library_id)]):
            assert await portion(connection, chosen(SYSTEM, picked), None) == [row.id]
            assert await portion(connection, chosen(SYSTEM, picked), row.id) == []


async def test_a_folder_indexed_in_place_is_never_written_to(pen: Pen) -> None:
    folder = await Music(pen.database, pen.inbox.source.root, 2).create()
    folder.put("x/1.mp3", title="Mine", artist="Anna", album="First")
    await folder.scan()
    track = await folder.track("Mine")
    for picked in (Picked(ItemKind.TRACK, track.id), Picked(None, folder.id)):
        with pytest.raises(Conflict) as refused:
            await pen.service.start(SYSTEM, [picked])
        assert refused.value.stable_code == "not_managed"


async def test_what_a_plugin_said_is_written_and_stays_a_plugins(pen: Pen) -> None:
    path = await one(pen)
    track = await pen.kept.track("One")
    fields = {"genres": ["Folk", "Blues"], "recording_mbid": "0383dadf-2a4e-4d10-a46a-e9e041da8eb3"}
    candidate = KeptCandidate(
        new_id(), new_id(), ItemRef(ItemKind.TRACK, track.id), "shelf", "x", "One", 1.0,
        tracks={track.id: fields},
    )  # fmt: skip
    async with pen.database.write() as transaction:
        await lock_catalogue(transaction.connection)
        await lay(transaction.connection, candidate)
    assert (await pen.write("One"))["written"] == 1
    tags = pen.tags(path)
    assert (tags.genres, tags.recording_mbid) == (("Folk", "Blues"), fields["recording_mbid"])
    origins = {row.field: row.origin for row in await pen.kept.rows(field_values)}
    assert origins == dict.fromkeys(fields, "plugin:shelf")
    assert (await pen.service.preview(SYSTEM, await pen.picked("One"))).files == []


async def test_lyrics_of_a_person_are_written_once(pen: Pen) -> None:
    path = await one(pen, lyrics="Former words")
    track = await pen.kept.track("One")
    await LyricsService(pen.database).set(SYSTEM, TrackId(track.id), "eng", "[00:01.00]New\n[00:02.00]words")
    [file] = (await pen.service.preview(SYSTEM, await pen.picked("One"), ["lyrics"])).files
    assert file.changes == [FieldChange("lyrics", "Former words", "[00:01.00]New\n[00:02.00]words")]
    assert (await pen.write("One", fields=["lyrics"]))["written"] == 1
    [words] = pen.tags(path).lyrics
    assert words.synced == ((1000, "New"), (2000, "words"))
    assert (await pen.service.preview(SYSTEM, await pen.picked("One"))).files == []
