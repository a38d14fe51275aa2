"""Files without fingerprints are given some, by jobs; what cannot be is remembered."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.fingerprints import bit_error, unpacked
from mcma.services.identity.fingerprinting import FINGERPRINT, fingerprints_of
from mcma.services.identity.waiting import waiting
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables.catalogue import track_files, tracks
from mcma.store.tables.enriching import enrichment_states
from mcma.store.tables.machinery import jobs
from mcma.store.tables.sounds import file_fingerprints, fingerprint_terms
from mcma_plugins.enrichers import Fingerprint
from mcma_plugins.errors import PermanentError, RetryLater
from tests.support.fingerprinting import SECONDS, encode, fingerprint
from tests.support.hearing import Hearing, Said
from tests.support.jobs import Workshop
from tests.support.scanning import Music
from tests.support.statements import counted

pytestmark = pytest.mark.anyio
WORK = f"ears.{FINGERPRINT}"


@pytest.fixture
async def workshop(database: Database) -> AsyncIterator[Workshop]:
    made = Workshop(database)
    yield made
    await made.stop()


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    return await Music(database, tmp_path / "music").create()


def put(music: Music, path: str, seed: int, **tags: str) -> bytes:
    (music.root / path).parent.mkdir(exist_ok=True, parents=True)
    return fingerprint(encode(seed, path.rpartition(".")[2], music.root / path, tags=tags))


async def kept(music: Music) -> dict[str, Any]:
    """Path to the row of its fingerprint."""
    files = {row.id: row.path_display for row in await music.files()}
    return {files[row.file_id]: row for row in await music.rows(file_fingerprints) if row.file_id in files}


def some(seed: int, seconds: int = 20) -> Fingerprint:
    return Fingerprint(bytes((seed * 7 + place * place) % 251 for place in range(400)), seconds * 1000)


async def test_files_are_fingerprinted_once(music: Music, workshop: Workshop) -> None:
    raw = put(music, "a.mp3", 1, title="One")
    encode(1, "mp3", music.root / "b.mp3", skip=SECONDS - 1.0, tags={"title": "Short"})
    await music.scan()
    hearing = Hearing(workshop)
    assert await hearing.run(WORK) == {"made": 1, "failed": 1, "skipped": 0, "alike": 0}
    rows = await kept(music)
    assert unpacked(rows["a.mp3"].packed) == raw
    assert abs(rows["a.mp3"].duration_ms - SECONDS * 1000) < 150
    assert (rows["b.mp3"].packed, rows["b.mp3"].error_code) == (None, "too_short")
    assert len(await music.rows(fingerprint_terms)) > 8
    assert all(row.compared_at for row in rows.values())
    assert await hearing.run(WORK) == {"made": 0, "failed": 0, "skipped": 0, "alike": 0}


async def test_other_bytes_are_another_file(music: Music, workshop: Workshop) -> None:
    put(music, "a.mp3", 1, title="One")
    await music.scan()
    hearing = Hearing(workshop)
    await hearing.run(WORK)
    second = put(music, "a.mp3", 2, title="One")
    await music.scan()
    assert (await hearing.run(WORK))["made"] == 1
    assert unpacked((await kept(music))["a.mp3"].packed) == second


async def test_what_a_round_finds(music: Music, workshop: Workshop) -> None:
    hearing = Hearing(workshop, Said())
    assert await hearing.run(FINGERPRINT) == {"waiting": 0}
    music.put("a.mp3", title="One")
    await music.scan()
    assert await hearing.run(FINGERPRINT) == {"waiting": 1}
    assert [row.kind for row in await music.rows(jobs, jobs.c.state == "queued")] == [WORK]
    hearing.fingerprinters = ()
    assert await hearing.run(FINGERPRINT) == {"waiting": 1, "reason": "no_fingerprinter"}
    music.put("b.mp3", title="Two")
    await music.scan()
    assert await hearing.run(FINGERPRINT) == {"waiting": 2, "reason": "no_fingerprinter"}
    [one, _] = await music.files()
    await hearing.soundalikes.fingerprinted(one.id, some(1))
    with counted(music.database) as statements:
        async with music.database.read() as connection:
            assert await waiting(connection) == 1, "what was made since is taken off"
    assert not [one for one in statements if "track_files" in one], "nobody looks at all files for that"
    assert await hearing.run(FINGERPRINT) == {"waiting": 1, "reason": "no_fingerprinter"}
    assert [kind.name for kind in hearing.fingerprinting.job_kinds()] == [FINGERPRINT]


async def test_without_a_program_it_stops_and_says_why(music: Music, workshop: Workshop) -> None:
    music.put("a.mp3", title="One")
    music.put("b.mp3", title="Two")
    await music.scan()
    none = RetryLater("No program.", code="no_program")
    hearing = Hearing(workshop, Said(a=none, b=none))
    nothing = {"made": 0, "failed": 0, "skipped": 2, "alike": 0, "reason": "no_program"}
    assert await hearing.run(WORK) == nothing
    assert await kept(music) == {}
    hearing.fingerprinters = (*hearing.fingerprinters, Said(a=some(1), b=some(2)))
    assert (await hearing.run(WORK))["made"] == 2, "by the first that can"


async def test_what_plugins_may_answer(music: Music, workshop: Workshop) -> None:
    answers: dict[str, object] = {
        "wrong": "no fingerprint", "odd": Fingerprint(b"abc", 5), "none": Fingerprint(bytes(400), 0),
        "endless": Fingerprint(bytes(128 * 1024), 5), "broken": RuntimeError(), "slow": TimeoutError(),
        "later": RetryLater("busy"), "never": PermanentError("It has a \0 in it.", code="undecodable"),
        "good": some(1),
    }  # fmt: skip
    for title in answers:
        music.put(f"{title}.mp3", title=title)
    await music.scan()
    hearing = Hearing(workshop, Said(**answers))
    assert await hearing.run(WORK) == {"made": 1, "failed": 1, "skipped": 7, "alike": 0}
    rows = await kept(music)
    assert set(rows) == {"never.mp3", "good.mp3"}
    assert rows["never.mp3"].error == "It has a  in it."
    assert len(hearing.calls.complaints) == 4


async def test_a_file_that_changed_or_went_is_left_for_later(music: Music, workshop: Workshop) -> None:
    for title in ("here", "gone", "other"):
        music.put(f"{title}.mp3", title=title)
    await music.scan()
    music.remove("gone.mp3")
    (music.root / "other.mp3").write_bytes(b"other bytes")
    said = Said(here=some(1))
    assert await Hearing(workshop, said).run(WORK) == {"made": 1, "failed": 0, "skipped": 2, "alike": 0}
    assert said.asked == ["here.mp3"]


async def test_the_fingerprint_of_a_track(music: Music, workshop: Workshop, database: Database) -> None:
    """That of the file that is played; of another one where that has none."""
    put(music, "a/1.mp3", 1, title="One", album="First", track="1")
    whole = put(music, "a/1.flac", 1, title="One", album="First", track="1")
    music.put("b.mp3", title="Two")
    await music.scan()
    await Hearing(workshop).run(WORK)
    one, two = (await music.track("One")).id, (await music.track("Two")).id
    async with database.read() as connection:
        found = await fingerprints_of(connection, [one, two])
    assert set(found) == {one}
    assert found[one].raw == whole
    async with database.write() as transaction:
        flac = sa.select(track_files.c.id).where(track_files.c.codec == "flac")
        gone = sa.delete(file_fingerprints).where(file_fingerprints.c.file_id.in_(flac))
        await transaction.connection.execute(gone)
    async with database.read() as connection:
        found = await fingerprints_of(connection, [one, two])
    assert 0 < bit_error(found[one].raw, whole) < 0.1


async def test_alike_files_are_found_as_they_come(music: Music, workshop: Workshop) -> None:
    put(music, "a.mp3", 1, title="One")
    put(music, "b.ogg", 1, title="Another")
    put(music, "c.mp3", 2, title="Two")
    await music.scan()
    assert (await Hearing(workshop).run(WORK))["alike"] == 2
    shared = {row.title: row.recording_id for row in await music.rows(tracks)}
    assert shared["One"] == shared["Another"] is not None
    assert shared["Two"] is None


async def test_what_was_not_known_without_its_sound_is_asked_about_again(
    music: Music, workshop: Workshop
) -> None:
    put(music, "Songs/one.mp3", 1)
    await music.scan()
    [track] = await music.rows(tracks)
    states = await asked(music, track.id)
    await Hearing(workshop).run(WORK)
    due = {row.enricher: row.due_at for row in await music.rows(enrichment_states)}
    assert due["unknowing"] <= utcnow()
    assert {name: due[name] for name in ("knowing", "waiting")} == dict.fromkeys(
        ("knowing", "waiting"), states
    )


async def asked(music: Music, track: UUID) -> datetime:
    """When it is asked about again."""
    later = utcnow() + timedelta(days=9)
    rows = [
        {
            "item_id": track,
            "enricher": name,
            "item_kind": "track",
            "state": state,
            "due_at": later,
            "failures": 0,
        }
        for name, state in (("unknowing", "nothing"), ("knowing", "enriched"), ("waiting", "waiting"))
    ]
    async with music.database.write() as transaction:
        await transaction.connection.execute(sa.insert(enrichment_states), rows)
    return later
