"""Which recording a single track is: by ids, by sound, by ISRC, then by searching."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mcma_musicbrainz import library
from mcma_musicbrainz.acoustids import Sound
from mcma_musicbrainz.client import Client
from mcma_musicbrainz.leading import RatedRecording, led
from mcma_musicbrainz.likeness import best_title, is_no_name, people_named, title
from mcma_musicbrainz.pairs import (
    Evidence,
    artists_agree,
    ids_agree,
    lengths_agree,
    mean,
    phrase,
    titles_agree,
)
from mcma_musicbrainz.shortfalls import Shortfalls
from mcma_musicbrainz.values import Recording
from mcma_plugins.enrichers import KnownTrack, Reason

SURE: Final = 0.90
MOST_ASKED: Final = 5
_SLACK_MS: Final = 10_000
_ARTIST: Final = 2.5
"""Nothing else says whose it is: it counts more than among the tracks of an album."""
_SOUND: Final = 6.0
_LEAST_TITLE: Final = 0.4
_ONLY_WORDS: Final = 0.85
"""At most, when neither id nor sound speaks for it and words and length do not agree in all."""


class Recordings:
    """Of one track."""

    def __init__(self, client: Client, track: KnownTrack, countries: Sequence[str] = ()) -> None:
        self._client, self._track, self._countries = client, track, countries
        self._found: dict[str, Recording] = {}
        self._sound: Sound | None = None
        self.shortfalls = Shortfalls()

    async def of_ids(self) -> bool:
        """Whether one was found that fits."""
        for mbid in self._track.ids.get("mbid.recording", ())[:MOST_ASKED]:
            found = await self._client.recording(mbid)
            if found and found.mbid != mbid:
                self._track = _renamed(self._track, mbid, found.mbid)
            self._keep([found])
        return self._is_found()

    async def of_sound(self, sound: Sound | None) -> bool:
        self._sound = sound
        likely = sorted((sound.recordings if sound else {}).items(), key=lambda one: (-one[1], one[0]))
        for mbid, _ in likely[:MOST_ASKED]:
            found = await self._client.recording(mbid)
            if found and found.mbid != mbid:
                sound = self._sound = _heard_as(sound, mbid, found.mbid)
            self._keep([found])
        return self._is_found()

    async def of_words(self) -> bool:
        for code in self._track.ids.get("isrc", ())[:2]:
            self._keep(await self._client.recordings_of(code))
        if (
            not self._is_found()
            and not is_no_name(self._track.title, "title" in self._track.guessed)
            and people_named(self._track.artists)
        ):
            with self.shortfalls.noted():
                self._keep(await self._searched())
        return self._is_found()

    async def whole(self, rated: RatedRecording) -> RatedRecording:
        """Lists say less of a recording than it says itself."""
        recording = await self._client.recording(rated.recording.mbid)
        return rated if recording is None else rated._replace(recording=recording)

    def rated(self) -> Sequence[RatedRecording]:
        rated = [_rate(self._track, one, self._sound) for one in self._found.values()]
        found = [
            one for one in rated if one.proved or best_title(self._track.title, one.names) >= _LEAST_TITLE
        ]
        return led(found, self._countries)

    async def _searched(self) -> Sequence[Recording]:
        about = {"recording": title(self._track.title).named,
                 "artist": people_named(self._track.artists)[0].name}  # fmt: skip
        if self._track.duration_ms:
            least, most = self._track.duration_ms - _SLACK_MS, self._track.duration_ms + _SLACK_MS
            near = library.recordings_like(**about) + library.within("dur", max(0, least), most)
            if found := await self._client.found_recordings(near):
                return found
        found = await self._client.found_recordings(library.recordings_like(**about))
        return found or await self._client.found_recordings(library.recordings_about(**about))

    def _keep(self, found: Iterable[Recording | None]) -> None:
        self._found |= {one.mbid: one for one in found if one}

    def _is_found(self) -> bool:
        return any(one.score >= SURE for one in self.rated())


def _renamed(track: KnownTrack, former: str, now: str) -> KnownTrack:
    said = [now if one == former else one for one in track.ids["mbid.recording"]]
    return replace(track, ids={**track.ids, "mbid.recording": said})


def _heard_as(sound: Sound | None, former: str, now: str) -> Sound | None:
    if sound is None:
        return None
    surely = max(sound.recordings.get(former, 0.0), sound.recordings.get(now, 0.0))
    return replace(sound, recordings={**sound.recordings, now: surely})


def _rate(track: KnownTrack, recording: Recording, sound: Sound | None) -> RatedRecording:
    said = _evidence(track, recording, sound)
    score = mean([one for evidence in said.values() for one in evidence])
    proved = _is_proved(track, recording, sound)
    exact = all(one.alike >= 0.95 for evidence in said.values() for one in evidence) and "length" in said
    if not proved and not exact:
        score = min(score, _ONLY_WORDS)
    notes = {
        "title": f"{track.title} / {recording.title}",
        "artists": f"{', '.join(one.name for one in track.artists)} / {phrase(recording.credits)}",
        "length": f"{track.duration_ms // 1000} s / {recording.length_ms // 1000} s",
    }
    reasons = [
        Reason(name, round(mean(one), 3), notes.get(name, recording.mbid)) for name, one in said.items()
    ]
    return RatedRecording(recording, round(score, 4), reasons, proved)


def _is_proved(track: KnownTrack, recording: Recording, sound: Sound | None) -> bool:
    return (
        recording.mbid in track.ids.get("mbid.recording", ())
        or (sound is not None and recording.mbid in sound.recordings)
        or not {*track.ids.get("isrc", ())}.isdisjoint(recording.isrcs)
    )


def _evidence(
    track: KnownTrack, recording: Recording, sound: Sound | None
) -> Mapping[str, Sequence[Evidence]]:
    said: dict[str, Sequence[Evidence]] = {
        "ids": ids_agree(track, recording),
        "acoustid": _heard(recording, sound),
        "title": titles_agree(track, (recording.title, *recording.aliases)),
        "artists": [one._replace(weight=_ARTIST) for one in artists_agree(track, recording.credits)],
        "length": lengths_agree(track.duration_ms, recording.length_ms),
    }
    return {name: evidence for name, evidence in said.items() if evidence} or {"title": [Evidence(1.0, 0.0)]}


def _heard(recording: Recording, sound: Sound | None) -> Sequence[Evidence]:
    if sound is None or not sound.recordings:
        return ()
    said = sound.recordings.get(recording.mbid)
    return (Evidence(1.5, 0.0),) if said is None else (Evidence(_SOUND, said),)
