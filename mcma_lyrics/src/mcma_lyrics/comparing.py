"""Whether a song is the track that was asked for. The words of another one are worse than none."""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from mcma_lyrics.songs import Song
from mcma_plugins.enrichers import KnownTrack, Reason

SAME_SECONDS: Final = 2.0
"""LRCLIB takes lengths that differ by so much for the same recording."""
WITHOUT_LENGTHS: Final = 0.85
"""Never enough to be taken unasked (`MCMA_ENRICH_AUTOMATIC` is 0.90)."""
_FARTHER: Final = ((4.0, 0.85), (8.0, 0.7), (15.0, 0.55))
"""Seconds, and what a song that is off by as much is worth: its times are wrong, its words may be right."""
_OTHER_ALBUM, _ONLY_PLAIN, _SUREST = 0.97, 0.02, 0.99
_WORD: Final = re.compile(r"[^\W_]+")
_BRACKETS: Final = re.compile(r"[(\[{][^()\[\]{}]*[)\]}]| [-–—] .*$")
_GUESTS: Final = re.compile(
    r"[(\[{](?:feat|ft|featuring|with)\b[^)\]}]*[)\]}]|\b(?:feat|ft|featuring)\b[^(\[{]*", re.IGNORECASE
)
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_OTHER: Final = frozenset({
    "live", "remix", "mix", "acoustic", "instrumental", "karaoke", "demo", "cover", "unplugged", "acapella",
    "cappella", "reprise", "session", "sessions", "orchestral", "piano",
})  # fmt: skip
"""Of these words a title names another recording, of which other words may be sung, or none."""
_SAME: Final = frozenset({
    "remaster", "remastered", "mono", "stereo", "bonus", "track", "deluxe", "explicit", "clean", "album",
    "single", "original", "radio", "version", "edit", "digital", "anniversary", "edition",
})  # fmt: skip


_JOINING: Final = frozenset({"and", "feat", "ft", "featuring", "with", "vs", "x"})
_BETWEEN: Final = re.compile(
    rf"\s*[,;&+(\[]\s*|\s/\s|\s+(?:{'|'.join(sorted(_JOINING))})\b\.?", re.IGNORECASE
)


class Likeness(NamedTuple):
    score: float
    reasons: Sequence[Reason]


def likeness(track: KnownTrack, song: Song) -> Likeness:
    title, artist = _titles(track.title, song.title), _artists(track, song.artist)
    length, note = _lengths(track.duration_ms, song.seconds)
    album = _albums(track.album, song.album)
    score = title * artist * (WITHOUT_LENGTHS if length is None else length)
    score *= _OTHER_ALBUM if album == 0 else 1.0
    score -= 0 if song.synced or song.instrumental else _ONLY_PLAIN
    return Likeness(
        round(min(max(score, 0.0), _SUREST), 2),
        (
            Reason("title", round(title, 2), song.title),
            Reason("artists", round(artist, 2), song.artist or "none"),
            Reason("duration", length, note),
            Reason("album", album, song.album or "none"),
            Reason("lyrics", None, _words(song)),
        ),
    )


def _words(song: Song) -> str:
    return "instrumental" if song.instrumental else "synced" if song.synced else "without times"


def _lengths(known_ms: int, seconds: float | None) -> tuple[float | None, str]:
    if not known_ms or seconds is None:
        return None, "the length of one of both is not known"
    apart = abs(known_ms / 1000 - seconds)
    if apart <= SAME_SECONDS:
        return 1.0, f"{apart:.1f} s apart"
    return next((worth for most, worth in _FARTHER if apart <= most), 0.3), f"{apart:.0f} s apart"


def _titles(known: str, said: str) -> float:
    if _same(known, said):
        return 1.0
    ours, theirs = _aside(known), _aside(said)
    if (ours ^ theirs) & _OTHER:
        return 0.4
    worth = 1.0 if ours == theirs else 0.85 if ours and theirs else 0.92
    return worth * _alike(_core(known), _core(said))


def _same(one: str, other: str) -> bool:
    """Of names without any letter, such as `!!!`, the signs count."""
    words = folded(one), folded(other)
    return words[0] == words[1] if any(words) else one.split() == other.split()


def _artists(track: KnownTrack, said: str) -> float:
    """Who is credited first, or all of them, in one order or another."""
    names = [folded(credit.name) for credit in (*track.artists, *track.album_artists) if credit.name.strip()]
    theirs, alone = folded(said), folded(_GUESTS.sub(" ", said))
    if not names or not theirs:
        return 0.6
    together = " ".join(names[: len(track.artists)])
    if theirs in names or alone in names or _people(theirs) == _people(together):
        return 1.0
    ours = next(credit.name for credit in (*track.artists, *track.album_artists) if credit.name.strip())
    if theirs == _first(ours) or names[0] == _first(said):
        return 0.95
    return max(_alike(theirs, name) for name in (*names, together))


def _people(names: str) -> frozenset[str]:
    return frozenset(names.split()) - _JOINING


def _first(credit: str) -> str:
    """`nick cave` of `Nick Cave & the Bad Seeds`. Prince is not Prince Buster."""
    return folded(_BETWEEN.split(credit.strip(), maxsplit=1)[0])


def _albums(known: str | None, said: str) -> float | None:
    if not known or not said:
        return None
    return 1.0 if _core(known) == _core(said) else 0.0


def _alike(one: str, other: str) -> float:
    """Equal is 1; a slip of the pen stays near, everything else is far off."""
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    ratio = SequenceMatcher(None, one, other, autojunk=False).ratio()
    return min(ratio, 0.88) if ratio > 0.75 else ratio / 2


def _core(title: str) -> str:
    """Without what stands in brackets or behind a dash, and without guests."""
    return folded(_BRACKETS.sub(" ", _GUESTS.sub(" ", title))) or folded(title)


def _aside(title: str) -> frozenset[str]:
    """The words in brackets and behind a dash that may mean something else."""
    words = folded(" ".join(_BRACKETS.findall(_GUESTS.sub(" ", title)))).split()
    return frozenset(word for word in words if word not in _SAME and not _YEAR.fullmatch(word))


def folded(text: str) -> str:
    """Words without case and accents; `&` is `and`."""
    apart = unicodedata.normalize("NFKD", text.replace("&", " and ").casefold())
    plain = "".join(one for one in apart if not unicodedata.combining(one))
    return " ".join(_WORD.findall(plain.replace("'", "").replace("’", "")))
