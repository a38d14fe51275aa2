"""What people are asked, as lists show it: without what answers say, and without what is not here."""

from typing import Any

import pytest

from mcma.services.enriching import reviews
from mcma.services.enriching.reviews import Filter, RunView
from mcma_plugins.enrichers import Candidate, KnownAlbum
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.enriching import Study
from tests.support.oracle import WHY, Oracle
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
