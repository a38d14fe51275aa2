"""Values of what AcoustID answered: which recordings a sound is, and which releases those are on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

from mcma_musicbrainz.reading import Fields, date, inner, items, joining, mbid, number, plain_list, text
from mcma_musicbrainz.values import Artist, Credit, Group, Medium, Release
from mcma_musicbrainz.votes import Vote, votes

WANTED: Final = "recordings releases releasegroups compress sources"
"""Of releases it tells nearly all that tells them apart: so nobody has to ask for each of them."""
LEAST: Final = 0.5
"""A likeness that is less says nothing."""
_AS_LIKE: Final = 0.1
"""A sound that nobody has named stands back behind one that is as much like it."""
_RARE: Final = 0.1
"""Of the most submissions of a sound; a recording with fewer was named by mistake, mostly."""
_MOST_RELEASES: Final = 1000
"""Of a recording. A few songs are on more."""
_MOST_DISCS: Final = 250
_ENOUGH: Final = 0.8
"""Of the most tracks that are on one release: one track may be known as a recording of another."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What one track sounds like."""

    acoustid: str
    recordings: Mapping[str, float]
    """How surely, 0 to 1, by MBID."""
    releases: Sequence[Release] = ()
    """As much of them as is told; their status is not."""


def sound(results: object) -> Sound | None:
    """The best of what was found, with the recordings that others named it by."""
    found = sorted(items(results), key=_score, reverse=True)
    like = [one for one in found if _score(one) >= max(LEAST, _score(found[0]) - _AS_LIKE)]
    best = next((one for one in like if _is_named(one)), like[0] if like else None)
    id_ = None if best is None else mbid(best.get("id"))
    if best is None or id_ is None:
        return None
    releases = {one.mbid: one for said in items(best.get("recordings")) for one in _releases(said)}
    return Sound(id_, dict(_recordings(best.get("recordings"), _score(best))), tuple(releases.values()))


def heard_on(sounds: Iterable[Sound]) -> Sequence[Vote]:
    """The releases that most of the tracks are on, by their sound."""
    return votes([one.releases for one in sounds], _ENOUGH)


def _is_named(result: Fields) -> bool:
    return any(mbid(one.get("id")) for one in items(result.get("recordings")))


def _score(result: Mapping[str, Any]) -> float:
    said = result.get("score")
    return float(said) if isinstance(said, int | float) and 0 <= said <= 1 else 0.0


def _recordings(said: object, score: float) -> Iterator[tuple[str, float]]:
    most = max((number(one.get("sources")) or 1 for one in items(said)), default=1)
    for one in items(said):
        if id_ := mbid(one.get("id")):
            rare = (number(one.get("sources")) or 1) < most * _RARE
            yield id_, score * (0.6 if rare else 1.0)


def _releases(recording: Fields) -> Iterator[Release]:
    for said in items(recording.get("releasegroups")):
        yield from _listed(said, _group(said))


def _group(said: Fields) -> Group | None:
    id_ = mbid(said.get("id"))
    kinds = (said.get("type"), *plain_list(said.get("secondarytypes")))
    types = tuple(one.lower() for kind in kinds if (one := text(kind)))
    return None if id_ is None else Group(id_, text(said.get("title")) or "", types)


def _listed(said: Fields, group: Group | None) -> Iterator[Release]:
    """What is as in the album itself is left out of its releases."""
    for one in items(said.get("releases"), _MOST_RELEASES):
        if id_ := mbid(one.get("id")):
            events = [*items(one.get("releaseevents")), one]
            countries = dict.fromkeys(found for each in events if (found := text(each.get("country"))))
            yield Release(
                id_,
                text(one.get("title")) or (group.title if group else ""),
                _credits(one.get("artists") or said.get("artists")) if group else (),
                group,
                date=min((found for each in events if (found := _date(inner(each, "date")))), default=None),
                country=next(iter(countries), None),
                countries=tuple(countries),
                media=_media(number(one.get("medium_count")) or 1, number(one.get("track_count")) or 0),
            )


def _credits(said: object) -> tuple[Credit, ...]:
    named = (
        (mbid(one.get("id")), text(one.get("name")), joining(one.get("joinphrase"))) for one in items(said)
    )
    return tuple(Credit(name, Artist(id_, name), join) for id_, name, join in named if id_ and name)


def _date(said: Fields) -> str | None:
    parts = takewhile(bool, (number(said.get(name)) for name in ("year", "month", "day")))
    return date("-".join(f"{one:0{width}}" for one, width in zip(parts, (4, 2, 2), strict=False)))


def _media(discs: int, tracks: int) -> tuple[Medium, ...]:
    """How many discs and tracks there are, not which are on which."""
    if not tracks:
        return ()
    return Medium(1, count=tracks), *(Medium(place) for place in range(2, min(discs, _MOST_DISCS) + 1))
