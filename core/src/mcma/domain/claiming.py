"""Whether a recording that somebody names is one of these tracks. When in doubt, it is none.

A claim is compared by its key first, which is loose on purpose (the first artist, the title without guests);
what the key finds is then compared strictly.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from mcma.domain.folding import fold

WINDOW_MS = 4_000
"""Lengths in playlists are whole seconds, and encoders add silence: two takes differ by more."""
_GUESTS = re.compile(r"\s*[(\[]\s*(?:feat|ft|featuring|with)\b\.?[^()\[\]]*[)\]]", re.IGNORECASE)
_FEATURING = re.compile(r"\s+(?:feat|ft|featuring)\b\.?\s", re.IGNORECASE)
_JOINED = re.compile(r"\s+(?:feat|ft|featuring|vs|with|and|und|et|x)\b\.?\s|\s*[&,;/+]\s*", re.IGNORECASE)
_LONGEST = 500
"""Characters of a name that are compared."""


class Link(NamedTuple):
    """A recording in a source, which need not be one of this server."""

    source: str
    source_id: str


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says a recording is."""

    title: str
    artists: tuple[str, ...] = ()
    album: str | None = None
    duration_ms: int | None = None

    @property
    def artist(self) -> str:
        return ", ".join(self.artists)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A track that may be it."""

    id: UUID
    title: str
    artist: str
    """The credit as one string."""
    artists: tuple[str, ...]
    album: str | None
    duration_ms: int
    recording_id: UUID | None = None


class Ambiguous(Exception):
    """Several tracks may be meant."""


_MOST_KEYED = 300
"""Characters of each: PostgreSQL's indexes take 2,704 bytes, of up to four for a character."""


def key_of(title: str, artist: str) -> str:
    """Empty where there is nothing to find it by."""
    name, lead = fold(bare_title(title))[:_MOST_KEYED], fold(lead_artist(artist))[:_MOST_KEYED]
    return f"{lead}|{name}" if name and lead else ""


def one_spaced(text: str) -> str:
    """Patterns that begin with spaces take long where there are hundreds of them."""
    return " ".join(text.split())


def bare_title(title: str) -> str:
    """Without guests in brackets."""
    short = one_spaced(title[:_LONGEST])
    return _GUESTS.sub("", short) or short


def lead_artist(artist: str) -> str:
    short = one_spaced(artist[:_LONGEST])
    return _JOINED.split(short, maxsplit=1)[0] or short


def choose(said: Said, candidates: Iterable[Candidate]) -> Candidate | None:
    """The one track that it is. Raises `Ambiguous`."""
    same = [one for one in candidates if _same_title(said, one) and _same_artist(said, one)]
    if said.duration_ms is not None:
        length = said.duration_ms
        same = [one for one in same if abs(one.duration_ms - length) <= WINDOW_MS]
    if len(same) > 1 and said.album:
        album = fold(said.album)
        same = [one for one in same if one.album and fold(one.album) == album] or same
    return only(same)


def only(candidates: Sequence[Candidate]) -> Candidate | None:
    """One recording on several albums is one recording: the track that was here first. Raises `Ambiguous`."""
    if len(candidates) > 1:
        recordings = {one.recording_id for one in candidates}
        if len(recordings) > 1 or None in recordings:
            raise Ambiguous
    return min(candidates, key=lambda one: one.id, default=None)


def _same_title(said: Said, track: Candidate) -> bool:
    return fold(bare_title(said.title)) == fold(bare_title(track.title))


def _same_artist(said: Said, track: Candidate) -> bool:
    """The whole credit, the same names in any order, or the credit without its guests."""
    mine, theirs = fold(said.artist), fold(track.artist)
    if not mine:
        return False
    names = {fold(name) for name in said.artists}
    return (
        mine == theirs
        or names == {fold(name) for name in track.artists}
        or mine == fold(_FEATURING.split(track.artist, maxsplit=1)[0])
        or fold(_FEATURING.split(said.artist, maxsplit=1)[0]) == theirs
    )
