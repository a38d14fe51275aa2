"""Whatever an enricher does, and whatever happens meanwhile: a state with a reason, nothing lost."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.services.callers import SYSTEM
from mcma.services.catalogue.edits import Edits
from mcma.services.enriching.pauses import pauses
from mcma.services.enriching.policy import Policy
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables.catalogue import albums, tracks
from mcma.store.tables.enriching import enrichment_states
from mcma.store.tables.machinery import key_values
from mcma_plugins.enrichers import Candidate
from mcma_plugins.errors import AuthorisationNeeded, PermanentError, RetryLater
from mcma_plugins.ids import TrackId
from tests.support.catalogue import set_row
from tests.support.enriching import ON_REQUEST, Study
from tests.support.oracle import Oracle, Songbook, recording, release
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio


async def held(database: Database) -> dict[str, Any]:
    async with database.read() as connection:
        return dict(await pauses(connection))


async def let_time_pass(study: Study) -> None:
    """What waits is due, and no pause lasts."""
    past = utcnow() - timedelta(seconds=1)
    await study.set(enrichment_states, enrichment_states.c.due_at.is_not(None), due_at=past)
    async with study.database.write() as transaction:
        for row in (await transaction.connection.execute(sa.select(key_values))).all():
            if row.key.startswith("enricher."):
                value = {**row.value, "until": past.isoformat()}
                change = sa.update(key_values).where(key_values.c.key == row.key)
                await transaction.connection.execute(change.values(value=value))


async def test_down_for_a_day(study: Study, oracle: Oracle) -> None:
    """Asked seldom, longer each time, and everything is there when it is back."""
    oracle.says |= {"First": release("r1", date="1999-05-01"), "Second": release("r2", date="2010-02-02")}
    first, second = await study.album("First"), await study.album("Second")
    await study.ask(first)
    values = await study.values()
    oracle.fault = RetryLater("The service does not answer.", code="unreachable")
    waits = []
    for attempt in range(1, 13):
        assert await study.ask(second, first) == {"waiting": 2}
        pause = (await held(study.database))["oracle"]
        assert (pause.state, pause.failures, pause.said) == ("unreachable", attempt, False)
        waits.append((pause.until - utcnow()).total_seconds())
        await let_time_pass(study)
    assert len(oracle.asked) == 1 + 12  # the other one is not even tried
    for attempt, wait in enumerate(waits):
        longest = min(6 * 3600, 60 * 2**attempt)
        assert 0.49 * longest <= wait <= longest
    assert (await study.values(), len(await study.runs())) == (values, 1)
    states = await study.states()
    assert (states[first.id].state, states[second.id].state) == ("enriched", "waiting")
    assert (states[second.id].code, states[second.id].failures) == ("unreachable", 12)
    oracle.fault = None
    assert await study.ask(second) == {"applied": 1}
    assert await held(study.database) == {}
    state = (await study.states())[second.id]
    assert (state.state, state.code, state.failures) == ("enriched", None, 0)


async def test_a_fault_takes_nothing_of_what_stands(study: Study, oracle: Oracle) -> None:
    oracle.says["First"] = release("r1", date="1999-05-01")
    album = await study.album("First")
    await study.ask(album)
    [run], values = await study.runs(), await study.values()
    oracle.fault = RetryLater("The service does not answer.", code="unreachable")
    assert await study.ask(album, wish=ON_REQUEST) == {"enriched": 1}
    state = (await study.states())[album.id]
    assert (state.state, state.run_id, state.code) == ("enriched", run.id, "unreachable")
    assert await study.values() == values


async def test_how_long_to_wait_is_the_services_to_say(study: Study, oracle: Oracle) -> None:
    oracle.fault = RetryLater("Too many.", after=3600)
    album = await study.album("First")
    assert await study.ask(album) == {"waiting": 1}
    due = (await study.states())[album.id].due_at
    assert timedelta(minutes=59) < due - utcnow() <= timedelta(hours=1)
    # a person does not make it faster either
    assert await study.ask(album, wish=ON_REQUEST) == {"waiting": 1}
    assert len(oracle.asked) == 1


async def test_what_cannot_be_told_now_of_one_item_is_told_of_the_others(
    study: Study, oracle: Oracle
) -> None:
    """Nobody else waits for it, and it waits as long as was said."""
    oracle.says["Second"] = release("r2", date="2010-02-02")
    first, second = await study.album("First"), await study.album("Second")
    oracle.faults["First"] = RetryLater("It does not search.", after=20_000, code="limited")
    for _ in range(4):
        assert await study.ask(first, second, wish=ON_REQUEST) in (
            {"waiting": 1, "applied": 1}, {"waiting": 1, "same": 1})  # fmt: skip
    state = (await study.states())[first.id]
    assert (state.state, state.code, state.message) == ("waiting", "limited", "It does not search.")
    assert timedelta(seconds=19_990) < state.due_at - utcnow() <= timedelta(seconds=20_000)
    assert (await held(study.database), study.record.degraded) == ({}, False)


async def test_a_person_who_put_it_right_need_not_wait(study: Study, oracle: Oracle) -> None:
    oracle.fault = AuthorisationNeeded("The key is wrong.")
    album = await study.album("First")
    await study.ask(album)
    assert (await held(study.database))["oracle"].state == "auth_required"
    assert await study.ask(album) == {"waiting": 1}
    assert len(oracle.asked) == 1
    oracle.fault = None
    assert await study.ask(album, wish=ON_REQUEST) == {"nothing": 1}
    assert await held(study.database) == {}


@pytest.mark.parametrize(
    ("answer", "code"),
    [("nonsense", "broken"), (7, "broken"), ([object()], None), ({"a": 1}, "broken")],
)
async def test_nonsense(study: Study, oracle: Oracle, answer: Any, code: str | None) -> None:
    oracle.answer = answer
    album = await study.album("First")
    await study.ask(album)
    state = (await study.states())[album.id]
    assert (state.state, state.code) == ("waiting" if code else "nothing", code)
    assert study.record.errors == 1
    assert await study.runs() == []


@pytest.mark.parametrize("value", [7, "Ann"])
async def test_a_field_that_says_no_list_where_one_belongs(
    study: Study, oracle: Oracle, value: object
) -> None:
    """What else there is in line is asked about all the same."""
    oracle.says["First"] = release("r1", artists=value, album_artists=value, date="1999-05-01")
    oracle.says["Second"] = release("r2", date="2010-02-02")
    assert await study.ask(await study.album("First"), await study.album("Second")) == {"applied": 2}
    assert {name for one in (await study.values()).values() for name in one} == {"date"}


@pytest.mark.parametrize("fault", [ValueError("?"), KeyError(), SystemExit(3), MemoryError()])
async def test_it_raises_anything(study: Study, oracle: Oracle, fault: BaseException) -> None:
    oracle.fault = fault
    first, second, drift = await study.album("First"), await study.album("Second"), await study.track("Drift")
    # of single items; the third in a row is the enricher's trouble
    assert await study.ask(first, second) == {"waiting": 2}
    assert (await held(study.database))["oracle"].until is None
    assert await study.ask(drift, first) == {"waiting": 2}
    assert (await held(study.database))["oracle"].until is not None
    assert len(oracle.asked) == 3
    assert study.record.errors == 3


async def test_one_that_hangs_is_given_up(music: Music, oracle: Oracle) -> None:
    study = Study.of(music, oracle, policy=Policy(seconds=0.05))
    oracle.hangs = True
    album = await study.album("First")
    assert await study.ask(album) == {"waiting": 1}
    assert (await study.states())[album.id].code == "slow"


async def test_what_it_will_never_do_is_not_asked_again_soon(study: Study, oracle: Oracle) -> None:
    oracle.fault = PermanentError("No such thing.")
    album = await study.album("First")
    assert await study.ask(album) == {"failed": 1}
    state = (await study.states())[album.id]
    assert (state.state, state.code, state.message) == ("failed", "refused", "No such thing.")
    assert state.due_at > utcnow() + timedelta(days=100)
    assert (await study.music.albums())["First"].metadata_status == "failed"


async def test_another_title_and_artist_are_a_question_never_a_change(study: Study, oracle: Oracle) -> None:
    wrong = {"Fern": "Thunder Road", "Moss": "Backstreets", "Reed": "Night"}
    oracle.says["First"] = release("r1", 1.0, wrong, artists=[{"name": "Bob Birch"}], album="Runners")
    album = await study.album("First")
    before = await study.rows(tracks)
    assert await study.ask(album) == {"review": 1}
    assert await study.values() == {}
    titles = [row.title for row in await study.rows(tracks)]
    assert titles == [row.title for row in before]
    [candidate] = await study.candidates()
    assert (candidate.said_score, candidate.score < 0.9) == (1.0, True)
    assert candidate.reasons[0][0] == "doubt"
    assert (await study.music.albums())["First"].metadata_status == "review"


async def test_removed_while_it_was_asked_about(study: Study, oracle: Oracle) -> None:
    album = await study.album("First")

    async def remove(_: object) -> None:
        gone = [row.id for row in await study.rows(tracks, tracks.c.album_id == album.id)]
        await set_row(study.database, tracks, gone, deleted_at=utcnow(), updated_at=utcnow())
        await set_row(study.database, albums, album.id, deleted_at=utcnow())

    oracle.before, oracle.says["First"] = remove, release("r1", date="1999")
    assert await study.ask(album) == {"gone": 1}
    assert (await study.runs(), await study.states(), await study.values()) == ([], {}, {})
    assert await study.ask(album) == {}


async def test_what_a_person_says_meanwhile_wins(study: Study, oracle: Oracle) -> None:
    album, fern = await study.album("First"), await study.track("Fern")
    edits = Edits(study.database, lambda _hook, _event: None)

    async def edit(_: object) -> None:
        await edits.edit_track(SYSTEM, TrackId(fern.id), {"title": "Bracken"})

    oracle.before = edit
    oracle.says["First"] = release("r1", titles={"Fern": "Ferns"}, date="1999")
    # what it answered first was about another title
    assert await study.ask(album) == {"applied": 1}
    assert [known.tracks[0].title for known in oracle.asked] == ["Fern", "Bracken"]  # type: ignore[union-attr]
    assert len(await study.runs()) == 1
    titles = {row.title for row in await study.rows(tracks, tracks.c.album_id == album.id)}
    assert titles == {"Bracken", "Moss", "Reed"}


async def test_what_a_person_takes_meanwhile_is_theirs(study: Study, oracle: Oracle) -> None:
    track = await study.track("Drift")
    edits = Edits(study.database, lambda _hook, _event: None)

    async def take(_: object) -> None:
        await edits.take(SYSTEM, TrackId(track.id))

    oracle.before = take
    oracle.says["Drift"] = recording("d1", date="2001")
    assert await study.ask(track) == {"manual": 1}
    assert (await study.runs(), await study.values()) == ([], {})
    assert (await study.states())[track.id].code == "manual"


async def test_what_is_a_persons_is_not_asked_about(study: Study, oracle: Oracle) -> None:
    album = await study.album("Second")
    edits = Edits(study.database, lambda _hook, _event: None)
    for title in ("Oak", "Elm"):
        await edits.edit_track(SYSTEM, TrackId((await study.track(title)).id), {"genres": ["Folk"]})
    oracle.says["Second"] = release("r1", date="1999")
    assert await study.ask(album, wish=ON_REQUEST) == {"manual": 1}
    assert oracle.asked == []
    assert (await study.states())[album.id].code == "manual"


async def test_two_at_once_on_one_album(study: Study, oracle: Oracle) -> None:
    album = await study.album("First")
    both = asyncio.Barrier(2)

    async def meet(_: object) -> None:
        await both.wait()

    oracle.before, oracle.says["First"] = meet, release("r1", date="1999-01-01")
    done = await asyncio.gather(study.ask(album), study.ask(album))
    assert sorted(next(iter(one)) for one in done) in (["applied", "overtaken"], ["applied", "same"])
    assert len(await study.runs()) == 1


async def test_what_is_there_already_is_not_asked_for(music: Music) -> None:
    music.put("Sung/Hymn.mp3", title="Hymn", artist="Dee", lyrics="[00:01.00]one\n[00:02.00]two")
    await music.scan()
    songbook = Songbook()
    study = Study.of(music, songbook)
    assert await study.ask(await study.track("Hymn"), of="songbook") == {"not_needed": 1}
    words: dict[str, Any] = {"lyrics": {"lang": "eng", "plain": "drifting", "synced": []}}
    songbook.says["Drift"] = recording("l1", **words)
    drift = await study.track("Drift")
    assert await study.ask(drift, of="songbook") == {"applied": 1}
    # its own words do not keep it from being asked again when they have aged
    aged = utcnow() - timedelta(days=181)
    await study.set(enrichment_states, enrichment_states.c.item_id == drift.id, asked_at=aged)
    assert await study.ask(drift, of="songbook") == {"same": 1}
    assert songbook.titles == ["Drift", "Drift"]


async def test_one_that_is_gone_and_comes_back(music: Music, oracle: Oracle) -> None:
    study = Study.of(music, oracle)
    oracle.says["First"] = release("r1", date="1999-05-05")
    album = await study.album("First")
    await study.ask(album)
    without = Study.of(music)
    with pytest.raises(PermanentError) as gone:
        await without.ask(album)
    assert gone.value.stable_code == "absent"
    assert {one["date"] for one in (await without.values()).values()} == {"1999-05-05"}
    assert await study.ask(album, wish=ON_REQUEST) == {"same": 1}
    assert len(await study.runs()) == 1


async def test_a_rescan_changes_nothing_of_what_was_taken(study: Study, oracle: Oracle) -> None:
    oracle.says["First"] = release("r1", date="1999-05-05")
    album = await study.album("First")
    await study.ask(album)
    study.music.touch("Ann/First/01 Fern.mp3")
    await study.music.scan(full=True)
    assert {row.date for row in await study.rows(tracks, tracks.c.album_id == album.id)} == {"1999-05-05"}
    [run] = await study.runs()
    async with study.database.write() as transaction:
        await study.deciding.undo(transaction, run.id, SYSTEM.user_id)
    assert {row.date for row in await study.rows(tracks, tracks.c.album_id == album.id)} == {None}
    assert await study.ask(album, wish=ON_REQUEST) == {"nothing": 1}


async def test_many_candidates_of_one_album_are_kept_as_they_came(study: Study, oracle: Oracle) -> None:
    def many(album: Any) -> list[Candidate]:
        tracks_: dict[TrackId, dict[str, Any]] = {track.id: {} for track in album.tracks}
        return [Candidate(f"r{n}", f"R {n}", 0.8 - n / 100, tracks=tracks_) for n in range(20)]

    oracle.says["First"] = many
    await study.ask(await study.album("First"))
    rows = sorted(await study.candidates(), key=lambda row: row.position)
    assert [row.ref for row in rows] == [f"r{n}" for n in range(20)]
