"""How often the comparison is right, on pairs of the kind that libraries, playlists and shops have."""

from collections import Counter

import pytest

from mcma.domain.matching import Band, Version
from tests.support.matching import banded, measured, pairs

TOLD_BY_LENGTH_ALONE = 8
"""Pairs of the tuning set whose other version nothing but the duration tells."""


def test_there_are_enough_of_every_class() -> None:
    both = [*pairs("tuning"), *pairs("heldout")]
    assert len(both) >= 400
    assert len({(pair.said, pair.found) for pair in both}) == len(both)
    for name in ("tuning", "heldout"):
        counts = Counter(pair.expected for pair in pairs(name))
        assert min(counts.values()) >= 50, counts
        assert len({pair.about for pair in pairs(name)}) >= 11


@pytest.mark.parametrize(("name", "precision", "recall"), [("tuning", 0.99, 0.93), ("heldout", 0.98, 0.90)])
def test_what_is_taken_without_asking_is_right(name: str, precision: float, recall: float) -> None:
    found = measured(name)
    assert found.automatic_precision >= precision
    assert found.automatic_recall >= recall
    assert found.found_recall >= 0.95, "the rest is not even asked about"


def test_other_versions_are_never_taken_and_told_apart_from_other_songs() -> None:
    missed = []
    for pair in pairs("tuning"):
        found, band = banded(pair)
        if pair.expected == "other":
            assert band is not Band.AUTOMATIC, pair
            missed += [pair] if found.version is Version.SAME else []
        elif pair.expected == "same":
            assert found.version is Version.SAME, pair
    assert len(missed) <= TOLD_BY_LENGTH_ALONE, missed
