"""Songs in many forms: how many are known for the same, and how many are taken for it wrongly."""

import os

import pytest

from tests.support.labelled import FORMS, heard, judged


def test_the_same_is_known_and_nothing_else() -> None:
    """A song in every form; another melody over it, a remix of it, and another song, in two forms each."""
    found = judged(heard(1, 25))
    forms = len(FORMS)
    assert (found.same, found.others) == (forms * (forms - 1) // 2 + 3, 6 * forms + 12)
    assert (found.missed, found.false) == (0, 0), found
    assert found.worst_same < 0.12, f"no room to the threshold: {found}"
    assert found.best_other > 0.17, f"no room to the threshold: {found}"


@pytest.mark.soak
@pytest.mark.skipif(not os.environ.get("MCMA_SOAK"), reason="minutes of encoding: make soak")
def test_the_same_is_known_among_many() -> None:
    """Eight songs of two minutes. Ends of a few seconds are what is missed first."""
    found = judged(heard(8, 120))
    assert found.missed_percent < 0.5, found
    assert found.false_percent < 0.1, found
