"""How far the word of an enricher goes, field by field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

PERSON = "person"
"""Origin of what nothing automatic overwrites."""
PLUGIN = "plugin:"
"""Begins the origin of what an enricher said."""
TAG = "tag"
FILE_NAME = "file_name"


class Rule(StrEnum):
    PREFER = "prefer"
    """It stands in place of what the tags say. Of `credits`: in place of those of the same role."""
    FILL = "fill"
    """It stands where the tags say nothing, or only the file's name does. A date that is the same but more
    precise fills as well."""
    ADD = "add"
    """A list is what the tags say and what enrichers add to it."""
    OFF = "off"
    """It is kept, and counts for nothing."""


DEFAULTS: Mapping[str, Rule] = {
    # names and numbers of one answer belong together: half of them would be an album that nobody released
    "title": Rule.PREFER,
    "sort_title": Rule.PREFER,
    "artists": Rule.PREFER,
    "album": Rule.PREFER,
    "sort_album": Rule.PREFER,
    "album_version": Rule.PREFER,
    "album_artists": Rule.PREFER,
    "compilation": Rule.PREFER,
    "track": Rule.PREFER,
    "track_total": Rule.PREFER,
    "disc": Rule.PREFER,
    "disc_total": Rule.PREFER,
    "disc_title": Rule.PREFER,
    # what a release is: tags rarely say it, and where they do it is often that of another edition
    "original_date": Rule.PREFER,
    "release_types": Rule.PREFER,
    "labels": Rule.PREFER,
    "catalog_numbers": Rule.PREFER,
    "label_info": Rule.PREFER,
    "barcode": Rule.PREFER,
    "media": Rule.PREFER,
    "credits": Rule.PREFER,
    "remix_of": Rule.PREFER,
    # what was taken is what it is
    "recording_mbid": Rule.PREFER,
    "release_track_mbid": Rule.PREFER,
    "release_mbid": Rule.PREFER,
    "release_group_mbid": Rule.PREFER,
    "acoustid": Rule.PREFER,
    "remix_of_mbid": Rule.PREFER,
    # a recording has several codes, and each of them finds it
    "isrcs": Rule.ADD,
    # whoever tagged the file may own another pressing than the one that was found
    "date": Rule.FILL,
    # matters of taste and of listening: who took the trouble to say them meant it
    "genres": Rule.FILL,
    "moods": Rule.FILL,
    "language": Rule.FILL,
    "bpm": Rule.FILL,
    "comment": Rule.FILL,
    "explicit": Rule.FILL,
    "work": Rule.FILL,
    # a cover or a text in the folder was put there
    "artwork": Rule.FILL,
    "lyrics": Rule.FILL,
}
"""Every field of a track that enrichers fill. Lyrics are apart: all are kept side by side, and the rule says
which are shown."""

LISTS = frozenset({"genres", "moods", "labels", "catalog_numbers", "release_types", "isrcs", "credits"})
"""Fields that can be added to."""


@dataclass(frozen=True, slots=True)
class Layering:
    """The rules in force, and whose word counts most."""

    rules: Mapping[str, Rule]
    order: tuple[str, ...] = ()
    """Enrichers, the one that counts most first; others follow by name."""

    def ranked(self, origins: Iterable[str]) -> list[str]:
        """Those of enrichers, the one that counts most first."""
        return sorted((one for one in origins if one.startswith(PLUGIN)), key=self._rank)

    def _rank(self, origin: str) -> tuple[int, str]:
        name = origin.removeprefix(PLUGIN)
        return (self.order.index(name) if name in self.order else len(self.order)), name


DEFAULT = Layering(DEFAULTS)


def layering(rules: Sequence[str] = (), order: Sequence[str] = ()) -> Layering:
    """From the settings: `genres=add` and names. Raises `ValueError` that says what is wrong with which."""
    said = dict(_rule(one) for one in rules)
    if len(said) < len(rules):
        raise ValueError("a field has one rule, not two")
    if len(set(order)) < len(order):
        raise ValueError("an enricher has one place in the order, not two")
    return Layering({**DEFAULTS, **said}, tuple(order))


def _rule(said: str) -> tuple[str, Rule]:
    field, equals, word = said.partition("=")
    if not equals:
        raise ValueError(f"{said} is not of the form field=rule, such as genres=add")
    if field not in DEFAULTS:
        raise ValueError(f"{field} is no field that plugins fill; there are {', '.join(sorted(DEFAULTS))}")
    if word not in set(Rule):
        raise ValueError(f"{word} is no rule; there are {', '.join(Rule)}")
    if word == Rule.ADD and field not in LISTS:
        raise ValueError(f"{field} is no list, so nothing can be added to it; use prefer, fill or off")
    return field, Rule(word)
