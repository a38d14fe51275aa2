"""Tags and a cover written into a file that has none of them. Blocking.

What the file says itself stays: only what it lacks is laid under it.
"""

from pathlib import Path
from typing import Final, NamedTuple

from mcma.domain.errors import InvalidInput
from mcma.media._clean import clean_name, clean_names
from mcma.media._images import MAX_BYTES, check_image
from mcma.media._raw import Raw
from mcma.media.retagging.change import Change, Cover
from mcma.media.retagging.writing import raw_of, write_copy

__all__ = ["MOST_COVER_BYTES", "Cover", "Labels", "checked_cover", "write_missing"]

MOST_COVER_BYTES: Final = MAX_BYTES
_PLAIN: Final = ("image/jpeg", "image/png")
"""Pictures that every player of ID3 and MP4 shows."""
_SUFFIXES: Final = ("mp3", "m4a", "flac", "opus", "ogg", "oga")


class Labels(NamedTuple):
    """What is known of a recording. Empty: nothing."""

    title: str = ""
    artists: tuple[str, ...] = ()
    album: str = ""
    album_artist: str = ""
    track: int | None = None
    disc: int | None = None
    year: int | None = None
    isrc: str = ""
    recording_mbid: str = ""

    def texts(self) -> dict[str, list[str]]:
        """By common names, those there are."""
        one = {
            "title": self.title, "album": self.album, "albumartist": self.album_artist,
            "tracknumber": str(self.track or ""), "discnumber": str(self.disc or ""),
            "date": str(self.year or ""), "isrc": self.isrc, "musicbrainz_trackid": self.recording_mbid,
        }  # fmt: skip
        found = {name: [text] for name, value in one.items() if (text := clean_name(value))}
        artists = clean_names(list(self.artists))
        return found | ({"artist": artists} if artists else {})


def checked_cover(path: Path) -> Cover | None:
    """None for what is no picture that may be kept."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        found = check_image(data)
    except (OSError, InvalidInput):
        return None
    return Cover(data, found.mime, found.width, found.height)


def write_missing(path: Path, suffix: str, labels: Labels, cover: Cover | None) -> bool:
    """Into an mp3, m4a, flac, opus, ogg or oga file; False for others, and for what cannot be written to."""
    if suffix not in _SUFFIXES:
        return False
    target = path.with_name(f"{path.name}.tagged")
    try:
        raw = raw_of(bytes(path))
        write_copy(bytes(path), bytes(target), raw.audio, _lacking(raw, labels, cover))
        target.replace(path)
    except Exception:  # noqa: BLE001 - readers and writers raise anything at all for a damaged file
        target.unlink(missing_ok=True)
        return False
    return True


def _lacking(raw: Raw, labels: Labels, cover: Cover | None) -> Change:
    shown = cover is not None and (raw.audio.container not in ("mp3", "mp4") or cover.mime in _PLAIN)
    texts = {key: values for key, values in labels.texts().items() if key not in raw.tags}
    return Change(frozenset(), texts, cover if shown and not raw.pictures else None)
