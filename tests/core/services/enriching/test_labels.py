"""Labels have the MusicBrainz ids that answers say, are themselves under another name, and people decide.
And what else answers pair with an id: the original of a remix."""

from typing import Any
from uuid import UUID

import pytest

from mcma.services.callers import SYSTEM
from mcma.services.catalogue.catalogue import CatalogueService
from mcma.services.catalogue.edits import Edits
from mcma.services.catalogue.labels import Labels, LabelView
from mcma.services.entities.labelmerge import LabelHands
from mcma.store.tables.catalogue import album_labels, external_ids, field_values, labels, merges
from mcma_plugins.ids import TrackId
from tests.core.services.enriching.test_decisions import decided
from tests.support.enriching import ON_REQUEST, Study
from tests.support.oracle import Oracle, recording, release

pytestmark = pytest.mark.anyio
X, Y = UUID(int=0xA1), UUID(int=0xB2)


def label(name: str, mbid: UUID = X, number: str = "F 1") -> dict[str, Any]:
    return {"labels": [name], "catalog_numbers": [number],
            "label_info": [{"name": name, "mbid": str(mbid), "catalog_number": number}]}  # fmt: skip


async def known(study: Study) -> dict[str, LabelView]:
    return {one.name: one for one in await Labels(study.database).list(SYSTEM)}


async def ids(study: Study) -> dict[str, tuple[UUID | None, int]]:
    """And how many albums they have."""
    return {name: (one.mbid, one.album_count) for name, one in (await known(study)).items()}


async def taken(study: Study, oracle: Oracle, title: str, said: dict[str, Any]) -> Any:
    oracle.says[title] = release(f"of {title} {said['labels']}", **said)
    album = await study.album(title)
    assert await study.ask(album, wish=ON_REQUEST) == {"applied": 1}
    return next(one for one in await study.runs() if one.outcome == "applied" and one.item_id == album.id)


async def test_a_label_has_its_id_and_the_album_its_number(study: Study, oracle: Oracle) -> None:
    await taken(study, oracle, "First", label("Fjord"))
    found = (await known(study))["Fjord"]
    assert (found.mbid, found.album_count) == (X, 1)
    assert [one.catalog_number for one in await study.rows(album_labels)] == ["F 1"]


async def test_what_is_called_otherwise_by_now_is_the_same_label(study: Study, oracle: Oracle) -> None:
    await taken(study, oracle, "First", label("Fjord"))
    await taken(study, oracle, "Second", label("Fjord Records", number="F 2"))
    assert await ids(study) == {"Fjord": (X, 2)}


async def test_two_of_one_name_are_one_with_the_first_id(study: Study, oracle: Oracle) -> None:
    await taken(study, oracle, "First", label("Fjord"))
    await taken(study, oracle, "Second", label("Fjord", Y))
    assert await ids(study) == {"Fjord": (X, 2)}


async def test_what_was_taken_back_is_said_of_no_label(study: Study, oracle: Oracle) -> None:
    """Another album has it by its tags."""
    study.music.put(
        "Cy/Third/Elder.mp3", title="Elder", artist="Cy", albumartist="Cy", album="Third", label="Fjord"
    )
    await study.music.scan()
    run = await taken(study, oracle, "First", label("Fjord"))
    assert (await known(study))["Fjord"].mbid == X
    rev = (await study.rows(labels))[0].rev
    await decided(study, "undo", run.id)
    assert await ids(study) == {"Fjord": (None, 1)}
    assert (await study.rows(labels))[0].rev > rev, "clients hear of it"


async def test_labels_that_a_person_names_have_no_id_of_others(study: Study, oracle: Oracle) -> None:
    await taken(study, oracle, "First", label("Fjord"))
    edits = Edits(study.database, lambda _hook, _event: None)
    for title in ("Fern", "Moss", "Reed"):
        track = await study.music.track(title)
        await edits.edit_track(SYSTEM, TrackId(track.id), {"labels": ["Strand"]}, only_fields=True)
    assert await ids(study) == {"Strand": (None, 1)}
    said = await study.rows(field_values, field_values.c.field == "label_info")
    assert len(said) == 3, "what was said is still there"


async def test_a_merge_by_hand_stands_before_ids_and_is_undone(study: Study, oracle: Oracle) -> None:
    await taken(study, oracle, "First", label("Fjord"))
    await taken(study, oracle, "Second", label("Strand", Y, "S 1"))
    here, hands = await known(study), LabelHands(study.database)
    await hands.merge(SYSTEM, here["Fjord"].id, here["Strand"].id)
    await taken(study, oracle, "First", label("Fjord", number="F 3"))
    assert await ids(study) == {"Strand": (Y, 2)}
    [merge] = await study.rows(merges)
    await hands.undo(SYSTEM, merge.id)
    assert {name: (one.id, one.mbid) for name, one in (await known(study)).items()} == {
        "Fjord": (here["Fjord"].id, X), "Strand": (here["Strand"].id, Y),
    }  # fmt: skip


async def test_what_a_track_is_a_remix_of_is_kept_shown_and_taken_back(study: Study, oracle: Oracle) -> None:
    said = {"remix_of": "Moor", "remix_of_mbid": str(X)}
    oracle.says["Drift"] = recording("d1", remix_of="Moor", remix_of_mbid=str(X))
    track = await study.track("Drift")
    assert await study.ask(track) == {"applied": 1}
    edits = Edits(study.database, lambda _hook, _event: None)
    shown = await edits.fields(SYSTEM, TrackId(track.id))
    assert {one.field: one.value for one in shown if one.field in said} == said
    catalogue = CatalogueService(study.database)
    assert (await catalogue.track(SYSTEM, TrackId(track.id))).remix_of == "Moor"
    here = external_ids.c.item_id == track.id, external_ids.c.scheme == "mbid.remix_of"
    assert [one.value for one in await study.rows(external_ids, *here)] == [str(X)]
    [run] = await study.runs()
    await decided(study, "undo", run.id)
    assert (await catalogue.track(SYSTEM, TrackId(track.id))).remix_of is None
    assert await study.rows(external_ids, *here) == []
