"""The pass over everything: what it finds, what it sweeps up, and what it leaves as people said."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.domain.fingerprints import packed
from mcma.services.callers import SYSTEM
from mcma.services.catalogue.edits import Edits
from mcma.services.identity.duplicates import Duplicates
from mcma.services.identity.fingerprinting import DUPLICATES
from mcma.services.identity.trackmerge import part_tracks
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.values import LibraryPlace
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.queries.fingerprints import CARRIED, Made, compare_again, keep
from mcma.store.tables.catalogue import merges, source_refs, track_files
from mcma.store.tables.sounds import file_fingerprints, fingerprint_terms
from mcma.wiring.entities import merges_of
from mcma_plugins.enrichers import Fingerprint
from mcma_plugins.ids import TrackId
from tests.support.catalogue_truth import check
from tests.support.hearing import Hearing
from tests.support.importing import Inbox
from tests.support.jobs import Workshop
from tests.support.scanning import Music, insert
from tests.support.statements import counted

pytestmark = pytest.mark.anyio
RAW = bytes(place * place * 31 % 253 for place in range(1200))


@pytest.fixture
async def workshop(database: Database) -> AsyncIterator[Workshop]:
    made = Workshop(database)
    yield made
    await made.stop()


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    return await Music(database, tmp_path / "music").create()


@pytest.fixture
async def inbox(database: Database, tmp_path: Path) -> AsyncIterator[Inbox]:
    made = await Inbox(database, tmp_path).create()
    yield made
    await check(database)


def report(workshop: Workshop) -> Duplicates:
    merging = merges_of(workshop.database, workshop.jobs, lambda _, __: None)
    return Duplicates(workshop.database, merging, lambda: True)


async def test_what_was_carried_over_is_compared(music: Music, workshop: Workshop) -> None:
    """Kept by the migration, without terms."""
    for title in ("One", "Two"):
        music.put(f"{title}.mp3", title=title)
    await music.scan()
    for file in await music.files():
        await insert(music.database, file_fingerprints, {
            "file_id": file.id, "algorithm": 1, "packed": packed(RAW), "duration_ms": 60_000,
            "made_by": CARRIED, "made_at": utcnow(),
        })  # fmt: skip
    found = await Hearing(workshop).run(DUPLICATES)
    assert found == {"compared": 2, "alike": 2, "exact": 0, "swept": 0, "indexed": 2}
    [group] = await report(workshop).groups(SYSTEM, limit=10)
    assert {track.title for track in group.tracks} == {"One", "Two"}
    assert {file.path for track in group.tracks for file in track.files} == {"One.mp3", "Two.mp3"}
    assert not any(track.managed for track in group.tracks)


async def test_all_is_compared_again_by_the_job_and_not_by_who_asks_for_it(
    music: Music, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcma.store.queries.fingerprints._AT_ONCE", 1)
    for title in ("One", "Two", "Mute"):
        music.put(f"{title}.mp3", title=title)
    await music.scan()
    hearing, files = Hearing(workshop), {file.name: file.id for file in await music.files()}
    for name in (b"One.mp3", b"Two.mp3"):
        await hearing.soundalikes.fingerprinted(files[name], Fingerprint(RAW, 60_000))
    refused = Made(files[b"Mute.mp3"], "said", None, "too_short", "It is too short.")
    async with music.database.write() as transaction:
        await keep(transaction.connection, [refused], utcnow())
    assert (await hearing.run(DUPLICATES))["compared"] == 0
    job = await hearing.finding.start(SYSTEM, again=True)
    uncompared = file_fingerprints.c.compared_at.is_(None)
    assert await music.rows(file_fingerprints, uncompared) == []
    assert (await hearing.done(DUPLICATES, job))["compared"] == 2
    assert await music.rows(file_fingerprints, uncompared) == []


async def test_what_belongs_to_nothing_is_swept_up(music: Music, workshop: Workshop) -> None:
    for title in ("One", "Two"):
        music.put(f"{title}.mp3", title=title)
    await music.scan()
    hearing = Hearing(workshop)
    first, second = await music.files()
    for file in (first, second):
        await hearing.soundalikes.fingerprinted(file.id, Fingerprint(RAW, 60_000))
    terms = len(await music.rows(fingerprint_terms))
    async with music.database.write() as transaction:
        gone = sa.delete(track_files).where(track_files.c.id == first.id)
        await transaction.connection.execute(gone)
    assert (await hearing.run(DUPLICATES))["swept"] == terms // 2
    assert len(await music.rows(fingerprint_terms)) == terms // 2
    with counted(music.database) as statements:
        assert (await hearing.run(DUPLICATES))["swept"] == 0
    assert not [one for one in statements if "DELETE FROM fingerprint_terms" in one], "nothing went since"
    assert await report(workshop).groups(SYSTEM, limit=10) == []


async def test_a_dismissed_file_with_other_tags_asks_nothing_again(music: Music, workshop: Workshop) -> None:
    for title in ("One", "Two"):
        music.put(f"{title}.mp3", title=title)
    await music.scan()
    hearing, shown = Hearing(workshop), report(workshop)
    for file in await music.files():
        await hearing.soundalikes.fingerprinted(file.id, Fingerprint(RAW, 60_000))
    [group] = await shown.groups(SYSTEM, limit=10)
    await shown.dismiss(SYSTEM, group.id)
    former = {file.id for file in await music.files()}
    for word in ("once", "twice"):
        music.retag("Two.mp3", comment=word)
        await music.scan()
    await hearing.run(DUPLICATES)
    [new] = [file.id for file in await music.files() if file.id not in former]
    await hearing.soundalikes.fingerprinted(new, Fingerprint(RAW, 60_000))
    assert await shown.groups(SYSTEM, limit=10) == []
    [still] = await shown.groups(SYSTEM, limit=10, dismissed=True)
    assert {track.title: len(track.apart_from) for track in still.tracks} == {"One": 1, "Two": 1}


async def test_what_is_known_is_not_written_again(music: Music, workshop: Workshop) -> None:
    """However many files are of one sound: those that are silent are."""
    for title in ("One", "Two", "Three"):
        music.put(f"{title}.mp3", title=title, sound=1)
    await music.scan()
    hearing, shown = Hearing(workshop), report(workshop)
    assert (await hearing.run(DUPLICATES))["exact"] == 1
    [group] = await shown.groups(SYSTEM, limit=10)
    await shown.dismiss(SYSTEM, group.id)
    with counted(music.database) as statements:
        assert (await hearing.run(DUPLICATES))["exact"] == 1
    assert writes(statements) == []
    assert await shown.groups(SYSTEM, limit=10) == []
    for title in ("Four", "Five"):
        music.put(f"{title}.mp3", title=title, sound=1)
    music.retag("One.mp3", comment="other tags")
    await music.scan()
    with counted(music.database) as statements:
        await hearing.run(DUPLICATES)
    assert len([one for one in writes(statements) if one.startswith("INSERT")]) == 1, writes(statements)
    [asked] = await shown.groups(SYSTEM, limit=10)
    assert (asked.id, asked.kind, asked.dismissed_at) == (group.id, "exact", None)
    apart = {track.title: len(track.apart_from) for track in asked.tracks}
    assert apart == {"One": 2, "Two": 2, "Three": 2, "Four": 0, "Five": 0}


def writes(statements: list[str]) -> list[str]:
    return [one for one in statements if re.match(r"(INSERT INTO|UPDATE) duplicate_", one)]


async def test_a_place_it_came_from_is_known_once(music: Music) -> None:
    music.put("One.mp3", title="One")
    await music.scan()
    [ref] = await music.rows(source_refs)
    again = {**ref._asdict(), "id": new_id()}
    with pytest.raises(sa.exc.IntegrityError):
        await insert(music.database, source_refs, again)


async def alike_in_the_managed_library(inbox: Inbox, hearing: Hearing) -> None:
    """Two tracks that nothing but their sound says are one."""
    await two_tracks(inbox)
    await sound_alike(inbox, hearing)


async def two_tracks(inbox: Inbox) -> None:
    for name in ("a", "b"):
        inbox.source.put(f"{name}.mp3", title=name.upper())
    await inbox.run()


async def sound_alike(inbox: Inbox, hearing: Hearing) -> None:
    for file in await inbox.kept.files():
        await hearing.soundalikes.fingerprinted(file.id, Fingerprint(RAW, 60_000))


async def heard_again(inbox: Inbox, hearing: Hearing) -> Any:
    async with inbox.database.write() as transaction:
        assert await compare_again(transaction.connection, 0) is None
    return await hearing.run(DUPLICATES)


async def test_what_a_person_said_to_be_no_duplicate_is_not_joined(inbox: Inbox, workshop: Workshop) -> None:
    hearing, edits = Hearing(workshop), Edits(inbox.database, lambda _, __: None)
    await two_tracks(inbox)
    both = [TrackId(row.id) for row in (await inbox.kept.tracks()).values()]
    for track in both:  # what a person corrected is reported, never joined
        await edits.edit_track(SYSTEM, track, {"comment": "mine"})
    await sound_alike(inbox, hearing)
    [group] = await report(workshop).groups(SYSTEM, limit=10)
    await report(workshop).dismiss(SYSTEM, group.id)
    for track in both:
        await edits.edit_track(SYSTEM, track, {"comment": None})
    await heard_again(inbox, hearing)
    assert set(await inbox.kept.tracks()) == {"A", "B"}
    await report(workshop).ask_again(SYSTEM, group.id)
    await heard_again(inbox, hearing)
    assert len(await inbox.kept.tracks()) == 1


async def test_what_a_person_parted_is_not_joined_again(inbox: Inbox, workshop: Workshop) -> None:
    hearing = Hearing(workshop)
    await alike_in_the_managed_library(inbox, hearing)
    assert len(await inbox.kept.tracks()) == 1
    [merge] = await inbox.kept.rows(merges)
    writer = CatalogueWriter(LibraryPlace(inbox.kept.id, bytes(inbox.kept.root), "local"))
    async with inbox.database.write() as transaction:
        await part_tracks(transaction.connection, writer, merge.id)
    await Recounting(inbox.database, writer.touched).run()
    assert (await heard_again(inbox, hearing))["alike"] == 2
    assert set(await inbox.kept.tracks()) == {"A", "B"}
    [group] = await report(workshop).groups(SYSTEM, limit=10)
    await report(workshop).dismiss(SYSTEM, group.id)
    assert (await heard_again(inbox, hearing))["alike"] == 2
    assert set(await inbox.kept.tracks()) == {"A", "B"}
    assert await report(workshop).groups(SYSTEM, limit=10) == []
    # that alone is enough, also when one more comes that is like both
    async with inbox.database.write() as transaction:
        await transaction.connection.execute(sa.delete(merges))
    before = {file.id for file in await inbox.kept.files()}
    inbox.source.put("c.mp3", title="C")
    await inbox.run()
    [new] = [file.id for file in await inbox.kept.files() if file.id not in before]
    await hearing.soundalikes.fingerprinted(new, Fingerprint(RAW, 60_000))
    assert (await heard_again(inbox, hearing))["alike"] == 3
    assert set(await inbox.kept.tracks()) == {"A", "B"}
    [group] = await report(workshop).groups(SYSTEM, limit=10, dismissed=True)
    assert len(group.tracks) == 2 and all(track.apart_from for track in group.tracks)
