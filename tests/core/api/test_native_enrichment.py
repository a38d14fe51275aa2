"""What plugins know of music, over the API: /api/v1/enrichment with runs, accept, refuse, undo and items."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mcma.api.paging import packed
from mcma.services.enriching import requesting
from mcma.services.enriching.scheduling import ROUND
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.ids import JobId
from tests.support.oracle import Oracle, Songbook, oracles_installed, person, release
from tests.support.server import Server, serving

pytestmark = pytest.mark.anyio
PATH = "/api/v1/enrichment"
NOBODY = str(UUID(int=7))


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
async def served(oracle: Oracle, database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    with oracles_installed(tmp_path, oracle, Songbook()):
        async with serving(tmp_path, database_url, enrich="on_request", enrich_order=("oracle",)) as made:
            yield made


async def album(server: Server, title: str) -> dict[str, Any]:
    page = await server.admin.get("/api/v1/albums")
    return next(one for one in page["items"] if one["title"] == title)


async def over(server: Server, job: dict[str, Any]) -> dict[str, Any]:
    view = await server.core.services.jobs.wait(JobId(UUID(job["id"])), 30)
    assert view.state == "succeeded", view
    return await server.admin.get(f"/api/v1/jobs/{job['id']}")  # type: ignore[no-any-return]


async def asked(server: Server, **sent: Any) -> dict[str, Any]:
    return await over(server, await server.admin.post(PATH, sent, 202))


async def test_a_question_is_asked_answered_and_taken_back(served: Server, oracle: Oracle) -> None:
    oracle.says["First"] = release("r1", 0.7, date="1998", genres=["Blues"])
    first = await album(served, "First")
    await asked(served, items=[{"kind": "album", "id": first["id"]}], enrichers=["oracle"])
    page = await served.admin.get(f"{PATH}/runs?outcome=review")
    [run] = page["items"]
    assert (run["item"]["title"], run["item"]["artist"], run["enricher"]) == ("First", "Ann Ash", "oracle")
    shown = await served.admin.get(f"{PATH}/runs/{run['id']}")
    [candidate] = shown["candidates"]
    assert {change["field"] for change in candidate["changes"]} >= {"date"}
    took = await served.admin.post(f"{PATH}/runs/{run['id']}/accept", {"candidate_id": candidate["id"]})
    assert (took["outcome"], took["decided_by"], took["candidate_id"]) == (
        "applied",
        "person",
        candidate["id"],
    )
    item = await served.admin.get(f"{PATH}/items/album/{first['id']}")
    assert [state["state"] for state in item["states"]] == ["enriched"]
    undone = await served.admin.post(f"{PATH}/runs/{run['id']}/undo")
    assert undone["outcome"] == "undone" and undone["candidates"][0]["refused_at"]
    again = await served.admin.post(f"{PATH}/runs/{run['id']}/undo", None, 409)
    assert again["code"] == "nothing_to_undo"


async def test_none_of_them(served: Server, oracle: Oracle) -> None:
    oracle.says["First"] = release("r1", 0.7, date="1998")
    first = await album(served, "First")
    wanted = {"items": [{"kind": "album", "id": first["id"]}], "enrichers": ["oracle"]}
    await asked(served, **wanted)
    [run] = (await served.admin.get(f"{PATH}/runs?outcome=review"))["items"]
    refused = await served.admin.post(f"{PATH}/runs/{run['id']}/refuse", {})
    assert refused["outcome"] == "refused"
    oracle.says["First"] = release("r1", 0.99, date="1998")
    await asked(served, **wanted)
    assert (await served.admin.get(f"{PATH}/runs?outcome=applied"))["items"] == []
    question = await served.admin.post(f"{PATH}/runs/{run['id']}/undo")
    assert question["outcome"] == "review" and question["candidates"][0]["refused_at"] is None


async def test_a_dry_run_tells_what_would_come_of_it_and_writes_nothing(
    served: Server, oracle: Oracle
) -> None:
    oracle.says["First"] = release("r1", date="1998-01-01")
    first = await album(served, "First")
    done = await asked(served, items=[{"kind": "album", "id": first["id"]}], dry_run=True)
    answers = {one["enricher"]: one for one in done["result"]["answers"]}
    assert answers["oracle"]["outcome"] == "applied"
    assert {change["after"] for change in answers["oracle"]["changes"]} == {"1998-01-01"}
    item = await served.admin.get(f"{PATH}/items/album/{first['id']}")
    assert (item["states"], item["runs"]) == ([], [])


async def test_a_dry_run_of_everything_is_of_the_first(
    served: Server, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requesting, "MOST_REHEARSED", 2)
    first = (await asked(served, library_id=served.library, enrichers=["oracle"], dry_run=True))["result"]
    assert (len(first["answers"]), first["more"], len(oracle.asked)) == (2, True, 2)
    monkeypatch.setattr(requesting, "MOST_REHEARSED", 4)
    every = (await asked(served, everything=True, enrichers=["oracle"], dry_run=True))["result"]
    assert (len(every["answers"]), every["more"]) == (4, False)
    assert (await served.admin.get(f"{PATH}/items"))["items"] == []


async def test_what_stands_where_is_listed_with_why(served: Server, oracle: Oracle) -> None:
    oracle.says["Ann Ash"] = person("a1", name="Ann Ash")

    def never(_: Any) -> Any:
        raise PermanentError("It will never be known.")

    oracle.says["First"] = never
    await asked(served, library_id=served.library, enrichers=["oracle"])
    [failed] = (await served.admin.get(f"{PATH}/items?state=failed"))["items"]
    assert (failed["item"]["title"], failed["message"]) == ("First", "It will never be known.")
    nothing = await served.admin.get(f"{PATH}/items?state=nothing&enricher=oracle")
    assert {one["item"]["title"] for one in nothing["items"]} == {"Second", "Bob Birch"}
    assert all(one["due_at"] and one["asked_at"] for one in nothing["items"])
    [known] = (await served.admin.get(f"{PATH}/items?kind=artist&state=enriched"))["items"]
    assert known["item"] == {"kind": "artist", "id": known["item"]["id"], "title": "Ann Ash", "artist": None}
    paged: list[Any] = []
    cursor: str | None = ""
    while cursor is not None and len(paged) < 9:
        page = await served.admin.get(f"{PATH}/items?limit=1{cursor and '&cursor='}{cursor}")
        paged, cursor = paged + page["items"], page["next"]
    assert len(paged) == 4 and paged == (await served.admin.get(f"{PATH}/items"))["items"]
    assert (await served.admin.get(f"{PATH}/items?enricher=nobody"))["items"] == []
    for wrong in ("state=pending", "kind=label", "cursor=7", f"cursor={packed('a', 'b')}"):
        await served.admin.get(f"{PATH}/items?{wrong}", 422)


async def test_a_library_is_asked_about_albums_tracks_and_artists(served: Server, oracle: Oracle) -> None:
    oracle.says["Ann Ash"] = person("a1", name="Ann Ash")
    await asked(served, library_id=served.library)
    assert sorted(oracle.titles) == ["Ann Ash", "Bob Birch", "First", "Second"]
    [overview, songbook] = (await served.admin.get(PATH))["items"]
    assert (overview["name"], overview["condition"], overview["identifies"]) == ("oracle", "running", True)
    assert overview["states"] == {"nothing": 3, "enriched": 1}
    assert songbook["states"] == {"nothing": 5}
    await asked(served, everything=True, status=["enriched"])
    assert len(oracle.asked) == 5


async def test_why_it_waits_is_told(served: Server, oracle: Oracle) -> None:
    oracle.fault = RetryLater("It cannot be reached now.", after=3600)
    first = await album(served, "First")
    await asked(served, items=[{"kind": "album", "id": first["id"]}], enrichers=["oracle"])
    overview = (await served.admin.get(PATH))["items"][0]
    assert (overview["condition"], overview["code"]) == ("paused", "rate_limited")
    assert overview["reason"] == "It cannot be reached now." and overview["until"]
    assert overview["waits"] == {"rate_limited": 1}
    [state] = (await served.admin.get(f"{PATH}/items/album/{first['id']}"))["states"]
    assert (state["state"], state["code"], state["failures"]) == ("waiting", "rate_limited", 1)


async def test_what_is_wrong_is_said(served: Server) -> None:
    for sent, status in (
        ({}, 422),
        ({"items": [], "everything": True}, 422),
        ({"items": [{"kind": "playlist", "id": NOBODY}]}, 422),
        ({"items": [{"kind": "album", "id": NOBODY}]}, 404),
        ({"items": [{"kind": "folder", "id": NOBODY}]}, 404),
        ({"library_id": NOBODY}, 404),
        ({"library_id": served.library, "folder": "no such"}, 404),
        ({"everything": True, "folder": "x"}, 422),
        ({"library_id": served.library, "folder": "a\0b"}, 422),
        ({"everything": True, "enrichers": ["nobody"]}, 404),
    ):
        await served.admin.post(PATH, sent, status)
    await served.admin.get(f"{PATH}/runs/{NOBODY}", 404)
    await served.admin.post(f"{PATH}/runs/{NOBODY}/accept", {"candidate_id": NOBODY}, 404)
    await served.admin.post(f"{PATH}/runs/{NOBODY}/refuse", {}, 404)
    await served.admin.post(f"{PATH}/runs/{NOBODY}/undo", None, 404)
    await served.user.get(PATH, 403)
    await served.user.post(PATH, {"everything": True}, 403)


async def test_on_request_nothing_is_asked_by_itself(served: Server, oracle: Oracle) -> None:
    job = await served.core.services.jobs.submit(ROUND, {})
    view = await served.core.services.jobs.wait(job, 30)
    assert (view.state, oracle.asked) == ("succeeded", [])
