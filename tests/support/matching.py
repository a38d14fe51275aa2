"""Labelled pairs: what is meant, what is found, and whether it is it. For the tests and the bench.

`same`: one recording. `other`: the same song in another version. `different`: another song, or that of
another artist.
The pairs of `tuning` may be looked at when rules are changed; those of `heldout` only count.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from mcma.domain.matching import Band, Bands, Compared, Facts, compare

FOLDER = Path(__file__).parents[1] / "core" / "domain" / "matching"


class Pair(NamedTuple):
    expected: str
    about: str
    said: Facts
    found: Facts


class Measured(NamedTuple):
    automatic_precision: float
    automatic_recall: float
    review_precision: float
    """Of what a person is asked about, how much is it."""
    found_recall: float
    """How much of what is it is taken or asked about."""


def pairs(name: str) -> list[Pair]:
    with (FOLDER / f"pairs_{name}.csv").open(newline="") as file:
        return list(_pairs(csv.DictReader(file)))


def _pairs(rows: "csv.DictReader[str]") -> Iterator[Pair]:
    for row in rows:
        yield Pair(row["expected"], row["class"], _facts(row, ""), _facts(row, "found_"))


def _facts(row: Mapping[str, str], side: str) -> Facts:
    artists = tuple(name for name in row[f"{side}artists"].split(";") if name)
    seconds = row[f"{side}seconds"]
    return Facts(
        row[f"{side}title"], artists, row[f"{side}album"] or None, int(seconds) * 1000 if seconds else None
    )


def banded(pair: Pair) -> tuple[Compared, Band]:
    found = compare(pair.said, pair.found)
    return found, Bands().verdict(found.score)


def measured(name: str) -> Measured:
    counts: Counter[tuple[bool, Band]] = Counter()
    for pair in pairs(name):
        counts[pair.expected == "same", banded(pair)[1]] += 1
    same = sum(number for (is_it, _), number in counts.items() if is_it)
    taken, asked = counts[True, Band.AUTOMATIC], counts[True, Band.REVIEW]
    return Measured(
        round(taken / (taken + counts[False, Band.AUTOMATIC]), 4), round(taken / same, 4),
        round(asked / max(1, asked + counts[False, Band.REVIEW]), 4), round((taken + asked) / same, 4),
    )  # fmt: skip
