"""Tracks that sound alike, by real fingerprints; and merged tracks parted again."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Conflict, InvalidInput, NotFound
from mcma.services.callers import SYSTEM
from mcma.services.catalogue.edits import Edits
from mcma.services.identity.soundalikes import Soundalikes
from mcma.services.identity.trackmerge import part_tracks
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.values import LibraryPlace
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables.catalogue import merges, source_refs, track_files, tracks
from mcma.store.tables.listening import playlist_items, playlists
from mcma.store.tables.sounds import duplicate_members
from mcma_plugins.enrichers import Fingerprint
from mcma_plugins.ids import TrackId
from tests.support.fingerprinting import SECONDS, encode, fingerprint
from tests.support.importing import Inbox
from tests.support.scanning import Music, insert
from tests.support.statements import counted

pytestmark = pytest.mark.anyio
RIP = {"title": "One", "artist": "Anna", "album": "First", "track": "1"}


class Ears:
    """Stands for whatever computes fingerprints."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.heard: list[Any] = []
        self.service = Soundalikes(inbox.database, lambda hook, event: self.heard.append((hook, event)))

    async def put(self, path: str, seed: int, **tags: str) -> UUID:
        """A file that is imported and then fingerprinted: the track that it is now."""
        music = self.inbox.source.root
        encode(seed, path.rpartition(".")[2], music / path, tags=tags)
        await self.inbox.run()
        ref = (source_refs.c.source_id == path.encode(), source_refs.c.instance == str(self.inbox.folder_id))
        [found] = await self.inbox.kept.rows(source_refs, *ref)
        return await self.hear(found.track_id, music / path)

    async def hear(self, track: UUID, path: Path, seconds: float = SECONDS) -> UUID:
        """`path`: what the file of the track sounds like; `seconds`: how long the recording is."""
        mine = track_files.c.track_id == track, track_files.c.deleted_at.is_(None)
        [file] = await self.inbox.kept.rows(track_files, *mine)
        made = Fingerprint(fingerprint(path), round(seconds * 1000))
        return await self.service.fingerprinted(file.id, made)


@pytest.fixture
def ears(inbox: Inbox) -> Ears:
    return Ears(inbox)


async def test_the_same_place_of_the_same_album_is_one_track(ears: Ears) -> None:
    first = await ears.put("a.mp3", 1, **RIP)
    with counted(ears.inbox.database) as statements:
        second = await ears.put("b.flac", 1, **{**RIP, "title": "One (Remastered)"})
    assert second == first
    assert not [one for one in statements if "WHERE tracks.replaced_by =" in one], "no index has it"
    files = await ears.inbox.kept.files()
    assert {row.track_id for row in files} == {first}
    found = await ears.inbox.kept.track("One (Remastered)")
    assert found.id == first, "the better file speaks"
    assert [hook for hook, _ in ears.heard] == ["items_merged"]


async def test_a_newcomer_without_an_album_joins(ears: Ears) -> None:
    first = await ears.put("a.flac", 1, **RIP)
    assert await ears.put("loose.mp3", 1, title="some rip") == first
    assert set(await ears.inbox.kept.tracks()) == {"One"}


async def test_a_newcomer_that_a_person_corrected_stays_as_it_is(ears: Ears) -> None:
    first = await ears.put("a.flac", 1, **RIP)
    inbox, music = ears.inbox, ears.inbox.source.root
    encode(1, "mp3", music / "loose.mp3", tags={"title": "some rip"})
    await inbox.run()
    mine = (await inbox.kept.track("some rip")).id
    await Edits(inbox.database, lambda *_: None).edit_track(SYSTEM, TrackId(mine), {"title": "Mine"})
    assert await ears.hear(mine, music / "loose.mp3") == mine
    assert set(await inbox.kept.tracks()) == {"One", "Mine"}
    [group] = await inbox.kept.rows(duplicate_members, duplicate_members.c.file_id.in_(
        sa.select(track_files.c.id).where(track_files.c.track_id == mine)
    ))  # fmt: skip
    assert group.similarity > 0.85 and first != mine, "it is reported"


async def test_on_another_album_it_shares_the_recording(ears: Ears) -> None:
    first = await ears.put("a.flac", 1, **RIP)
    second = await ears.put("b.mp3", 1, **{**RIP, "album": "Best of", "track": "7"})
    assert second != first
    assert len({row.recording_id for row in await ears.inbox.kept.rows(tracks)}) == 1


async def test_recordings_of_other_lengths_are_never_one(ears: Ears) -> None:
    first = await ears.put("a.flac", 1, **RIP)
    inbox, music = ears.inbox, ears.inbox.source.root
    encode(1, "mp3", music / "loose.mp3", tags={"title": "some rip"})
    await inbox.run()
    mine = (await inbox.kept.track("some rip")).id
    assert await ears.hear(mine, music / "loose.mp3", SECONDS + 7.1) == mine
    assert await inbox.kept.rows(duplicate_members) == []
    assert await ears.hear(mine, music / "loose.mp3", SECONDS + 6.9) == first


async def test_other_sound_is_another_track(ears: Ears) -> None:
    first = await ears.put("a.flac", 1, **RIP)
    second = await ears.put("b.mp3", 2, **{**RIP, "title": "One (live)"})
    assert second != first
    assert {row.recording_id for row in await ears.inbox.kept.rows(tracks)} == {None}


async def test_the_older_one_wins_whichever_is_heard_last(ears: Ears) -> None:
    inbox = ears.inbox
    encode(1, "mp3", inbox.source.root / "a.mp3", tags=RIP)
    await inbox.run()
    older = (await inbox.kept.track("One")).id
    younger = await ears.put("b.flac", 1, **{**RIP, "title": "One again"})
    assert younger != older
    sound = inbox.source.root / "a.mp3"
    assert await ears.hear(older, sound) == older
    assert {row.track_id for row in await inbox.kept.files()} == {older}


async def test_a_file_of_a_library_folder_is_never_hidden(ears: Ears, tmp_path: Path) -> None:
    folder = await Music(ears.inbox.database, tmp_path / "folder", 7).create()
    for name, tags in (("a.mp3", RIP), ("b.flac", {**RIP, "title": "One again"})):
        encode(1, name.rpartition(".")[2], folder.root / name, tags=tags)
    await folder.scan()
    for title, name in (("One", "a.mp3"), ("One again", "b.flac")):
        track = (await folder.track(title)).id
        assert await ears.hear(track, folder.root / name) == track
    assert set(await folder.tracks()) == {"One", "One again"}


async def test_what_is_no_fingerprint(ears: Ears) -> None:
    await ears.put("a.mp3", 1, **RIP)
    [file] = await ears.inbox.kept.files()
    for wrong in (b"", b"abc", bytes(65 * 1024)):
        with pytest.raises(InvalidInput):
            await ears.service.fingerprinted(file.id, Fingerprint(wrong, 1000))
    with pytest.raises(InvalidInput):
        await ears.service.fingerprinted(file.id, Fingerprint(bytes(400), 0))
    with pytest.raises(NotFound):
        await ears.service.fingerprinted(new_id(), Fingerprint(bytes(400), 1000))


async def part(database: Database, inbox: Inbox) -> UUID:
    [merge] = await inbox.kept.rows(merges, merges.c.item_kind == "track")
    writer = CatalogueWriter(LibraryPlace(inbox.kept.id, bytes(inbox.kept.root), "local"))
    async with database.write() as transaction:
        await part_tracks(transaction.connection, writer, merge.id)
    await Recounting(database, writer.touched).run()
    return UUID(str(merge.loser_id))


async def test_a_merge_is_taken_back(ears: Ears, database: Database) -> None:
    """With likes on both, and a row of a playlist that followed."""
    inbox = ears.inbox
    first = await ears.put("a.mp3", 1, **RIP)
    music = inbox.source.root
    encode(1, "flac", music / "b.flac", tags={**RIP, "title": "One again"})
    await inbox.run()
    loser = (await inbox.kept.track("One again")).id
    user, other = await inbox.kept.like(loser), await inbox.kept.like(first)
    now, playlist = utcnow(), new_id()
    await insert(database, playlists, {"id": playlist, "owner_id": user, "name": "x", "name_key": "x",
                                       "created_at": now, "changed_at": now})  # fmt: skip
    await insert(database, playlist_items, {"id": new_id(), "playlist_id": playlist, "position": "a",
                                            "track_id": loser, "added_at": now})  # fmt: skip
    assert await ears.hear(loser, music / "b.flac") == first
    assert await inbox.kept.likes(user) == [first]
    assert [row.track_id for row in await inbox.kept.rows(playlist_items)] == [first]
    assert await part(database, inbox) == loser
    assert set(await inbox.kept.tracks()) == {"One", "One again"}
    assert await inbox.kept.likes(user) == [loser]
    assert await inbox.kept.likes(other) == [first]
    assert [row.track_id for row in await inbox.kept.rows(playlist_items)] == [loser]
    by_track = sa.and_(track_files.c.track_id == loser, track_files.c.deleted_at.is_(None))
    assert [row.codec for row in await inbox.kept.rows(track_files, by_track)] == ["flac"]
    with pytest.raises(Conflict):
        await part(database, inbox)
