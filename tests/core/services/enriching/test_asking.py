"""One enricher is asked about albums and tracks; what it says is kept, decided and laid."""

from datetime import timedelta

import pytest

from mcma.store.clock import utcnow
from mcma.store.tables.enriching import enrichment_states
from mcma_plugins.enrichers import KnownAlbum, KnownTrack
from tests.support.enriching import ON_REQUEST, Study, said
from tests.support.oracle import Oracle, recording, release

pytestmark = pytest.mark.anyio


async def test_an_album_is_asked_about_as_a_whole_and_what_is_sure_is_taken(
    study: Study, oracle: Oracle
) -> None:
    oracle.says["First"] = release("r1", date="1999-05-01", release_mbid="0" * 32)
    album = await study.album("First")
    assert await study.ask(album) == {"applied": 1}
    [known] = oracle.asked
    assert isinstance(known, KnownAlbum)
    assert [track.title for track in known.tracks] == ["Fern", "Moss", "Reed"]
    [run] = await study.runs()
    [candidate] = await study.candidates()
    assert (run.outcome, run.decided_by, run.candidate_id) == ("applied", "automatic", candidate.id)
    values = await study.values()
    assert set(values) == {track.id for track in known.tracks}
    assert said(values, "date") == {"1999-05-01"}
    state = (await study.states())[album.id]
    assert (state.state, state.run_id) == ("enriched", run.id)
    assert state.due_at > utcnow() + timedelta(days=100)


async def test_labels_and_catalogue_numbers_of_an_album_are_known(study: Study, oracle: Oracle) -> None:
    oracle.says["First"] = release("r1", labels=["Little"], catalog_numbers=["LR 1", "LR 2"])
    album = await study.album("First")
    await study.ask(album)
    await study.ask(album, wish=ON_REQUEST)
    _, known = oracle.asked
    assert isinstance(known, KnownAlbum)
    assert (known.labels, known.catalog_numbers) == (("Little",), ("LR 1", "LR 2"))


async def test_a_track_without_an_album_is_asked_about_by_itself(study: Study, oracle: Oracle) -> None:
    oracle.says["Drift"] = recording("d1", date="2001")
    track = await study.track("Drift")
    assert await study.ask(track) == {"applied": 1}
    [known] = oracle.asked
    assert isinstance(known, KnownTrack)
    assert (known.album, known.path) == (None, "Loose/Drift.mp3")


async def test_what_only_a_name_says_contradicts_nothing(study: Study, oracle: Oracle) -> None:
    study.music.put("Loose/Wrong Name.mp3")
    await study.music.scan()
    oracle.says["Wrong Name"] = recording("d1", title="Thunder Road", artists=[{"name": "Dee Jay"}])
    assert await study.ask(await study.track("Wrong Name")) == {"applied": 1}


async def test_that_nothing_is_known_is_remembered(study: Study, oracle: Oracle) -> None:
    album = await study.album("First")
    assert await study.ask(album) == {"nothing": 1}
    assert await study.ask(album) == {"unchanged": 1}
    assert oracle.titles == ["First"]
    assert await study.runs() == []
    due = (await study.states())[album.id].due_at - utcnow()
    assert timedelta(days=26) < due < timedelta(days=34)
    aged = utcnow() - timedelta(days=31)
    await study.set(enrichment_states, enrichment_states.c.item_id == album.id, asked_at=aged, due_at=aged)
    assert await study.ask(album) == {"nothing": 1}
    assert await study.ask(album, wish=ON_REQUEST) == {"nothing": 1}
    assert len(oracle.asked) == 3


async def test_what_is_less_sure_is_asked_of_a_person(study: Study, oracle: Oracle) -> None:
    oracle.says["First"] = release("r1", 0.7, date="1999")
    album = await study.album("First")
    assert await study.ask(album) == {"review": 1}
    assert [run.outcome for run in await study.runs()] == ["review"]
    assert await study.values() == {}
    state = (await study.states())[album.id]
    assert (state.state, state.due_at) == ("review", None)
