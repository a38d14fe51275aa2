"""What albums, tracks and artists are, by MusicBrainz. Albums are asked for as a whole."""

import asyncio
from collections.abc import Mapping, Sequence
from logging import Logger
from pathlib import Path
from typing import Final, NamedTuple

from mcma_musicbrainz import people
from mcma_musicbrainz.acoustids import Sound, heard_on
from mcma_musicbrainz.candidates import MOST, MOST_TRACKS, Answers, would_divide
from mcma_musicbrainz.client import Client
from mcma_musicbrainz.covers import Covers
from mcma_musicbrainz.gathering import SURE, Gathering, Hearing
from mcma_musicbrainz.merged import former_ids, with_former
from mcma_musicbrainz.names import Naming
from mcma_musicbrainz.portraits import PREFIX, Portraits
from mcma_musicbrainz.preferring import preferred
from mcma_musicbrainz.recordings import Recordings
from mcma_musicbrainz.settings import MusicBrainzSettings
from mcma_musicbrainz.shortfalls import limited
from mcma_musicbrainz.sounds import KEY_REFUSED_FOR, Sounds
from mcma_plugins import AuthorisationNeeded, Notice, PermanentError, PluginError, RetryLater
from mcma_plugins.enrichers import Candidate, KnownAlbum, KnownArtist, KnownTrack, Reason
from mcma_plugins.fetching import Times, Web
from mcma_plugins.ids import TrackId
from mcma_plugins.remote import Remote

_TIMES: Final = Times(connect=10, read=30, whole=60)
LEAST: Final = 0.3
"""What fits less is not worth showing."""


NO_KEY: Final = Notice(
    "no_acoustid_key", "Without a key of AcoustID nothing is known by its sound.",
    "MCMA_PLUGIN_MUSICBRAINZ_ACOUSTID_KEY: https://acoustid.org/new-application", by_choice=True,
)  # fmt: skip


class _Asked(NamedTuple):
    client: Client
    sounds: Sounds
    covers: Covers
    portraits: Portraits


class _Listening(NamedTuple):
    sounds: Mapping[TrackId, Sound]
    reasons: Sequence[Reason] = ()
    """Why there was no listening."""
    fault: PluginError | None = None
    """Of a key that is none."""


class MusicBrainz:
    name = "musicbrainz"
    identifies = True

    def __init__(self, settings: MusicBrainzSettings, version: str, log: Logger) -> None:
        self._settings, self._log = settings, log
        agent = f"mcma/{version} ( {settings.contact or 'a music server at home'} )"
        self._web = Web(agent=agent, allowed=settings.allowed_hosts, times=_TIMES)
        self._answers = Answers(Naming(settings.locales))
        self._asked: _Asked | None = None

    def open(self, remote: Remote) -> None:
        made = self._settings, self._web, remote
        self._asked = _Asked(Client(*made), Sounds(*made), Covers(*made), Portraits(*made))

    async def aclose(self) -> None:
        self._asked = None
        await self._web.aclose()

    async def album(self, album: KnownAlbum) -> Sequence[Candidate]:
        if would_divide(album):
            raise _too_many(album)
        gathering = Gathering(self._open.client, album, self._settings.countries)
        listening = _Listening({})
        if not await gathering.of_ids():
            listening = await self._listen(album.tracks)
            gathering.shortfalls.add(listening.fault)
            heard = {id_: one.recordings for id_, one in listening.sounds.items()}
            if not await gathering.of_recordings(Hearing(heard, heard_on(listening.sounds.values()))):
                await gathering.of_words()
        found = await asyncio.to_thread(preferred, gathering.rated(), self._settings.countries)
        worth = [one for one in found if one.score >= LEAST and one.pairs][:MOST]
        if worth and would_divide(album, worth[0].release):
            raise _too_many(album)
        if "title" not in album.guessed:  # of a folder each track is asked about alone then
            gathering.shortfalls.check(one.score for one in worth)
        more = (*listening.reasons, *gathering.shortfalls.reasons)
        told = [self._answers.album(one, listening.sounds, more) for one in worth]
        if told and told[0].score >= SURE:
            former = await former_ids(self._open.client, album, worth[0].release)
            told[0] = with_former(told[0], former)
        return told

    async def track(self, track: KnownTrack) -> Sequence[Candidate]:
        recordings = Recordings(self._open.client, track, self._settings.countries)
        listening = _Listening({})
        if not await recordings.of_ids():
            listening = await self._listen([track])
            recordings.shortfalls.add(listening.fault)
            if not await recordings.of_sound(listening.sounds.get(track.id)):
                await recordings.of_words()
        worth = [one for one in recordings.rated() if one.score >= LEAST][:MOST]
        recordings.shortfalls.check(one.score for one in worth)
        if worth:
            worth[0] = await recordings.whole(worth[0])
        sound = listening.sounds.get(track.id)
        more = (*listening.reasons, *recordings.shortfalls.reasons)
        return [self._answers.track(track, one, sound, more) for one in worth]

    async def artist(self, artist: KnownArtist) -> Sequence[Candidate]:
        client = self._open.client
        found = await people.known_by_id(client, artist)
        if not found and artist.mbid is None:
            found = await people.known_by_name(client, artist)
        return [self._answers.artist(one) for one in found if one.score >= LEAST]

    async def picture(self, handle: str, into: Path, most_bytes: int) -> Path | None:
        of = self._open.portraits if handle.startswith(PREFIX) else self._open.covers
        return await of.picture(handle, into, most_bytes)

    async def notices(self) -> Sequence[Notice]:
        """What is not asked, and why."""
        asked = self._open
        found = [NO_KEY] if not asked.sounds.can_ask else []
        try:
            await asked.sounds.check_key()
        except AuthorisationNeeded as error:
            found.append(Notice("acoustid_key_refused", error.message, error.hint))
        if (lacks := await asked.client.service.searching.lacks()) is not None:
            found.append(Notice("no_search", lacks.message, lacks.hint))
        return found

    @property
    def _open(self) -> _Asked:
        if self._asked is None:
            raise RetryLater("The plugin is not running.")
        return self._asked

    async def _listen(self, tracks: Sequence[KnownTrack]) -> _Listening:
        """A key that is none, or none at all, is no reason to know nothing by words."""
        if not any(one.fingerprint for one in tracks):
            return _Listening({}, (Reason("acoustid", None, "there are no fingerprints yet"),))
        if not self._open.sounds.can_ask:
            note = "not asked for: there is no key (MCMA_PLUGIN_MUSICBRAINZ_ACOUSTID_KEY)"
            return _Listening({}, (Reason("acoustid", None, note),))
        try:
            return _Listening(await self._open.sounds.of(tracks))
        except AuthorisationNeeded as error:
            return _Listening({}, fault=limited(error, KEY_REFUSED_FOR))
        except PermanentError as error:
            self._log.warning("musicbrainz: %s", error.message)
            return _Listening({}, (Reason("acoustid", None, error.message),))


def _too_many(album: KnownAlbum) -> PermanentError:
    count = f"{len(album.tracks)} tracks are more than the {MOST_TRACKS} of an album that can be told"
    return PermanentError(
        f"{count}: only one whose tags all name the release stays one album.", code="too_large"
    )
