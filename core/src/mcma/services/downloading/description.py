"""What a source says of a thing, as it is kept with a download and laid under what a file says."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mcma.domain.filing import safe_name
from mcma.media._clean import clean_name, clean_names
from mcma_plugins.sources import SourceItem

_TEXTS = ("title", "album", "isrc", "recording_mbid", "artwork_url", "url")
_NUMBERS = ("track_number", "disc_number", "year", "duration_ms")
_LARGEST = 2**31 - 1


class Described(NamedTuple):
    title: str = ""
    artists: tuple[str, ...] = ()
    album: str = ""
    track_number: int | None = None
    disc_number: int | None = None
    year: int | None = None
    duration_ms: int | None = None
    isrc: str = ""
    recording_mbid: str = ""
    artwork_url: str = ""
    url: str = ""

    @property
    def name(self) -> str:
        """For a file."""
        words = " - ".join(part for part in (*self.artists[:1], self.title) if part)
        return safe_name(words or "Download", 120)

    def under(self, better: "Described") -> "Described":
        """What `better` does not say."""
        known = {name: value for name, value in better._asdict().items() if value}
        return self._replace(**known)


def described(item: SourceItem | None) -> Described:
    if item is None:
        return Described()
    said: dict[str, Any] = {name: clean_name(str(getattr(item, name) or "")) for name in _TEXTS}
    said |= {name: _number(getattr(item, name)) for name in _NUMBERS}
    artists = clean_names([str(one) for one in item.artists])
    return Described(**said, artists=tuple(artists))


def kept(said: Described) -> dict[str, Any]:
    """JSON, without what is not known."""
    return {name: value for name, value in said._asdict().items() if value}


def from_kept(document: Mapping[str, Any] | None) -> Described:
    known = {name: value for name, value in (document or {}).items() if name in Described._fields}
    return Described(**{**known, "artists": tuple(known.get("artists") or ())})


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and 0 < value <= _LARGEST else None
