"""Clients that break a rule do not pass."""

import pytest

from mcma_client import client, items, outbox
from mcma_client.conformance.driver import Reference
from mcma_client.conformance.errors import Failed
from tests.client.conformance.conftest import Play
from tests.support import wrong_clients as wrong

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def engine() -> str:
    """The mistakes are the same on both."""
    return "sqlite"


@pytest.mark.parametrize(
    ("scenario", "mutant"),
    [
        ("device-no-network", wrong.LosesWhatWaits),
        ("device-plays-once", wrong.SendsUnderNewIds),
        ("device-superseded", wrong.BelievesItself),
    ],
)
async def test_wrong_programs_fail(
    scenario: str, mutant: type[Reference], plays: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mutant is wrong.BelievesItself:
        monkeypatch.setattr(outbox, "_take", wrong.takes_nothing)
    with pytest.raises(Failed):
        await plays(scenario, start=mutant)


@pytest.mark.parametrize(
    ("scenario", "where", "what", "mutant"),
    [
        ("device-killed", client, "Replica", wrong.CursorFirst),
        ("device-playlist-deleted", items, "_drop", wrong.forgets_nothing),
        ("device-newer-server", items, "_row", wrong.knows_all_types),
    ],
)
async def test_wrong_parts_fail(
    scenario: str, where: object, what: str, mutant: object, plays: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, what, mutant)
    with pytest.raises(Failed):
        await plays(scenario)
