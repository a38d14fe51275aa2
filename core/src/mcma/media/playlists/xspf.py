"""XSPF 1 (https://xspf.org/spec): playlists as XML. Entities and document types are refused."""

import re
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from mcma.domain.errors import InvalidInput, TooLarge
from mcma.media.playlists.entries import (
    LONGEST,
    MOST,
    Entry,
    PlaylistFile,
    checked,
    clean,
    identified,
    identifiers,
    located_by_uri,
    location_of,
    placed,
)

_SPACE = "http://xspf.org/ns/0/"
_DEPTH = 32
_MOST_ELEMENTS = 40 * MOST
_LENGTH = re.compile("[0-9]{1,9}", re.ASCII)


def read(data: bytes) -> PlaylistFile:
    """`InvalidInput` for what is no XSPF, `TooLarge`."""
    try:
        return _Reading().read(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InvalidInput("This is no XSPF playlist.") from error


class _Reading:
    def __init__(self) -> None:
        self.path: list[str] = []
        self.elements = 0
        self.name: str | None = None
        self.entries: list[Entry] = []

    def read(self, data: bytes) -> PlaylistFile:
        for event, element in iterparse(BytesIO(data), events=("start", "end"), forbid_dtd=True):
            tag = element.tag.rpartition("}")[2]
            if event == "start":
                self._begun(tag)
            else:
                self._ended(element)
                self.path.pop()
        return PlaylistFile(self.name, self.entries)

    def _begun(self, tag: str) -> None:
        self.path.append(tag)
        self.elements += 1
        if self.elements > _MOST_ELEMENTS:
            raise TooLarge(f"A playlist file may have {MOST} entries.")
        if len(self.path) > _DEPTH or self.path[0] != "playlist":
            raise ValueError("not a playlist")

    def _ended(self, element: Element) -> None:
        if self.path == ["playlist", "title"]:
            self.name = clean(element.text)
        elif self.path == ["playlist", "trackList", "track"]:
            self.entries.append(_entry(element)._replace(line=len(self.entries) + 1))
            checked(self.entries)
            element.clear()


def _entry(track: Element) -> Entry:
    entry = Entry()
    for child in track:
        entry = _with(entry, child.tag.rpartition("}")[2], (child.text or "")[: 2 * LONGEST].strip())
    return entry


def _with(entry: Entry, tag: str, text: str) -> Entry:
    """Of several locations the first is kept."""
    if not text:
        return entry
    if tag == "location" and entry.path is None and entry.url is None:
        return placed(entry, located_by_uri(text))
    if tag == "identifier":
        return identified(entry, text)
    if tag == "creator":
        artist = clean(text)
        return entry._replace(artists=(artist,) if artist else ())
    if tag == "duration":
        return entry._replace(duration_ms=int(text) if _LENGTH.fullmatch(text) else None)
    if tag == "title":
        return entry._replace(title=clean(text))
    return entry._replace(album=clean(text)) if tag == "album" else entry


def write(playlist: PlaylistFile) -> bytes:
    root = Element("playlist", {"version": "1", "xmlns": _SPACE})
    if playlist.name:
        SubElement(root, "title").text = _plain(playlist.name)
    listed = SubElement(root, "trackList")
    for entry in playlist.entries:
        _add(SubElement(listed, "track"), entry)
    made: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return made


def _add(track: Element, entry: Entry) -> None:
    duration = None if entry.duration_ms is None else str(entry.duration_ms)
    said = [("location", location_of(entry)), *(("identifier", one) for one in identifiers(entry)),
            ("title", entry.title), ("creator", ", ".join(entry.artists)), ("album", entry.album),
            ("duration", duration)]  # fmt: skip
    for tag, text in said:
        if text:
            SubElement(track, tag).text = _plain(text)


def _plain(text: str) -> str:
    """XML 1.0 has no control characters."""
    return "".join(char for char in text if char in "\t\n\r" or (char >= " " and char not in "\ufffe\uffff"))
