"""The labelled set: what is taken without asking is right, and most of what is known is taken."""

import os

import pytest

from tests.support.musicbrainz_judging import TRACKS, judged

pytestmark = pytest.mark.anyio
SHORT = 350


async def test_of_what_nothing_was_tuned_by() -> None:
    found = await judged("heldout", SHORT)
    assert found.known > 60
    assert found.strangers > 25
    assert found.false == 0, found
    assert found.missed <= 0.06 * found.known, found
    assert found.lost <= 0.02 * found.known, found
    assert found.requests < 0.45 * found.tracks, found


@pytest.mark.soak
@pytest.mark.skipif(not os.environ.get("MCMA_SOAK"), reason="MCMA_SOAK=1: the whole of both halves")
@pytest.mark.parametrize("half", ["tuning", "heldout"])
async def test_all_of_it(half: str) -> None:
    found = await judged(half, TRACKS)
    assert found.known + found.strangers >= 300
    assert found.false == 0, found
    assert found.missed <= 0.05 * found.known, found
    assert found.lost <= 0.01 * found.known, found
