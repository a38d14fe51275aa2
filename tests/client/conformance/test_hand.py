"""Scenarios that need somebody at the server: merges, backups, cursors that are too old, small pages."""

import pytest

from mcma.services.sync import feed
from mcma_client.conformance.errors import Failed
from tests.client.conformance.conftest import Play
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


@pytest.mark.parametrize("scenario", ["merged", "device-merged"])
async def test_merges(scenario: str, server: Server, plays: Play) -> None:
    assert await plays(scenario, hand=hand_of(server), hands=HANDS) == []
