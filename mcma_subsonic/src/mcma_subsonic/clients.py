"""What single clients need, as data."""

import re
from dataclasses import dataclass
from functools import lru_cache

from mcma_subsonic.call import Node


@dataclass(frozen=True, slots=True)
class Profile:
    """Deviations for one client, named as it names itself in `c`."""

    reason: str = ""
    """Why, in words for docs/opensubsonic.md (`make docs`)."""
    sources: tuple[str, ...] = ()
    """Where that is known from: addresses."""
    hidden_in_xml: frozenset[str] = frozenset()
    """Keys that are left out everywhere in XML."""
    song_keys: frozenset[str] | None = None
    """The only keys its songs may have."""
    counts_seconds: bool = False
    """Times of plays are seconds, where they would be of the year 1973 or before as milliseconds."""
    time_names: tuple[str, ...] = ("time",)
    """What it calls the time of a play."""


_MINIMAL = frozenset({"id", "title", "isDir", "artist", "duration", "suffix", "contentType"})
_NESTED_ARTISTS = frozenset({"artists", "albumArtists", "contributors", "roles"})

PROFILES = {
    "Amperfy": Profile(
        reason="Versions before March 2026 told the time of a play in seconds, earlier ones as `date`",
        sources=(
            "https://github.com/BLeeEZ/amperfy/pull/622",
            "https://github.com/BLeeEZ/amperfy/issues/461",
        ),
        counts_seconds=True,
        time_names=("time", "date"),
    ),
    "DSub": Profile(
        reason="Reads every artist element of an XML answer, however deep, as an artist of the list",
        sources=(
            "https://github.com/daneren2005/Subsonic/blob/6b08efedf0f212e99b627ebf590fa014b955351a"
            "/app/src/main/java/github/daneren2005/dsub/service/parser/IndexesParser.java",
        ),
        hidden_in_xml=_NESTED_ARTISTS,
    ),
    "SubMusic": Profile(
        reason="Runs on a watch with little memory, so songs carry only what it shows; "
        "tells the time of a play in seconds",
        sources=(
            "https://github.com/memen45/SubMusic/issues/109",
            "https://github.com/memen45/SubMusic/issues/108",
        ),
        song_keys=_MINIMAL,
        counts_seconds=True,
    ),
}
"""By name. Only what somebody has seen happen, with where that is written."""

PLAIN = Profile()
_SONG_LISTS = frozenset({"song", "entry", "child"})
_NAMED = re.compile("|".join(f"({re.escape(name)})(?![0-9a-z])" for name in PROFILES), re.IGNORECASE)


@lru_cache(maxsize=256)
def profile_of(client: str) -> Profile:
    """Whatever the case, and whatever follows: SubMusic says `SubMusic-v0.2.12-orestes [Forerunner 965]`."""
    found = _NAMED.match(client[:64])
    return PLAIN if found is None else list(PROFILES.values())[(found.lastindex or 1) - 1]


def trimmed(node: Node, profile: Profile, *, xml: bool) -> Node:
    """The payload as this client can take it. The same object when there is nothing to do."""
    hidden = profile.hidden_in_xml if xml else frozenset()
    if not hidden and profile.song_keys is None:
        return node
    return {key: _value(key, value, profile, xml) for key, value in node.items() if key not in hidden}


def _value(key: str, value: object, profile: Profile, xml: bool) -> object:
    if isinstance(value, dict):
        return trimmed(_song(key, value, profile), profile, xml=xml)
    if isinstance(value, list | tuple):
        return [_value(key, item, profile, xml) for item in value]
    return value


def _song(key: str, node: Node, profile: Profile) -> Node:
    if profile.song_keys is None or key not in _SONG_LISTS or node.get("isDir"):
        return node
    return {name: value for name, value in node.items() if name in profile.song_keys}
