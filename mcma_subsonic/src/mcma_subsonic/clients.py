"""What single clients need, as data."""

from dataclasses import dataclass

from mcma_subsonic.call import Node


@dataclass(frozen=True, slots=True)
class Profile:
    """Deviations for one client, named as it names itself in `c`."""

    hidden_in_xml: frozenset[str] = frozenset()
    """Keys that are left out everywhere in XML."""
    song_keys: frozenset[str] | None = None
    """The only keys its songs may have."""
    reason: str = ""
    """Why, in words for docs/opensubsonic.md (`make docs`)."""
    source: str = ""
    """Where that is known from: an address."""


_MINIMAL = frozenset({"id", "title", "isDir", "artist", "duration", "suffix", "contentType"})
_NESTED_ARTISTS = frozenset({"artists", "albumArtists", "contributors", "roles"})

_NAVIDROME = "https://github.com/navidrome/navidrome/blob/master/conf/configuration.go"

PROFILES = {
    "DSub": Profile(
        hidden_in_xml=_NESTED_ARTISTS,
        reason="Reads every artist element, however deep, as an artist of the list",
        source=_NAVIDROME,
    ),
    "SubMusic": Profile(
        song_keys=_MINIMAL,
        reason="Runs on a watch with little memory: songs carry only what it shows",
        source=_NAVIDROME,
    ),
}

PLAIN = Profile()
_SONG_LISTS = frozenset({"song", "entry", "child"})


def profile_of(client: str) -> Profile:
    return PROFILES.get(client, PLAIN)


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
