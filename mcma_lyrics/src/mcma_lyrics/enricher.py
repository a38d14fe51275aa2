"""The enricher: lyrics of tracks. It says nothing about what a track is."""

from collections.abc import Iterable, Sequence
from typing import Final

from mcma_lyrics.comparing import Likeness, likeness
from mcma_lyrics.lrclib import SECONDS, Lrclib, Names
from mcma_lyrics.settings import LyricsSettings
from mcma_lyrics.songs import Song
from mcma_plugins import RetryLater
from mcma_plugins.enrichers import Candidate, KnownTrack
from mcma_plugins.fetching import Web
from mcma_plugins.remote import Remote

MOST: Final = 5
"""Candidates, each with a whole text."""
LEAST: Final = 0.3
SURE: Final = 0.9
_LONGEST_NAME: Final = 300


class LyricsEnricher:
    """Satisfies `mcma_plugins.enrichers.TrackEnricher`."""

    name = "lyrics"
    identifies = False
    gives = frozenset({"lyrics"})

    def __init__(self, settings: LyricsSettings, version: str) -> None:
        self._settings = settings
        self._web = Web(agent=f"mcma-lyrics/{version}", allowed=settings.allowed_hosts)
        self._lrclib: Lrclib | None = None

    def share(self, remote: Remote) -> None:
        """What its processes have in common; before the first question."""
        self._lrclib = Lrclib(self._settings, self._web, remote)

    async def aclose(self) -> None:
        await self._web.aclose()

    async def track(self, track: KnownTrack) -> Sequence[Candidate]:
        """Asks for the one song; where it has no times for the words, also for others like it.

        The collection has many songs several times. Of those that are surely it, one is enough: which of
        them is nothing to ask a person about.
        """
        if self._lrclib is None:
            raise RetryLater("It has not begun yet.")
        if not track.title.strip() or not any(credit.name.strip() for credit in track.artists):
            return ()
        found = [*await self._lrclib.song(_all_names(track))] if _seconds(track) in SECONDS else []
        if not any(_settles(track, song) for song in found):
            found += await self._lrclib.search(_first_names(track))
        return self._ranked(track, found)

    def _ranked(self, track: KnownTrack, found: Iterable[Song]) -> Sequence[Candidate]:
        songs = {song.id: song for song in found}.values()
        likely = [(likeness(track, song), song) for song in songs]
        likely = [each for each in likely if each[0].score >= LEAST]
        likely.sort(key=lambda each: (-each[0].score, not each[1].synced, each[1].id))
        made = [self._candidate(track, *each) for each in _different(likely)]
        return made[:1] if made and made[0].score >= SURE else made[:MOST]

    def _candidate(self, track: KnownTrack, like: Likeness, song: Song) -> Candidate:
        base = self._settings.base_url
        return Candidate(
            ref=f"lrclib:{song.id}",
            title=f"{song.artist} – {song.title} ({_clock(song)}{like.reasons[-1].note})",
            score=like.score,
            reasons=like.reasons,
            tracks={track.id: {"lyrics": song.lyrics}},
            link=f"{base}/api/get/{song.id}" if base.startswith("https://") else None,
        )


def _settles(track: KnownTrack, song: Song) -> bool:
    return bool(song.synced or song.instrumental) and likeness(track, song).score >= SURE


def _different(likely: Iterable[tuple[Likeness, Song]]) -> Iterable[tuple[Likeness, Song]]:
    """Each text once, of the song that is most likely it."""
    seen = set[tuple[bool, str, str]]()
    for like, song in likely:
        words = song.instrumental, song.synced, "" if song.synced else song.plain
        if song.lyrics is not None and words not in seen:
            seen.add(words)
            yield like, song


def _all_names(track: KnownTrack) -> Names:
    names = {"track_name": track.title, "artist_name": ", ".join(one.name for one in track.artists)}
    if track.album:
        names["album_name"] = track.album
    return _cut(names) | {"duration": str(_seconds(track))}


def _seconds(track: KnownTrack) -> int:
    return round(track.duration_ms / 1000)


def _first_names(track: KnownTrack) -> Names:
    first = next(one.name for one in track.artists if one.name.strip())
    return _cut({"track_name": track.title, "artist_name": first})


def _cut(names: Names) -> dict[str, str]:
    return {name: " ".join(said.split())[:_LONGEST_NAME] for name, said in names.items()}


def _clock(song: Song) -> str:
    return f"{song.seconds // 60:.0f}:{song.seconds % 60:02.0f}, " if song.seconds else ""
