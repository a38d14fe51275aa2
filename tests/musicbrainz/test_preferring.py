"""Which edition leads when several fit alike, and that it is said."""

from dataclasses import replace

import pytest

from mcma_musicbrainz.preferring import EQUAL, LEAD, preferred
from mcma_musicbrainz.rating import Rated
from mcma_musicbrainz.values import Group, Release
from mcma_plugins.enrichers import Reason
from tests.support.musicbrainz_world import mbid

CORES_LEAD = 0.02
"""What core wants the best to be ahead, or it asks a person."""


def rated(name: str, score: float, group: str = "one", **about: str) -> Rated:
    release = Release(mbid(name), name, group=Group(mbid(group)), **about)  # type: ignore[arg-type]
    return Rated(release, score, (Reason("tracks", score, "they fit"),))


def titles(found: list[Rated]) -> list[str]:
    return [one.release.title for one in found]


@pytest.mark.parametrize(("countries", "first"), [
    ((), "de 1990"), (("US",), "us 1991"), (("FR", "GB"), "gb 1992"), (("JP",), "de 1990"),
])  # fmt: skip
def test_by_country_then_by_date(countries: tuple[str, ...], first: str) -> None:
    editions = [
        rated("us 1991", 0.95, status="Official", country="US", date="1991"),
        rated("gb 1992", 0.95 - EQUAL / 2, status="Official", country="GB", date="1992"),
        rated("de 1990", 0.95, status="Official", country="DE", date="1990"),
    ]
    found = preferred(editions, countries)
    assert titles(found)[0] == first
    assert found[0].score == 0.95
    assert all(found[0].score - one.score == pytest.approx(LEAD) for one in found[1:])
    assert LEAD > CORES_LEAD
    assert "preferred among 3 editions" in found[0].reasons[-1].note
    assert all("fits as well" in one.reasons[-1].note for one in found[1:])
    assert found == preferred(editions[::-1], countries), "always the same"


def test_official_before_bootleg_whatever_the_country() -> None:
    editions = [
        rated("bootleg", 0.95, status="Bootleg", country="DE"),
        rated("real", 0.95, status="Official"),
    ]
    assert titles(preferred(editions, ("DE",))) == ["real", "bootleg"]


def test_the_date_in_the_tags_before_the_country_and_official_before_either() -> None:
    """A date counts little among all that is weighed."""

    def dated(one: Rated, fit: float) -> Rated:
        return replace(one, reasons=(*one.reasons, Reason("date", fit, "")))

    liked = dated(rated("NO 1997-03-01", 0.95, country="NO", date="1997-03-01"), 0.85)
    meant = dated(rated("GB 1997-06-16", 0.95 - EQUAL / 2, country="GB", date="1997-06-16"), 1.0)
    assert titles(preferred([liked, meant], ("NO",))) == ["GB 1997-06-16", "NO 1997-03-01"]
    bootleg = dated(rated("bootleg", 0.95, status="Bootleg", date="1997-06-16"), 1.0)
    assert titles(preferred([bootleg, liked], ())) == ["NO 1997-03-01", "bootleg"]


def test_what_fits_better_is_better_whatever_is_preferred() -> None:
    editions = [rated("better", 0.95, country="US"), rated("preferred", 0.95 - EQUAL - 0.01, country="DE")]
    found = preferred(editions, ("DE",))
    assert titles(found) == ["better", "preferred"]
    assert found[1].score == 0.95 - EQUAL - 0.01, "and nobody gets a lead"


def test_other_albums_are_no_editions() -> None:
    """Both fit as well: somebody has to look at it."""
    found = preferred([rated("a", 0.95), rated("b", 0.95, group="another")], ())
    assert [one.score for one in found] == [0.95, 0.95]


def test_none_and_one() -> None:
    assert preferred([], ()) == []
    assert [one.score for one in preferred([rated("a", 0.95)], ())] == [0.95]
