"""What an id of YouTube looks like, and the addresses that name one.

A thing is named by its exact form, or it is not named: nothing that could be an option of a program, a word
or an address of somebody else passes. Accounts' own lists (liked, watch later) and endless mixes are no ids.
"""

import re
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlsplit

from mcma_plugins.sources import SourceKind, SourceLink

LONGEST: Final = 500
_SIGN: Final = "[A-Za-z0-9_-]"
AUDIO_PLAYLIST: Final = re.compile(rf"OLAK5uy_{_SIGN}{{33}}")
"""An album by the list of its songs, as addresses of YouTube name it."""
FORMS: Final = {
    SourceKind.TRACK: re.compile(rf"{_SIGN}{{11}}"),
    SourceKind.ALBUM: re.compile(rf"MPREb_{_SIGN}{{11}}|{AUDIO_PLAYLIST.pattern}"),
    SourceKind.ARTIST: re.compile(rf"UC{_SIGN}{{22}}"),
    SourceKind.PLAYLIST: re.compile(rf"PL{_SIGN}{{16,48}}|RDCLAK5uy_{_SIGN}{{20,48}}|UU{_SIGN}{{22}}"),
}
_HOSTS: Final = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com"})
_SHORT: Final = frozenset({"youtu.be", "www.youtu.be"})
_ONE_VIDEO: Final = re.compile(rf"/(?:shorts|live|embed|v)/({_SIGN}{{11}})/?")
_BROWSE: Final = re.compile(rf"/(?:browse|channel)/(?:VL)?({_SIGN}{{13,60}})/?")
_PLAIN: Final = re.compile(r"[!-~]+")
_WITHOUT_SCHEME: Final = re.compile(r"(?i:(?:www\.|m\.|music\.)?youtube\.com/|(?:www\.)?youtu\.be/)")
_NO_WORD: Final = re.compile(r"(?=.*[0-9_-])(?=.*[a-z])(?=.*[A-Za-z0-9][A-Z])")
_UNMISTAKABLE: Final = (SourceKind.ALBUM, SourceKind.PLAYLIST, SourceKind.ARTIST)


def accepts(kind: SourceKind, source_id: str) -> bool:
    return bool(FORMS[kind].fullmatch(source_id))


def parse(text: str) -> SourceLink | None:
    """An address, or an id that nobody types for a word: eleven signs are one only when they mix digits and
    capitals in the middle, since "Radioactive" has eleven as well."""
    if len(text) > LONGEST or not _PLAIN.fullmatch(text):
        return None
    if "/" not in text:
        return _bare(text)
    parts = _split(f"https://{text}" if _WITHOUT_SCHEME.match(text) else text)
    if parts is None:
        return None
    return _short(parts) if parts.hostname in _SHORT else _long(parts)


def address(source_id: str) -> str:
    """Of a track: what is handed to yt-dlp."""
    return f"https://music.youtube.com/watch?v={source_id}"


def page(kind: SourceKind, source_id: str) -> str:
    """For people."""
    if kind is SourceKind.TRACK:
        return address(source_id)
    if kind is SourceKind.PLAYLIST or AUDIO_PLAYLIST.fullmatch(source_id):
        return f"https://music.youtube.com/playlist?list={source_id}"
    below = "channel" if kind is SourceKind.ARTIST else "browse"
    return f"https://music.youtube.com/{below}/{source_id}"


def _bare(text: str) -> SourceLink | None:
    if found := _of_kinds(text):
        return found
    return _track(text) if _NO_WORD.match(text) else None


def _of_kinds(text: str) -> SourceLink | None:
    return next((SourceLink(kind, text) for kind in _UNMISTAKABLE if accepts(kind, text)), None)


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    fine = parts.scheme in ("http", "https") and port in (None, 80, 443) and "@" not in parts.netloc
    return parts if fine and parts.hostname in _HOSTS | _SHORT else None


def _short(parts: SplitResult) -> SourceLink | None:
    return _track(parts.path.removeprefix("/").removesuffix("/"))


def _long(parts: SplitResult) -> SourceLink | None:
    if parts.path in ("/watch", "/watch/"):
        return _track(_single(parts, "v"))
    if parts.path in ("/playlist", "/playlist/"):
        found = _of_kinds(_single(parts, "list").removeprefix("VL"))
        return found if found and found.kind is not SourceKind.ARTIST else None
    if match := _ONE_VIDEO.fullmatch(parts.path):
        return _track(match[1])
    return _of_kinds(match[1]) if (match := _BROWSE.fullmatch(parts.path)) else None


def _track(text: str) -> SourceLink | None:
    return SourceLink(SourceKind.TRACK, text) if accepts(SourceKind.TRACK, text) else None


def _single(parts: SplitResult, name: str) -> str:
    """The one value; nothing when there are several."""
    try:
        found = parse_qs(parts.query, max_num_fields=50).get(name, [])
    except ValueError:
        return ""
    return found[0] if len(found) == 1 else ""
