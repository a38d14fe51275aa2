"""What plugins think that a claim may be, through the host; thresholds as they are set."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mcma.services.matching.proposals import MATCHING
from tests.support.distributions import installed_into
from tests.support.pushing_phone import Pushing
from tests.support.server import Server, serving

pytestmark = pytest.mark.anyio
KNOWING = """
from mcma_plugins import Plugin, PluginSettings
from mcma_plugins.events import ProposedMatch

class ThePlugin(Plugin[PluginSettings]):
    name = "knowing"
    summary = "Knows one song."
    settings_model = PluginSettings
    async def match_candidates(self, request):
        if request.title == "Breaks":
            raise KeyError("its own words")
        if request.title != "Known Otherwise":
            return ()
        return [
            ProposedMatch(None, "elsewhere", "t9", 0.99, "the same barcode"),
            ProposedMatch(None, "elsewhere", "--exec sh", 0.99, "no id at all"),
            ProposedMatch(None, "elsewhere", "t8", float("nan"), "no number"),
        ]
"""
WANTED = b"title,artist\nBreaks,Ann Ash\nKnown Otherwise,Ann Ash\nUnknown,Ann Ash\n"


@pytest.fixture
async def knowing(database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    site = tmp_path / "site"
    site.mkdir()
    with installed_into(site) as installed:
        installed.install("knowing", KNOWING)
        async with serving(tmp_path, database_url, scanned=False, jobs=True) as made:
            yield made


async def test_what_a_plugin_proposes_is_asked_about_and_decided_offline(knowing: Server) -> None:
    """Its word alone decides nothing, what makes no sense is left out, and what it raises is its own."""
    await knowing.user.ask("POST", "/api/v1/playlists/import", 201, content=WANTED)
    job = await knowing.core.services.jobs.submit(MATCHING, {})
    done = await knowing.core.services.jobs.wait(job, 20)
    assert done.state == "succeeded"
    [review] = (await knowing.user.get("/api/v1/reviews"))["items"]
    assert review["claim"]["title"] == "Known Otherwise"
    [candidate] = review["candidates"]
    assert (candidate["provider"], candidate["source_id"]) == ("plugin:knowing", "t9")
    assert candidate["score"] < 0.9
    [reason] = [one for one in candidate["reasons"] if one["field"] == "plugin"]
    assert (reason["score"], reason["note"]) == (0.99, "the same barcode")
    device = Pushing(knowing.user)
    data = {"kind": "claim", "id": review["claim_id"], "candidate_id": candidate["id"]}
    [told] = await device.say(("review.decide", data))
    assert told["status"] == "applied"
    assert (told["canonical"]["source"], told["canonical"]["source_id"]) == ("elsewhere", "t9")
    assert (await knowing.user.get("/api/v1/reviews?state=open"))["items"] == []
    [later] = await device.say(("review.decide", {**data, "candidate_id": review["claim_id"]}))
    assert later["status"] in ("rejected", "superseded")


@pytest.mark.parametrize(("automatic", "review", "matched"), [(0.9, 0.7, False), (0.5, 0.4, True)])
async def test_thresholds_are_settings(
    database_url: str, tmp_path: Path, automatic: float, review: float, matched: bool
) -> None:
    bands: dict[str, Any] = {"match_automatic": automatic, "match_review": review}
    async with serving(tmp_path, database_url, **bands) as server:
        track = (await server.user.get("/api/v1/tracks"))["items"][0]
        artist = track["artists"][0]["name"]
        longer = track["duration_ms"] // 1000 + 40
        line = f"#EXTM3U\n#EXTINF:{longer},{artist} - {track['title']}\nnowhere.mp3\n"
        made = await server.user.ask("POST", "/api/v1/playlists/import", 201, content=line.encode())
        [row] = (await server.user.get(f"{made.headers['location']}/items"))["items"]
        assert (row["track"] is not None) is matched, row
