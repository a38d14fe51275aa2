"""Playlist files: M3U, XSPF and JSPF, read and written. Pure: no file is opened here."""

from mcma.domain.errors import InvalidInput
from mcma.media.playlists import jspf, m3u, xspf
from mcma.media.playlists.entries import MOST, Entry, PlaylistFile

__all__ = ["FORMATS", "MOST", "Entry", "PlaylistFile", "read", "write"]

FORMATS = {
    "m3u8": "application/vnd.apple.mpegurl",
    "m3u": "audio/x-mpegurl",
    "xspf": "application/xspf+xml",
    "jspf": "application/jspf+json",
}
"""And their media types."""
_BOM = b"\xef\xbb\xbf"


def read(data: bytes, kind: str | None = None) -> PlaylistFile:
    """`kind` is one of `FORMATS`; by the content without it. `InvalidInput` for what is none, `TooLarge` for
    too many entries."""
    body = data.removeprefix(_BOM)
    found = kind or _kind(body)
    if found == "xspf":
        return xspf.read(body)
    if found == "jspf":
        return jspf.read(body)
    if found not in FORMATS:
        raise InvalidInput(f"Unknown format; known are {', '.join(FORMATS)}.")
    return m3u.read(body)


def write(playlist: PlaylistFile, kind: str) -> bytes:
    writers = {"m3u8": m3u.write, "m3u": m3u.write_old, "xspf": xspf.write, "jspf": jspf.write}
    if kind not in writers:
        raise InvalidInput(f"Unknown format; known are {', '.join(FORMATS)}.")
    return writers[kind](playlist)


def _kind(body: bytes) -> str:
    start = body[:1000].lstrip()
    if start.startswith(b"{"):
        return "jspf"
    return "xspf" if start.startswith(b"<") else "m3u"
