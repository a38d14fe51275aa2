"""Scenarios that need somebody at the server: merges, backups, cursors that are too old, small pages."""

import asyncio

import pytest

from mcma.services.sync import feed
from mcma_client.conformance.driver import Reference
from mcma_client.conformance.errors import Failed
from mcma_client.conformance.run import play
from mcma_client.conformance.scenario import SHIPPED, Scenario
from mcma_client.conformance.suite import Suite
from tests.client.conformance.conftest import Play, account
from tests.support import wrong_servers as wrong
from tests.support.operator_hand import HANDS, hand_of
from tests.support.server import Server
from tests.support.wrong_servers import Lying, on_answers

pytestmark = pytest.mark.anyio
CHANGES = "/sync/changes"


@pytest.mark.parametrize("scenario", ["epoch", "expired", "device-restored", "file-replaced"])
async def test_with_a_hand_at_the_server(scenario: str, server: Server, plays: Play) -> None:
    assert await plays(scenario, hand=hand_of(server), hands=HANDS) == []


async def test_pages(plays: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "PAGE", 7)
    monkeypatch.setattr(feed, "_STEP", 4)
    assert await plays("snapshot-pages") == []


@pytest.mark.parametrize("mutant", [wrong.forgets_tombstones, wrong.drops_replaced_by])
async def test_servers_that_tell_no_merges(mutant: wrong.Change, server: Server, plays: Play) -> None:
    with pytest.raises(Failed):
        lying = Lying(on_answers(CHANGES, mutant))
        await plays("merged", transport=lying, hand=hand_of(server), hands=HANDS)


async def test_a_track_that_was_merged_is_taken_no_more(server: Server, url: str) -> None:
    """Later scenarios of the same run would mistake it for another one."""
    main = await account(url, await server.person("merging"))
    suite = Suite(main, hand=hand_of(server), hands=HANDS)

    def merging() -> tuple[set[str], set[str]]:
        before = {line["id"] for line in suite.tracks(main).catalogue}
        play(suite, Scenario.read(SHIPPED / "merged.toml"), Reference)
        return before, {line["id"] for line in suite.tracks(main).catalogue}

    before, after = await asyncio.to_thread(merging)
    await asyncio.to_thread(main.leave)
    latest = (await server.admin.get("/api/v1/merges"))["items"][0]
    await server.admin.post(f"/api/v1/merges/{latest['id']}/undo")
    assert before - after == {latest["loser"]["id"]}


@pytest.mark.parametrize("scenario", ["merged", "device-merged"])
async def test_merges(scenario: str, server: Server, plays: Play) -> None:
    assert await plays(scenario, hand=hand_of(server), hands=HANDS) == []
