"""What a person may say about a track, checked. The words are those of `TagFacts`."""

from collections.abc import Mapping
from typing import Any

from mcma.domain import fieldchecks as checks
from mcma.domain.errors import InvalidInput

FIELDS: Mapping[str, checks.Check] = {
    "title": checks.line,
    "sort_title": checks.line,
    "artists": checks.texts,
    "album": checks.line,
    "sort_album": checks.line,
    "album_version": checks.line,
    "album_artists": checks.texts,
    "track": checks.number,
    "track_total": checks.number,
    "disc": checks.number,
    "disc_total": checks.number,
    "disc_title": checks.line,
    "date": checks.date,
    "original_date": checks.date,
    "compilation": checks.flag,
    "genres": checks.texts,
    "moods": checks.texts,
    "labels": checks.texts,
    "bpm": checks.tempo,
    "comment": checks.text(checks.LONGEST_COMMENT),
    "language": checks.line,
    "explicit": checks.flag,
    "recording_mbid": checks.mbid,
    "release_mbid": checks.mbid,
}
"""Field to what checks and cleans its value."""


def checked_edit(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values cleaned; None takes back what was said. Raises `InvalidInput` naming a wrong field."""
    unknown = values.keys() - FIELDS.keys()
    if unknown:
        raise InvalidInput(f"{min(unknown)} is no field that can be edited.", code="invalid_field")
    return {name: value if value is None else FIELDS[name](name, value) for name, value in values.items()}
