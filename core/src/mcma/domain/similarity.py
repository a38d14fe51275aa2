"""How like some tracks another one is, judged by what tags say and what people do: no sound is needed.

The tracks it is compared with are drawn together into a `Profile`; each rule then says how strongly (0 to 1)
a candidate keeps to it, and in which words. The score is the sum of strength times weight.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import log, sqrt
from typing import Any, NamedTuple
from uuid import UUID

from mcma.domain.credits import VARIOUS_ARTISTS, name_key
from mcma_plugins.suggestions import Reason

NEAR_YEARS = 10
NEAR_TEMPO = 0.08
"""Of the tempo: about what a DJ's pitch control does."""
ENOUGH_PLAYS = 3.0
"""A score of playing together that is half of certain."""
RARE = 0.5
"""A shared genre that one in the square root of the library has is half of certain."""


class Named(NamedTuple):
    id: UUID
    name: str


class Facts(NamedTuple):
    """What is known of one track."""

    id: UUID
    artists: tuple[Named, ...] = ()
    """The main ones, as credited."""
    others: tuple[Named, ...] = ()
    """Who else is credited: composers, guests, producers."""
    genres: tuple[str, ...] = ()
    year: int | None = None
    bpm: float | None = None
    moods: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    album_id: UUID | None = None
    recording_id: UUID | None = None


class Evidence(NamedTuple):
    """What people and plugins say about a candidate."""

    together: float = 0.0
    """Score of having been played with the tracks of the profile (`co_plays`)."""
    sound: float = 0.0
    """0 to 1, by a plugin that compares sound."""
    liked: bool = False
    rating: int | None = None


NO_EVIDENCE = Evidence()
Said = tuple[float, str] | None


@lru_cache(4096)
def _key(name: str) -> str:
    return name_key(name)


@dataclass(slots=True)
class Profile:
    """Several tracks as one. A trait that all of them have is 1; one that fewer have, less than that but more
    than its share: a playlist of thirty artists is still about each of them."""

    artists: dict[UUID, float] = field(default_factory=dict)
    others: dict[UUID, float] = field(default_factory=dict)
    genres: dict[str, float] = field(default_factory=dict)
    """Strength times rarity, by folded name."""
    moods: dict[str, float] = field(default_factory=dict)
    labels: dict[str, float] = field(default_factory=dict)
    years: tuple[int, ...] = ()
    tempos: tuple[float, ...] = ()


def profile_of(seeds: Sequence[Facts], songs_of: Mapping[str, int], songs: int) -> Profile:
    """`songs_of` are the numbers of songs by folded genre, of a library of `songs`."""
    count = len(seeds)
    genres = _strengths((map(_key, one.genres) for one in seeds), count)
    return Profile(
        artists=_strengths(((who.id for who in one.artists if _somebody(who)) for one in seeds), count),
        others=_strengths(((who.id for who in one.others if _somebody(who)) for one in seeds), count),
        genres={genre: part * rarity(songs_of.get(genre, 1), songs) for genre, part in genres.items()},
        moods=_strengths((map(_key, one.moods) for one in seeds), count),
        labels=_strengths((map(_key, one.labels) for one in seeds), count),
        years=tuple(sorted(one.year for one in seeds if one.year)),
        tempos=tuple(sorted(one.bpm for one in seeds if one.bpm and one.bpm > 0)),
    )


def rarity(songs: int, library: int) -> float:
    """0 for a genre of every song, 1 for a genre of one: the logarithmic idf of text search."""
    if library <= 1:
        return 1.0
    return min(1.0, max(0.02, 1 - log(max(1, songs)) / log(library)))


def _somebody(who: Named) -> bool:
    return _key(who.name) != _key(VARIOUS_ARTISTS)


def _strengths(traits: Iterable[Iterable[UUID | str]], count: int) -> dict[Any, float]:
    found = Counter(trait for each in traits for trait in set(each))
    return {trait: sqrt(number / count) for trait, number in found.items()}


# The rules -----------------------------------------------------------------------------------------------


def _artist(profile: Profile, facts: Facts, _: Evidence) -> Said:
    return _shared(profile.artists, facts.artists, "also by {}")


def _credited(profile: Profile, facts: Facts, _: Evidence) -> Said:
    """Somebody who plays, writes or produces here and there; main artists of both are the rule above."""
    guests = _shared(profile.artists, facts.others, "with {}")
    hosts = _shared(profile.others, (*facts.artists, *facts.others), "{} takes part")
    return max((said for said in (guests, hosts) if said), default=None)


def _shared(known: Mapping[UUID, float], people: Sequence[Named], words: str) -> Said:
    found = max(((known[who.id], who.name) for who in people if who.id in known), default=None)
    return None if found is None else (found[0], words.format(found[1]))


def _genre(profile: Profile, facts: Facts, _: Evidence) -> Said:
    """Rare genres say more, and genres that only one of the two has take a little back."""
    mine = {_key(name): name for name in facts.genres}
    shared = [(profile.genres[key], name) for key, name in mine.items() if key in profile.genres]
    if not shared:
        return None
    common = sum(part for part, _ in shared)
    apart = sum(profile.genres.values()) - common + 0.1 * (len(mine) - len(shared))
    names = ", ".join(name for _, name in sorted(shared, reverse=True)[:3])
    return common / (common + RARE + 0.25 * apart), names


def _year(profile: Profile, facts: Facts, _: Evidence) -> Said:
    if not facts.year:
        return None
    year = facts.year
    strength = _nearness((abs(year - other) for other in profile.years), NEAR_YEARS, len(profile.years))
    return (strength, f"from {year}") if strength > 0 else None


def _nearness(distances: Iterable[float], near: float, count: int) -> float:
    """On average over the seeds: something of every age is near to nothing."""
    return sum(max(0.0, 1 - apart / near) for apart in distances) / count if count else 0.0


def _mood(profile: Profile, facts: Facts, _: Evidence) -> Said:
    return _told(profile.moods, facts.moods, "mood: {}")


def _label(profile: Profile, facts: Facts, _: Evidence) -> Said:
    return _told(profile.labels, facts.labels, "on {}")


def _told(known: Mapping[str, float], names: Sequence[str], words: str) -> Said:
    if not known or not names:
        return None
    found = max(((known[_key(name)], name) for name in names if _key(name) in known), default=None)
    return None if found is None else (found[0], words.format(found[1]))


def _tempo(profile: Profile, facts: Facts, _: Evidence) -> Said:
    """Half and double time are the same pulse."""
    if not facts.bpm or facts.bpm <= 0:
        return None
    paces = (facts.bpm, facts.bpm / 2, facts.bpm * 2)
    apart = (min(abs(pace / tempo - 1) for pace in paces) for tempo in profile.tempos)
    strength = _nearness(apart, NEAR_TEMPO, len(profile.tempos))
    return (strength, f"{facts.bpm:.0f} beats per minute") if strength > 0 else None


def _together(_: Profile, __: Facts, evidence: Evidence) -> Said:
    score = evidence.together
    return (score / (score + ENOUGH_PLAYS), "played together before") if score > 0 else None


def _sound(_: Profile, __: Facts, evidence: Evidence) -> Said:
    return (min(evidence.sound, 1.0), "sounds alike") if evidence.sound > 0 else None


def _liked(_: Profile, __: Facts, evidence: Evidence) -> Said:
    if evidence.liked:
        return 1.0, "you like it"
    rating = evidence.rating or 0
    return ((rating - 3) / 2, f"you gave it {rating} stars") if rating > 3 else None


class Rule(NamedTuple):
    code: str
    weight: float
    """The most that it adds to a score."""
    said: Callable[[Profile, Facts, Evidence], Said]
    traits: tuple[str, ...] = ()
    """Of the profile; without any of them there is nothing to compare with."""


RULES = (
    # It has listened; everything below only reads labels.
    Rule("sounds_alike", 3.0, _sound),
    # People who know both have put them side by side.
    Rule("played_together", 2.5, _together),
    # The best that tags say of style, when the genre is a rare one.
    Rule("shared_genre", 1.5, _genre, ("genres",)),
    # Sure, but not what makes a listener find something new.
    Rule("same_artist", 1.0, _artist, ("artists",)),
    # A session musician plays on many unlike records.
    Rule("credited_together", 0.7, _credited, ("artists", "others")),
    # An era has a sound; on its own it says little.
    Rule("near_year", 0.5, _year, ("years",)),
    # Few libraries have it, and taggers differ.
    Rule("same_mood", 0.4, _mood, ("moods",)),
    Rule("same_tempo", 0.3, _tempo, ("tempos",)),
    # Tells much of a small label, little of a large one.
    Rule("same_label", 0.3, _label, ("labels",)),
)
LIKED = Rule("liked", 0.5, _liked)
"""Says nothing about likeness: it only lifts what another rule has found."""


def reasons_of(profile: Profile, facts: Facts, evidence: Evidence = NO_EVIDENCE) -> tuple[Reason, ...]:
    """The strongest first; none when nothing connects the two."""
    rules = (rule for rule in RULES if not rule.traits or any(getattr(profile, one) for one in rule.traits))
    found = [reason for rule in rules if (reason := _reason(rule, profile, facts, evidence))]
    if found and (reason := _reason(LIKED, profile, facts, evidence)):
        found.append(reason)
    return tuple(sorted(found, key=lambda reason: -reason.weight))


def _reason(rule: Rule, profile: Profile, facts: Facts, evidence: Evidence) -> Reason | None:
    said = rule.said(profile, facts, evidence)
    return None if said is None else Reason(rule.code, said[1], round(rule.weight * said[0], 3))


def score_of(reasons: Iterable[Reason]) -> float:
    return round(sum(reason.weight for reason in reasons), 3)
