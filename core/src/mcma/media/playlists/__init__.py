"""Playlists as files: M3U, XSPF, JSPF and tables, read and written, and what services give out, read.

Pure: no file is opened here.
"""

from mcma.domain.claiming import Link
from mcma.domain.errors import InvalidInput
from mcma.media.playlists import exports, jspf, m3u, spotify_data, xspf
from mcma.media.playlists.entries import MOST, Entry, PlaylistFile

__all__ = ["FORMATS", "LARGEST", "MOST", "READABLE", "Entry", "Link", "PlaylistFile", "read", "write"]

FORMATS = {
    "m3u8": "application/vnd.apple.mpegurl",
    "m3u": "audio/x-mpegurl",
    "xspf": "application/xspf+xml",
    "jspf": "application/jspf+json",
    "csv": "text/csv; charset=utf-8",
}
"""And their media types."""
READABLE = (*FORMATS, "spotify")
LARGEST = 16 * 1024 * 1024
"""Bytes of a file."""
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read(data: bytes, kind: str | None = None) -> list[PlaylistFile]:
    """At least one. `kind` is one of `READABLE`; by the content without it. `InvalidInput` for what is none,
    `TooLarge` for too many entries."""
    body = data.removeprefix(_BOM)
    found = kind or _kind(body)
    if found == "csv":
        return exports.read(data)
    if found == "spotify":
        return spotify_data.read(body)
    readers = {"xspf": xspf.read, "jspf": jspf.read, "m3u": m3u.read, "m3u8": m3u.read}
    if found not in readers:
        raise InvalidInput(f"Unknown format; known are {', '.join(READABLE)}.")
    return [readers[found](body)]


def write(playlist: PlaylistFile, kind: str) -> bytes:
    writers = {
        "m3u8": m3u.write, "m3u": m3u.write_old, "xspf": xspf.write, "jspf": jspf.write, "csv": exports.write
    }  # fmt: skip
    if kind not in writers:
        raise InvalidInput(f"Unknown format; known are {', '.join(FORMATS)}.")
    return writers[kind](playlist)


def _kind(body: bytes) -> str:
    start = body[:1000].lstrip()
    if start.startswith(b"{"):
        return "spotify" if spotify_data.is_one(body) else "jspf"
    if start.startswith(b"<"):
        return "xspf"
    if body.startswith(_UTF16) or (not start.startswith(b"#EXTM3U") and exports.is_one(body)):
        return "csv"
    return "m3u"
