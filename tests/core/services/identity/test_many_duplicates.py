"""What is looked at of very many: those of one sound, groups that are one track by now, and large groups."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Conflict
from mcma.domain.fingerprints import terms
from mcma.services.callers import SYSTEM
from mcma.services.identity import duplicate_groups, duplicates
from mcma.services.identity.duplicate_standings import settle_portion
from mcma.services.identity.duplicates import Duplicates
from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.queries import duplicates as groups
from mcma.store.queries import fingerprints as rows
from mcma.store.queries.fingerprints import Made
from mcma.store.tables.catalogue import track_files, tracks
from mcma.store.tables.sounds import duplicate_groups as kept_groups
from mcma.store.tables.sounds import duplicate_members
from mcma.wiring.entities import merges_of
from mcma_plugins.enrichers import Fingerprint
from tests.support.jobs import Workshop
from tests.support.scanning import Music
from tests.support.statements import counted

pytestmark = pytest.mark.anyio
RAW = bytes(place * place * 31 % 253 for place in range(1200))


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    return await Music(database, tmp_path / "music").create()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two of a term are very many."""
    monkeypatch.setattr(rows, "OFTEN", 2)
    rows._near.cache_clear()
    yield
    rows._near.cache_clear()


async def like(music: Music, count: int) -> list[UUID]:
    """Files of as many tracks, made after one that was scanned."""
    music.put("One.mp3", title="One", sound=1)
    await music.scan()
    [file], [track] = await music.files(), (await music.tracks()).values()
    ids = iter(sorted(new_id() for _ in range(2 * count)))
    made = [(next(ids), next(ids), b"%d.mp3" % number) for number in range(count)]
    async with music.database.write() as transaction:
        await insert_rows(transaction.connection, tracks, [
            {**track._asdict(), "id": id_, "file_id": copy} for id_, copy, _ in made
        ])  # fmt: skip
        await insert_rows(transaction.connection, track_files, [
            {**file._asdict(), "id": copy, "track_id": id_, "name": name, "audio_hash": None}
            for id_, copy, name in made
        ])  # fmt: skip
    return [copy for _, copy, _ in made]


async def test_of_very_many_of_one_sound_those_of_the_same_length_are_found(music: Music, few: None) -> None:
    """In the index as in what is compared: what a jingle or a drone leaves is in thousands."""
    files = await like(music, 9)
    heard = [Fingerprint(RAW, 60_000 + 1000 * place) for place in range(len(files))]
    async with music.database.write() as transaction:
        made = [Made(file, "said", one) for file, one in zip(files, heard, strict=True)]
        await rows.keep(transaction.connection, made, utcnow())
        mine = (await rows.uncompared(transaction.connection, 9))[4]
        found = await rows.near(transaction.connection, mine)
    assert sorted(one.duration_ms for one in found) == [62_000, 63_000, 65_000]
    assert {one.raw for one in found} == {RAW}


async def test_what_has_too_few_terms_to_be_like_anything_asks_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_near", None)
    assert len(terms(bytes(4000))) == 1, "silence"
    async with database.read() as connection:
        assert await rows.near(connection, rows.Heard(1, new_id(), bytes(4000), 60_000)) == ()


def shown(music: Music) -> Duplicates:
    merging = merges_of(music.database, Workshop(music.database).jobs, lambda _, __: None)
    return Duplicates(music.database, merging, lambda: True)


async def grouped(music: Music, files: list[UUID]) -> list[UUID]:
    """Two files a group; the groups, by id."""
    async with music.database.write() as transaction:
        for one, other in zip(files[::2], files[1::2], strict=True):
            await duplicate_groups.note(transaction.connection, one, [duplicate_groups.Alike(other, 0.01)])
    return [row.id for row in sorted(await music.rows(kept_groups), key=lambda row: row.id.bytes)]


async def test_what_is_one_track_by_now_is_not_walked_through(music: Music) -> None:
    """As many as a household may have merged in years; taken back, they are asked about again."""
    first, *others, last = await grouped(music, await like(music, 8))
    report = shown(music)
    merged = [(await report.merge(SYSTEM, group)).merges[0] for group in (first, *others)]
    await report.dismiss(SYSTEM, last)
    standing = {row.id: row.standing for row in await music.rows(kept_groups)}
    assert standing == dict.fromkeys((first, *others), "one") | {last: "dismissed"}
    async with music.database.read() as connection:
        with counted(music.database) as statements:
            assert await groups.page(connection, None, False, None, 2) == []
    assert len(statements) == 1, "the index says that there is none"
    await report._merges.undo(SYSTEM, merged[0].id)
    await report.ask_again(SYSTEM, last)
    assert [one.id for one in await report.groups(SYSTEM, limit=10)] == [first, last]
    assert [one.id for one in await report.groups(SYSTEM, limit=1, after=first)] == [last]


async def test_groups_that_lost_their_files_are_passed_over_and_settled_by_the_job(music: Music) -> None:
    kept = await grouped(music, await like(music, 10))
    members = await music.rows(duplicate_members, duplicate_members.c.group_id.in_(kept[:3]))
    one_each = {one.group_id: one.file_id for one in members}
    gone = sa.update(track_files).where(track_files.c.id.in_(one_each.values()))
    async with music.database.write() as transaction:
        await transaction.connection.execute(gone.values(deleted_at=utcnow()))
    found = await shown(music).groups(SYSTEM, limit=1)
    assert [one.id for one in found] == [kept[3]]
    assert [one.id for one in await shown(music).groups(SYSTEM, limit=9, kind="exact")] == []
    async with music.database.write() as transaction:
        assert await settle_portion(transaction.connection, None) is None
    assert {row.id for row in await music.rows(kept_groups)} == set(kept[3:])


async def test_of_a_large_group_those_that_can_be_merged_are(
    music: Music, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever they stand in it: none of the first can."""
    monkeypatch.setattr(duplicates, "MOST_TRACKS", 3)
    files = await like(music, 8)
    report = shown(music)
    async with music.database.write() as transaction:
        alike = [duplicate_groups.Alike(file, 0.01) for file in files[1:4]]
        await duplicate_groups.note(transaction.connection, files[0], alike)
    [group] = await report.groups(SYSTEM, limit=1)
    await report.dismiss(SYSTEM, group.id)
    async with music.database.write() as transaction:
        alike = [duplicate_groups.Alike(file, 0.01) for file in files[4:]]
        await duplicate_groups.note(transaction.connection, files[0], alike)
    merged = await report.merge(SYSTEM, group.id)
    assert (len(merged.merges), len(merged.left), merged.more) == (2, 2, 3)
    merged = await report.merge(SYSTEM, group.id)
    assert (len(merged.merges), len(merged.left), merged.more) == (2, 2, 1)
    with pytest.raises(Conflict) as refused:
        await report.merge(SYSTEM, group.id)
    assert refused.value.stable_code == "said_apart"
