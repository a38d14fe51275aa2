"""Answers about what was merged or divided since: each is taken back where it was laid."""

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from mcma_plugins.enrichers import Candidate, KnownAlbum
from tests.core.api.test_native_enrichment import PATH, album, asked
from tests.support.oracle import WHY, Oracle, oracles_installed, person
from tests.support.server import Server, serving

pytestmark = pytest.mark.anyio
API = "/api/v1"


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
async def served(oracle: Oracle, database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    with oracles_installed(tmp_path, oracle):
        async with serving(tmp_path, database_url, enrich="on_request", enrich_order=("oracle",)) as made:
            yield made


async def artist(server: Server, name: str) -> str:
    found = (await server.admin.get(f"{API}/artists"))["items"]
    return next(str(one["id"]) for one in found if one["name"] == name)


async def area(server: Server, id_: str) -> Any:
    return (await server.admin.get(f"{API}/artists/{id_}/details"))["area"]


async def test_an_answer_about_an_artist_that_was_merged_is_taken_back_alone(
    served: Server, oracle: Oracle
) -> None:
    oracle.says |= {"Ann Ash": person("a", area="Oslo"), "Bob Birch": person("b", area="Rome")}
    ann, bob = await artist(served, "Ann Ash"), await artist(served, "Bob Birch")
    await asked(served, items=[{"kind": "artist", "id": one} for one in (ann, bob)])
    assert (await area(served, ann), await area(served, bob)) == ("Oslo", "Rome")
    merge = await served.admin.post(f"{API}/artists/{ann}/merge", {"into": bob})
    [run] = (await served.admin.get(f"{PATH}/items/artist/{ann}"))["runs"]
    await served.admin.post(f"{PATH}/runs/{run['id']}/undo")
    assert await area(served, bob) == "Rome", "what is said of the winner stays"
    await served.admin.post(f"{API}/merges/{merge['id']}/undo")
    assert (await area(served, ann), await area(served, bob)) == (None, "Rome")


async def test_an_answer_about_a_track_that_was_merged_is_taken_back_alone(
    served: Server, oracle: Oracle
) -> None:
    first = await album(served, "First")
    tracks = (await served.admin.get(f"{API}/albums/{first['id']}/tracks"))["items"]
    loser, winner = (one["id"] for one in tracks[:2])
    for word in ("earlier", "later"):
        oracle.says["First"] = moods(word)
        await asked(served, items=[{"kind": "album", "id": first["id"]}])
    runs = (await served.admin.get(f"{PATH}/items/album/{first['id']}"))["runs"]
    merge = await served.admin.post(f"{API}/tracks/{loser}/merge", {"into": winner})
    await served.admin.post(f"{PATH}/runs/{runs[0]['id']}/undo")
    assert await mood(served, winner) == ["Song 2, earlier"]
    await served.admin.post(f"{API}/merges/{merge['id']}/undo")
    assert await mood(served, loser) == ["Song 1, earlier"]
    assert await mood(served, winner) == ["Song 2, earlier"]
    await served.admin.post(f"{PATH}/runs/{runs[1]['id']}/undo")
    assert (await mood(served, loser), await mood(served, winner)) == ([], [])


def moods(word: str) -> Callable[[KnownAlbum], Sequence[Candidate]]:
    def say(known: KnownAlbum) -> Sequence[Candidate]:
        tracks = {one.id: {"moods": [f"{one.title}, {word}"]} for one in known.tracks}
        return [Candidate("r1", known.title, 0.95, WHY, tracks=tracks)]

    return say


async def mood(server: Server, id_: str) -> Any:
    """What counts, of all that is said."""
    fields = (await server.admin.get(f"{API}/tracks/{id_}/fields"))["items"]
    return next((one["value"] for one in fields if one["field"] == "moods"), []) or []
