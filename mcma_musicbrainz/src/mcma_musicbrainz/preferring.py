"""Which of several editions that fit equally well: always the same one, and not without saying so."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from mcma_musicbrainz.kinds import later_kinds
from mcma_musicbrainz.rating import Rated
from mcma_musicbrainz.values import Release
from mcma_plugins.enrichers import Reason

EQUAL: Final = 0.02
"""Scores that are less apart say nothing about which it is."""
LEAD: Final = 0.06
"""What the preferred one has before the others, so that nobody is asked about each country's pressing."""
_STATUS: Final = (
    "Official", None, "Promotion", "Withdrawn", "Bootleg", "Pseudo-Release", "Cancelled", "Expunged",
)  # fmt: skip
_NEVER: Final = "9999"
_DAY: Final = len("1997-03-01")
Preference = tuple[int, int, int, str, str]


def preferred(found: Sequence[Rated], countries: Sequence[str]) -> list[Rated]:
    """Best first. Of editions of one album that fit as well as the best of them, one leads the others."""
    ranked = sorted(found, key=lambda one: (-one.score, preference(one.release, countries)))
    if not ranked:
        return []
    best = ranked[0]
    peers = [
        one for one in ranked if best.score - one.score <= EQUAL and _same_album(one.release, best.release)
    ]
    if len(peers) == 1:
        return ranked
    first = min(peers, key=lambda one: _order(one, countries))
    others = [_behind(one, first, best.score) if one in peers else one for one in ranked if one is not first]
    leading = replace(first, score=best.score, reasons=(*first.reasons, _why(first, len(peers))))
    return [leading, *sorted(others, key=lambda one: (-one.score, preference(one.release, countries)))]


def preference(release: Release, countries: Sequence[str], said: Collection[str] = ()) -> Preference:
    """Official before bootleg, records before collections (unless the tags have `said` that it is one),
    countries in the order that was set, then the earliest; of what is only known to be of a year, the days of
    that year come first."""
    status = _STATUS.index(release.status) if release.status in _STATUS else 2
    places = (place for place, one in enumerate(countries) if one in (release.country, *release.countries))
    place = next(places, len(countries))
    later = len(later_kinds(release, said))
    return status, later, place, (release.date or _NEVER).ljust(_DAY, "~"), release.mbid


def _order(one: Rated, countries: Sequence[str]) -> tuple[int, int, float, tuple[int, str, str]]:
    """The date in the tags is heard before what anybody prefers: they are of one of the editions."""
    wanted = preference(one.release, countries)
    dated = next((reason.score or 0.0 for reason in one.reasons if reason.field == "date"), 0.0)
    return wanted[0], wanted[1], -dated, wanted[2:]


def _same_album(one: Release, other: Release) -> bool:
    return one.group is not None and other.group is not None and one.group.mbid == other.group.mbid


def _behind(other: Rated, first: Rated, best: float) -> Rated:
    note = f"fits as well; preferred is {_named(first.release)}"
    score = max(0.0, round(best - LEAD, 4))
    return replace(other, score=score, reasons=(*other.reasons, Reason("edition", 0.0, note)))


def _why(first: Rated, count: int) -> Reason:
    return Reason("edition", 1.0, f"preferred among {count} editions that fit alike: {_named(first.release)}")


def _named(release: Release) -> str:
    said = (release.status or "", release.country or "", release.date or "")
    return ", ".join(one for one in said if one) or release.mbid
