"""Answers in the contract's form."""

from collections.abc import Mapping, Sequence
from typing import Final

from mcma_musicbrainz import fields, portraits
from mcma_musicbrainz.acoustids import Sound
from mcma_musicbrainz.covers import handle_of
from mcma_musicbrainz.leading import RatedRecording
from mcma_musicbrainz.names import Naming
from mcma_musicbrainz.pairs import phrase
from mcma_musicbrainz.people import RatedArtist
from mcma_musicbrainz.rating import Rated
from mcma_musicbrainz.values import Recording, Release
from mcma_plugins.enrichers import Candidate, Fields, KnownAlbum, KnownTrack, Reason
from mcma_plugins.ids import TrackId

MOST: Final = 20
MOST_TRACKS: Final = 500
PAGE: Final = "https://musicbrainz.org"
"""For people, also when a mirror is asked."""


def would_divide(album: KnownAlbum, release: Release | None = None) -> bool:
    """Whether a part of it would become another album: more tracks than can be told, whose tags do not name
    the release (any at all, where it is not said which)."""
    named = album.ids.get("mbid.release", ())
    return len(album.tracks) > MOST_TRACKS and not (named if release is None else release.mbid in named)


class Answers:
    def __init__(self, naming: Naming) -> None:
        self._naming = naming

    def album(self, rated: Rated, sounds: Mapping[TrackId, Sound], more: Sequence[Reason] = ()) -> Candidate:
        release = rated.release
        tracks: dict[TrackId, Fields] = {}
        for pair in rated.pairs[:MOST_TRACKS]:
            sound = _same(sounds.get(pair.track.id), pair.other.recording)
            tracks[pair.track.id] = fields.of_track(pair.other, release, self._naming, sound)
        return Candidate(
            f"release:{release.mbid}",
            _named(release),
            rated.score,
            (*rated.reasons, *_shortened(release), *more),
            fields.of_release(release, self._naming),
            tracks,
            fields.artists_of(self._naming, fields.everybody(release)),
            handle_of(release),
            f"{PAGE}/release/{release.mbid}",
        )

    def track(
        self, track: KnownTrack, rated: RatedRecording, sound: Sound | None, more: Sequence[Reason] = ()
    ) -> Candidate:
        recording = rated.recording
        said = fields.of_recording(recording, self._naming, sound=_same(sound, recording))
        named = f"{phrase(recording.credits)} – {recording.title}"
        return Candidate(
            f"recording:{recording.mbid}",
            f"{named} ({recording.disambiguation})" if recording.disambiguation else named,
            rated.score,
            (*rated.reasons, *more),
            tracks={track.id: said},
            artists=fields.artists_of(self._naming, recording.credits),
            link=f"{PAGE}/recording/{recording.mbid}",
        )

    def artist(self, rated: RatedArtist) -> Candidate:
        artist = rated.artist
        return Candidate(
            f"artist:{artist.mbid}",
            f"{artist.name} ({artist.disambiguation})" if artist.disambiguation else artist.name,
            rated.score,
            rated.reasons,
            fields.with_former(self._naming.about(artist), rated.former),
            picture=portraits.handle_of(artist),
            link=f"{PAGE}/artist/{artist.mbid}",
        )


def _shortened(release: Release) -> Sequence[Reason]:
    note = "it is too long to be told with who plays on it, genres and other names"
    return () if release.is_whole else (Reason("credits", None, note),)


def _same(sound: Sound | None, recording: Recording) -> str | None:
    """Its AcoustID, when that is known to be this recording's."""
    return sound.acoustid if sound and recording.mbid in sound.recordings else None


def _named(release: Release) -> str:
    media = " + ".join(dict.fromkeys(one.format for one in release.media if one.format))
    count = f"{release.track_count} tracks" + (
        f" on {len(release.media)} discs" if len(release.media) > 1 else ""
    )
    labels = ", ".join(" ".join(part for part in one[:2] if part) for one in release.labels[:2])
    about = (release.date, release.country, media, count, labels, release.disambiguation, release.status)
    said = ", ".join(one for one in about if one)
    return f"{phrase(release.credits)} – {release.title} ({said})"
