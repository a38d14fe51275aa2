"""What makes two tracks alike, rule by rule."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from mcma.domain.similarity import RULES, Evidence, Facts, Named, profile_of, rarity, reasons_of, score_of

ANN, BOB, CLEO = (Named(uuid4(), name) for name in ("Ann", "Bob", "Cleo"))
VARIOUS = Named(uuid4(), "Various Artists")
SONGS = {"rock": 5000, "jazz": 400, "zydeco": 3}


def facts(**values: Any) -> Facts:
    return Facts(uuid4(), **values)


def said(seed: Facts, other: Facts, **evidence: Any) -> dict[str, float]:
    found = reasons_of(profile_of([seed], SONGS, 10_000), other, Evidence(**evidence))
    return {reason.code: reason.weight for reason in found}


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        ({"artists": (ANN,)}, {"artists": (BOB, ANN)}, "same_artist"),
        ({"artists": (ANN,)}, {"artists": (BOB,), "others": (ANN,)}, "credited_together"),
        ({"artists": (ANN,), "others": (CLEO,)}, {"artists": (CLEO,)}, "credited_together"),
        ({"artists": (ANN,), "others": (CLEO,)}, {"artists": (BOB,), "others": (CLEO,)}, "credited_together"),
        ({"genres": ("Zydeco",)}, {"genres": ("ZYDECO", "Rock")}, "shared_genre"),
        ({"year": 1970}, {"year": 1974}, "near_year"),
        ({"moods": ("Calm",)}, {"moods": ("calm", "sad")}, "same_mood"),
        ({"labels": ("Philips",)}, {"labels": ("Philips",)}, "same_label"),
        ({"bpm": 140.0}, {"bpm": 71.0}, "same_tempo"),
    ],
)
def test_one_trait_in_common_is_one_reason(one: dict[str, Any], other: dict[str, Any], code: str) -> None:
    assert list(said(facts(**one), facts(**other))) == [code]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        ({"artists": (ANN,)}, {"artists": (BOB,)}),
        ({"artists": (VARIOUS,)}, {"artists": (VARIOUS,)}),
        ({"genres": ("Rock",)}, {"genres": ("Jazz",)}),
        ({"year": 1970}, {"year": 1980}),
        ({"year": 0, "bpm": 0.0}, {"year": 0, "bpm": 0.0}),
        ({"bpm": 140.0}, {"bpm": 120.0}),
        ({"bpm": -1.0}, {"bpm": -1.0}),
    ],
)
def test_nothing_in_common_is_no_reason(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert said(facts(**one), facts(**other), liked=True, rating=5) == {}


def test_rare_genres_say_more_than_common_ones() -> None:
    rare, common = (said(facts(genres=(name,)), facts(genres=(name,))) for name in ("Zydeco", "Rock"))
    assert rare["shared_genre"] > 3 * common["shared_genre"]
    both = said(facts(genres=("Zydeco", "Jazz")), facts(genres=("Zydeco", "Jazz")))
    assert both["shared_genre"] > rare["shared_genre"]
    half = said(facts(genres=("Zydeco", "Jazz")), facts(genres=("Zydeco",)))
    assert half["shared_genre"] < rare["shared_genre"]


def test_rarity_is_within_its_bounds() -> None:
    assert rarity(1, 10_000) == 1.0
    assert rarity(10_000, 10_000) == rarity(99, 50) == 0.02
    assert rarity(0, 0) == rarity(1, 1) == 1.0


def test_people_and_plugins_count_for_more_than_labels() -> None:
    known = said(facts(artists=(ANN,)), facts(artists=(ANN,)), together=9.0, sound=0.9, liked=True)
    assert list(known) == ["sounds_alike", "played_together", "same_artist", "liked"]
    assert said(facts(), facts(), sound=7.0) == {"sounds_alike": 3.0}, "never more than certain"
    assert said(facts(), facts(), together=3.0)["played_together"] == 1.25


def test_what_is_rated_well_is_lifted_like_what_is_liked() -> None:
    weights = [said(facts(year=1970), facts(year=1970), rating=stars).get("liked", 0) for stars in range(6)]
    assert weights == [0, 0, 0, 0, 0.25, 0.5]


def test_a_trait_of_few_seeds_counts_for_less_and_for_more_than_its_share() -> None:
    seeds = [facts(artists=(ANN,)), *(facts(artists=(Named(UUID(int=n), "x"),)) for n in range(3))]
    [reason] = reasons_of(profile_of(seeds, {}, 10), facts(artists=(ANN,)))
    [whole] = reasons_of(profile_of(seeds[:1], {}, 10), facts(artists=(ANN,)))
    assert whole.weight / 4 < reason.weight < whole.weight


def test_something_of_every_age_and_pace_is_near_to_nothing() -> None:
    seeds = [facts(year=1960 + 10 * n, bpm=60.0 + 25 * n) for n in range(5)]
    spread = {one.code: one.weight for one in reasons_of(profile_of(seeds, {}, 10), seeds[2])}
    alone = said(seeds[2], seeds[2])
    assert spread["near_year"] == pytest.approx(alone["near_year"] / 5)
    assert spread["same_tempo"] <= alone["same_tempo"] / 2


def test_reasons_come_in_order_and_add_up() -> None:
    seed = facts(artists=(ANN,), genres=("Zydeco",), year=1970, bpm=100.0, moods=("a",), labels=("b",))
    found = reasons_of(profile_of([seed], SONGS, 10_000), seed._replace(id=uuid4()))
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)
    assert score_of(found) == pytest.approx(sum(one.weight for one in found))
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert [one.text for one in found if one.code == "same_artist"] == ["also by Ann"]
