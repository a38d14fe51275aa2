"""What a name alone says about an entry. Names are bytes: they need not be UTF-8."""

import re

AUDIO_EXTENSIONS: tuple[str, ...] = (
    *("mp3", "flac", "ogg", "oga", "opus", "m4a", "m4b", "mp4", "aac", "wav", "aif", "aiff", "aifc"),
    *("wv", "ape", "wma", "asf", "dsf", "mpc", "mp+", "mpp"),
)

COVER_STEMS = (b"cover", b"folder", b"front", b"album")
"""Best first."""
COVER_EXTENSIONS = frozenset({b"jpg", b"jpeg", b"png", b"webp", b"gif"})
LYRICS_EXTENSIONS = frozenset({b"lrc", b"elrc", b"ttml"})

SKIP_MARKER = b".nomedia"
IGNORE_FILE = b".mcmaignore"

_LANG = re.compile(rb"[a-z]{2,3}(-[a-z0-9]{2,8})?", re.ASCII | re.IGNORECASE)
_JUNK = frozenset(
    {
        *(b"@eadir", b"#recycle", b"@recycle", b".@__thumb", b"#snapshot"),
        *(b"$recycle.bin", b"system volume information", b"lost+found", b".trashes"),
    }
)
"""What NAS systems, Windows, ext4 and macOS leave lying about; lower case."""
_JUNK_STARTS = (b"._", b".trash-")


def is_junk(name: bytes) -> bool:
    folded = name.lower()
    return folded in _JUNK or folded.startswith(_JUNK_STARTS)


def split(name: bytes) -> tuple[bytes, bytes]:
    """Stem and lower-case extension; a name that is all extension has none."""
    stem, _, extension = name.rpartition(b".")
    return (stem, extension.lower()) if stem else (name, b"")


def without_language(stem: bytes) -> bytes | None:
    """`name` of `name.de`; None where there is no such ending."""
    name, _, lang = stem.rpartition(b".")
    return name if name and _LANG.fullmatch(lang) else None


def cover_rank(name: bytes) -> int | None:
    """Lower is better; None is no cover."""
    stem, extension = split(name)
    if extension not in COVER_EXTENSIONS or stem.lower() not in COVER_STEMS:
        return None
    return COVER_STEMS.index(stem.lower())


def join(folder: bytes, name: bytes) -> bytes:
    """Relative to the root, whose own path is empty."""
    return folder + b"/" + name if folder else name


def printable(path: bytes) -> str:
    """For people: one line, no control or direction marks, no surrogates."""
    text = path.decode("utf-8", "backslashreplace")
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def reason_of(error: OSError) -> str:
    return error.strerror or type(error).__name__
