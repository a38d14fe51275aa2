"""musicbrainzngs as what builds requests and reads answers, without its way of asking.

The library keeps its server, its names and its limits in globals, sleeps and retries in threads, and follows
whatever its answers say. So it gets a copy of its own modules here (nobody else's settings are touched), in
which sending a request is handing back its address: a call of the library *is* the address to ask, and the
asking happens where everything is asked (`Client`).
"""

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any, Final
from urllib.parse import quote_plus, urlsplit
from xml.etree.ElementTree import ParseError, fromstring

from mcma_plugins import RetryLater

Document = Mapping[str, Any]
_log = logging.getLogger("mcma.plugin.musicbrainz.library")
_log.setLevel(logging.WARNING)
"""It says of every attribute that it does not know that it does not: of each genre of each answer."""
_ENTITIES: Final = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_UNREADABLE: Final = (ParseError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError)
_RECORDING: Final = (
    "artist-credits",
    "isrcs",
    "aliases",
    "genres",
    "artist-rels",
    "work-rels",
    "work-level-rels",
    "recording-rels",
)
_RELEASE: Final = (*_RECORDING, "recordings", "labels", "release-groups", "media", "recording-level-rels")
_TRACKLIST: Final = ("artist-credits", "isrcs", "recordings", "labels", "release-groups", "media")
"""Of a release that is too long to be told with everybody who plays on it."""
_EDITION: Final = ("artist-credits", "labels", "release-groups", "media")
MOST_FOUND: Final = 25
LONGEST_WORDS: Final = 200
"""Characters that are searched for."""
_LONGEST_BYTES: Final = 400
"""Of them: in an address each takes three characters, and names are searched for in three fields."""
MOST_BROWSED: Final = 100
"""What the service gives at once."""
FEWER: Final = 10
"""Of a list that is too long."""
_FULL: Final = re.compile(rf"(?<=limit=)({MOST_BROWSED}|{MOST_FOUND})(?=&|$)")


def _own_copy(name: str) -> ModuleType:
    spec = find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(name)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _asking(xml: ModuleType) -> Any:
    module = _own_copy("musicbrainzngs.musicbrainz")
    module.mbxml = xml  # type: ignore[attr-defined]
    module._safe_read = lambda opener, request, body=None: request.full_url  # type: ignore[attr-defined]
    module.set_rate_limit(False)
    module.set_useragent("mcma", "0")
    module.set_parser(module.mb_parser_null)
    for entity in ("release", "release-group", "recording", "artist"):
        module.VALID_INCLUDES[entity].append("genres")
    module.VALID_INCLUDES["recording"].append("release-groups")
    return module


def _reading() -> Any:
    """Knows two lists that the service has had since: aliases of everything, and genres."""
    module: Any = _own_copy("musicbrainzngs.mbxml")
    module._log = _log
    plain = module.parse_elements
    more = {"alias-list": module.parse_alias_list, "genre-list": module.parse_tag_list}

    def parse_elements(valid: Sequence[str], inner: Mapping[str, Callable[..., Any]], element: Any) -> Any:
        return plain(valid, {**more, **inner}, element)

    module.parse_elements = parse_elements
    return module


_xml: Any = _reading()
_ask: Any = _asking(_xml)
_LUCENE: Final = re.compile(_ask.LUCENE_SPECIAL)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def release(mbid: str) -> str:
    """The path to ask for; so of all of these."""
    return _path(_ask.get_release_by_id(mbid, includes=list(_RELEASE)))


def tracklist(mbid: str) -> str:
    """Of a release: what is on it, and little else."""
    return _path(_ask.get_release_by_id(mbid, includes=list(_TRACKLIST)))


def recording(mbid: str) -> str:
    return _path(
        _ask.get_recording_by_id(mbid, includes=[*_RECORDING, "releases", "release-groups", "media"])
    )


def isrc(code: str) -> str:
    return _path(_ask.get_recordings_by_isrc(code, includes=["artists", "releases"]))


def artist(mbid: str) -> str:
    return _path(_ask.get_artist_by_id(mbid, includes=["aliases", "genres", "url-rels"]))


def editions(group: str, offset: int = 0, most: int = MOST_BROWSED) -> str:
    """The releases of a release group."""
    includes = list(_EDITION)
    found = _ask.browse_releases(release_group=group, includes=includes, limit=most, offset=offset)
    return _path(found)


def releases_of(recording: str) -> str:
    """The releases that a recording is on."""
    found = _ask.browse_releases(recording=recording, includes=list(_EDITION), limit=MOST_BROWSED)
    return _path(found)


def groups_of(artist_mbid: str, offset: int = 0) -> str:
    """The release groups of an artist."""
    return _path(_ask.browse_release_groups(artist=artist_mbid, limit=MOST_BROWSED, offset=offset))


def _short(text: str) -> str:
    """Whole words of it: an address has a length, and who wrote a story there is found by its beginning."""
    short = text[:LONGEST_WORDS].encode(errors="ignore")[:_LONGEST_BYTES].decode(errors="ignore")
    return text if short == text else short.rpartition(" ")[0] or short


def _shortened(fields: Mapping[str, str]) -> Mapping[str, str]:
    return {name: _short(said) for name, said in fields.items()}


def releases_like(**fields: str) -> str:
    """All of the fields are due. The library escapes what Lucene reads as its language."""
    return _path(_ask.search_releases(limit=MOST_FOUND, strict=True, **_shortened(fields)))


def releases_about(**fields: str) -> str:
    """Some of the words are due."""
    return _path(_ask.search_releases(limit=MOST_FOUND, **_shortened(fields)))


def recordings_like(**fields: str) -> str:
    return _path(_ask.search_recordings(limit=MOST_FOUND, strict=True, **_shortened(fields)))


def recordings_about(**fields: str) -> str:
    return _path(_ask.search_recordings(limit=MOST_FOUND, **_shortened(fields)))


def artists_called(name: str) -> str:
    """Or also called so: what a search for artists looks at is their name alone."""
    said = _LUCENE.sub(r"\\\1", _short(name))
    query = " OR ".join(f'{field}:"{said}"' for field in ("artist", "alias", "sortname"))
    return _path(_ask.search_artists(limit=MOST_FOUND, query=query))


def fewer(path: str) -> str:
    """The beginning of the same list."""
    return _FULL.sub(str(FEWER), path)


def fault(content: bytes) -> str | None:
    """What the service says is wrong, in XML or JSON; None when it is somebody else who speaks."""
    try:
        text = content.decode()
        said = _of_json(text) if text.lstrip().startswith("{") else _of_xml(text)
    except _UNREADABLE:
        return None
    return said if isinstance(said, str) else None


def _of_json(text: str) -> object:
    found = json.loads(text)
    return found["error"] if found.keys() == {"error", "help"} else None


def _of_xml(text: str) -> object:
    if _ENTITIES.search(text):
        return None
    found = fromstring(text)  # noqa: S314 - without a document type there are no entities
    return " ".join(one.text or "" for one in found.iter("text")) if found.tag == "error" else None


def read(content: bytes) -> Document:
    """Raises `RetryLater` (bad_answer) for what is no answer of the service."""
    try:
        text = content.decode()
        if _ENTITIES.search(text):
            raise RetryLater(
                "MusicBrainz answered with a document type, which it has none of.", code="bad_answer"
            )
        found: Document = _xml.parse_message(text)
    except _UNREADABLE as error:
        raise RetryLater(
            "MusicBrainz answered with something that cannot be read.", code="bad_answer"
        ) from error
    if not found:
        raise RetryLater("MusicBrainz answered with something else than music.", code="bad_answer")
    return found


def within(field: str, least: int, most: int) -> str:
    """More of a search's query: a number between two."""
    return quote_plus(f" AND {field}:[{least} TO {most}]")
