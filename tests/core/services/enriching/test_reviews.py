"""What people are asked, as lists show it: without what answers say, and without what is not here."""

from typing import Any

import pytest

from mcma.services.enriching import overview, reviews, standings
from mcma.services.enriching.reviews import Filter, RunView
from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import albums, libraries, tracks
from mcma_plugins.enrichers import Candidate, KnownAlbum
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.enriching import Study
from tests.support.oracle import WHY, Oracle, person, recording, release
from tests.support.statements import counted

pytestmark = pytest.mark.anyio
MBID = "76df3287-6cda-33eb-8e9a-044b5e15ffdd"


async def listed(study: Study, outcome: str | None = "review") -> list[RunView]:
    async with study.database.read() as connection:
        return list((await reviews.page(connection, Filter(outcome), None, 10)).items)


def long(album: KnownAlbum) -> list[Candidate]:
    words = {"lang": "und", "plain": "la " * 99, "synced": []}
    told: Any = {track.id: {"lyrics": words} for track in album.tracks}
    about = {MBID: {"name": "Ann Ash"}}
    return [
        Candidate("one", "One", 0.8, WHY, {"date": "1991"}, told, about, link="https://one.example/1"),
        Candidate("two", "Two", 0.7, WHY, {"date": "1992"}, {album.tracks[0].id: {}}, picture="front"),
    ]


async def test_lists_do_not_read_what_answers_say(study: Study, oracle: Oracle) -> None:
    oracle.says["First"] = long
    await study.ask(album := await study.album("First"))
    with counted(study.database) as statements:
        [run] = await listed(study)
    assert not [one for one in statements if "candidates.fields" in one or "candidates.artists" in one]
    shown = [
        (one.ref, one.tracks, one.picture, one.link, one.said_score, one.reasons[-1])
        for one in run.candidates
    ]
    assert shown == [
        ("one", 3, False, "https://one.example/1", 0.8, WHY[0]),
        ("two", 1, True, None, 0.7, WHY[0]),
    ]
    assert (run.item, run.name) == (album, reviews.ItemName("First", "Ann Ash"))
    async with study.database.read() as connection:
        said = await reviews.said_by(connection, run)
    one, two = (said[view.id] for view in run.candidates)
    assert (len(one.tracks), one.artists, two.picture) == (3, {MBID: {"name": "Ann Ash"}}, "front")
    assert (one.item, one.enricher) == (ItemRef(ItemKind.ALBUM, album.id), "oracle")


async def questions(study: Study) -> list[str]:
    """As lists of answers show them, which is also how many there are by every other way to ask."""
    runs = await listed(study)
    assert {run.id for run in await listed(study, None)} >= {run.id for run in runs}
    async with study.database.read() as connection:
        [view] = await overview.overview(connection, study.enrichers.abilities())
        found = await standings.page(connection, standings.StandingFilter("review"), None, 10)
        every = await standings.page(connection, standings.StandingFilter(), None, 10)
    assert view.states.get("review", 0) == len(found.items) == len(runs)
    assert sum(one.stands.state == "review" for one in every.items) == len(runs)
    assert {one.item for one in found.items} == {run.item for run in runs}
    return sorted(run.name.title for run in runs if run.name)


async def test_nobody_is_asked_about_what_is_not_here(study: Study, oracle: Oracle) -> None:
    for title in ("Ebb", "Flow"):
        study.music.put(f"Tides/{title}.mp3", title=title, artist="Ann Ash")
    await study.music.scan()
    oracle.says |= {
        "First": release("r1", 0.7), "Second": release("r2", 0.7), "Tides": release("r3", 0.7),
        "Drift": recording("d", 0.7), "Ann Ash": person("a", 0.7),
    }  # fmt: skip
    first, second, drift = await study.album("First"), await study.album("Second"), await study.track("Drift")
    ann = ItemRef(ItemKind.ARTIST, (await study.music.artists())["Ann Ash"].id)
    await study.ask(first, second, drift, ann, await study.folder("Tides"))
    every = ["Ann Ash", "Drift", "First", "Second", "Tides"]
    assert await questions(study) == every

    gone, back = {"deleted_at": utcnow()}, {"deleted_at": None}
    for table, item, name in ((albums, first, "First"), (tracks, drift, "Drift")):
        await study.set(table, table.c.id == item.id, **gone)
        assert await questions(study) == [one for one in every if one != name]
        await study.set(table, table.c.id == item.id, **back)
    await study.set(libraries, libraries.c.id == study.music.id, **gone)
    assert await questions(study) == []
    await study.set(libraries, libraries.c.id == study.music.id, **back)
    assert await questions(study) == every, "the library is here again"

    await study.set(albums, albums.c.id == second.id, **gone, replaced_by=first.id)
    named = sorted([*every, "First"])
    named.remove("Second")
    assert await questions(study) == named, "it is what it became"
    await study.set(albums, albums.c.id == second.id, **back, replaced_by=None)
    study.music.move("Tides", "Elsewhere")
    study.music.remove("Loose/Drift.mp3")
    await study.music.scan(accept_missing=True)
    assert await questions(study) == [one for one in every if one not in ("Tides", "Drift")]
