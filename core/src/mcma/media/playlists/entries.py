"""What a line of a playlist file says, whatever the format."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote, quote_from_bytes, unquote, unquote_to_bytes, urlsplit, urlunsplit
from uuid import UUID

from mcma.domain.claiming import Link
from mcma.domain.errors import TooLarge

MOST = 10_000
"""Entries of a file."""
MOST_PLAYLISTS = 500
"""In a file."""
LONGEST = 4096
"""Of a text or a path; what is longer is cut."""
_DRIVE = re.compile(rb"^[A-Za-z]:(?=[\\/])")
_SCHEME = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]+://|file:)", re.IGNORECASE)
_OURS = re.compile(r"/tracks/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/stream", re.ASCII)
_RECORDING = re.compile(r"musicbrainz\.org/recording/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII)
TRACK_URN = "urn:mcma:track:"
SOURCE_URN = "urn:mcma:source:"
"""And the name of a source, a colon, and what a recording is called there."""
ISRC_URN = "urn:isrc:"


_NAME = re.compile(r"[a-z0-9_-]{1,100}", re.ASCII)
_KEY = re.compile(r"[!-~]{1,500}", re.ASCII)


class Entry(NamedTuple):
    """All of it is what somebody says; nothing is certain."""

    title: str | None = None
    artists: tuple[str, ...] = ()
    album: str | None = None
    duration_ms: int | None = None
    isrc: str | None = None
    recording_mbid: UUID | None = None
    track_id: UUID | None = None
    """Of a track of this server."""
    path: bytes | None = None
    """As it was written, with `/` between folders; absolute with a leading one."""
    url: str | None = None
    """Elsewhere, without credentials and parameters."""
    line: int = 0
    """Of the file, from 1."""
    link: Link | None = None
    address: str | None = None
    """As it was written, to be asked of the sources; never kept, for it may hold what is secret."""
    added_at: datetime | None = None


class PlaylistFile(NamedTuple):
    name: str | None
    entries: Sequence[Entry]
    skipped: int = 0
    """Lines of the file that say nothing to find a recording by."""


def checked(entries: list[Entry]) -> list[Entry]:
    if len(entries) > MOST:
        raise TooLarge(f"A playlist file may have {MOST} entries.")
    return entries


def clean(text: str | None) -> str | None:
    """What a database takes; None for nothing."""
    if text is None:
        return None
    kept = text.replace("\0", "").strip()[:LONGEST].encode("utf-8", "replace").decode()
    return kept or None


def located(location: str | bytes) -> Entry:
    """An entry with what a location says: a path, an address, or a track of ours."""
    raw = location.encode("utf-8", "surrogateescape") if isinstance(location, str) else location
    raw = raw.strip()[:LONGEST].replace(b"\0", b"")
    text = raw.decode("utf-8", "replace")
    if not _SCHEME.match(text) or _DRIVE.match(raw):
        return Entry(path=slashed(raw) or None)
    if text[:5].lower() == "file:":
        return Entry(path=_file_path(raw) or None)
    ours = _OURS.search(text)
    return Entry(url=_bare(text), track_id=UUID(ours[1]) if ours else None, address=clean(text))


def placed(entry: Entry, place: Entry) -> Entry:
    """The entry with what `located` has said of its location."""
    return entry._replace(path=place.path, url=place.url, address=place.address,
                          track_id=place.track_id or entry.track_id)  # fmt: skip


def linked(source: str, source_id: str) -> Link | None:
    """None where it cannot be one."""
    name, key = source.strip().lower(), source_id.strip()
    return Link(name, key) if _NAME.fullmatch(name) and _KEY.fullmatch(key) else None


def link_of(text: str) -> Link | None:
    """`youtube:abc`, percent-encoded."""
    source, _, id_ = text.strip()[: 4 * LONGEST].partition(":")
    return linked(source, unquote(id_))


def link_text(link: Link) -> str:
    return f"{link.source}:{quote(link.source_id, safe='')}"


def located_by_uri(text: str) -> Entry:
    """The same for a URI, which may be relative: what is not plain ASCII in it is percent-encoded."""
    return located(text if _SCHEME.match(text) else unquote_to_bytes(text))


def identified(entry: Entry, identifier: str) -> Entry:
    """The entry with what an identifier of XSPF or JSPF adds."""
    if identifier.startswith(TRACK_URN):
        return entry._replace(track_id=uuid_of(identifier.removeprefix(TRACK_URN)) or entry.track_id)
    if identifier.startswith(SOURCE_URN):
        return entry._replace(link=link_of(identifier.removeprefix(SOURCE_URN)) or entry.link)
    if identifier.lower().startswith(ISRC_URN):
        return entry._replace(isrc=clean(identifier[len(ISRC_URN) :].upper().replace("-", "")[:32]))
    found = _RECORDING.search(identifier.lower())
    return entry._replace(recording_mbid=UUID(found[1])) if found else entry


def identifiers(entry: Entry) -> list[str]:
    found = [] if entry.track_id is None else [f"{TRACK_URN}{entry.track_id}"]
    if entry.recording_mbid is not None:
        found.append(f"https://musicbrainz.org/recording/{entry.recording_mbid}")
    if entry.link is not None:
        found.append(f"{SOURCE_URN}{link_text(entry.link)}")
    return found + ([] if entry.isrc is None else [f"{ISRC_URN}{entry.isrc}"])


def location_of(entry: Entry) -> str | None:
    """As a URI, or None."""
    if entry.url is not None:
        return entry.url
    if entry.path is None:
        return None
    quoted = quote_from_bytes(entry.path, safe="/")
    return f"file://{quoted}" if entry.path.startswith(b"/") else quoted


def slashed(path: bytes) -> bytes:
    """A path of Windows gets the usual slashes and loses its drive."""
    if _DRIVE.match(path) or (b"\\" in path and b"/" not in path):
        return _DRIVE.sub(b"", path).replace(b"\\", b"/")
    return path


def _file_path(uri: bytes) -> bytes:
    """`file:///music/a%20b.flac`, `file://host/...`, `file:/...` and Windows' `file:///C:/...`."""
    rest = uri[5:]
    if rest.startswith(b"//"):
        rest = rest[2:]
        rest = rest[rest.find(b"/") :] if b"/" in rest else b""
    path = unquote_to_bytes(rest).replace(b"\0", b"")
    return slashed(path[1:]) if re.match(rb"^/[A-Za-z]:[\\/]", path) else path


def _bare(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return clean(urlunsplit((parts.scheme, host, parts.path, "", "")))
    except ValueError:
        return None


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
