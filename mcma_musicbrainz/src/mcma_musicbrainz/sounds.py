"""What tracks sound like, by AcoustID: a whole album in one question, and each fingerprint asked for once."""

import asyncio
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from mcma_musicbrainz.acoustids import WANTED, Sound, sound
from mcma_musicbrainz.packing import packed
from mcma_musicbrainz.reading import items, number
from mcma_musicbrainz.service import TOO_LARGE, rest
from mcma_musicbrainz.settings import MusicBrainzSettings
from mcma_plugins import AuthorisationNeeded, PermanentError, PluginError, RetryLater
from mcma_plugins.enrichers import Fingerprint, KnownTrack
from mcma_plugins.fetching import MIB, Web
from mcma_plugins.ids import TrackId
from mcma_plugins.remote import Remote

AT_ONCE: Final = 10
"""Fingerprints in a question. The service takes 20 today and says that it will be fewer."""
MOST: Final = 500
"""Tracks of an album that are listened to, from all over it. What has more is a heap, mostly; a question for
every ten of ten thousand would take longer than an answer may."""
EVERY: Final = 0.34
"""Seconds: it wants to be asked three times a second at most."""
MOST_BYTES: Final = 8 * MIB
"""Of an answer."""
_SHORTEST_MS: Final = 7_000
"""It knows nothing that is shorter."""
KEY_REFUSED_FOR: Final = timedelta(hours=6)
"""A key that is none is not tried again before, except another one."""
_BAD_KEY: Final = 4
_PASSING: Final = frozenset({5, 13})
"""An error of its own; not there at the moment."""
_TOO_OFTEN: Final = 14


class Sounds:
    def __init__(self, settings: MusicBrainzSettings, web: Web, remote: Remote) -> None:
        self._web, self._remote = web, remote
        self._key = settings.acoustid_key.get_secret_value()
        self._url = f"{settings.acoustid_url}/v2/lookup"
        self._service = urlsplit(settings.acoustid_url).netloc.lower()
        self._keep = timedelta(days=settings.cache_days)
        self._refusal = f"{self._url}#key:{hashlib.sha256(self._key.encode()).hexdigest()}"

    async def check_key(self) -> None:
        """Raises `AuthorisationNeeded` for one that was refused, in whichever process."""
        if await self._remote.recall(self._refusal) is not None:
            raise _bad_key()

    @property
    def can_ask(self) -> bool:
        return bool(self._key)

    async def of(self, tracks: Sequence[KnownTrack]) -> Mapping[TrackId, Sound]:
        """Those that are known. Raises `AuthorisationNeeded` when the key is none."""
        found: dict[TrackId, Sound | None] = {}
        unknown: list[tuple[TrackId, Fingerprint]] = []
        for id_, fingerprint in _listened_to(tracks):
            kept = await self._remote.recall(self._name(fingerprint))
            if kept is None:
                unknown.append((id_, fingerprint))
            else:
                found[id_] = await asyncio.to_thread(_kept, kept)
        if unknown:
            await self.check_key()
        for start in range(0, len(unknown), AT_ONCE):
            found |= await self._asked(unknown[start : start + AT_ONCE])
        return {id_: one for id_, one in found.items() if one}

    async def _asked(self, wanted: Sequence[tuple[TrackId, Fingerprint]]) -> Mapping[TrackId, Sound | None]:
        """By halves, where the answer is too long: a song may be on hundreds of releases. What is too long
        alone is not known by its sound."""
        try:
            answer = await self._get([fingerprint for _, fingerprint in wanted])
        except PermanentError as error:
            if error.stable_code != TOO_LARGE:
                raise
            half = len(wanted) // 2
            return {**await self._asked(wanted[:half]), **await self._asked(wanted[half:])} if half else {}
        found: dict[TrackId, Sound | None] = {}
        for place, (id_, fingerprint) in enumerate(wanted):
            results = _results(answer, place)
            if results is not None:
                found[id_], kept = await asyncio.to_thread(_to_keep, results)
                await self._remote.remember(self._name(fingerprint), kept, self._keep)
        return found

    def _name(self, fingerprint: Fingerprint) -> str:
        """Of an answer: by whom and to what."""
        digest = hashlib.sha256(fingerprint.raw).hexdigest()
        return f"{self._url}?{WANTED}#{fingerprint.duration_ms // 1000}:{digest}"

    async def _get(self, fingerprints: Sequence[Fingerprint]) -> Mapping[str, Any]:
        form = {"client": self._key, "format": "json", "batch": "1", "meta": WANTED}
        for place, one in enumerate(fingerprints):
            form[f"duration.{place}"] = str(one.duration_ms // 1000)
            form[f"fingerprint.{place}"] = await asyncio.to_thread(packed, one.raw)
        await self._remote.turn(self._service, EVERY)
        try:
            return _checked(await self._web.post_form(self._url, form, most=MOST_BYTES, also={400, 401, 403}))
        except PluginError as error:
            await rest(self._remote, self._service, error)
            if isinstance(error, AuthorisationNeeded):
                await self._remote.remember(self._refusal, b"-", KEY_REFUSED_FOR)
            raise


def _listened_to(tracks: Sequence[KnownTrack]) -> Sequence[tuple[TrackId, Fingerprint]]:
    """The same ones each time."""
    heard = [
        (one.id, one.fingerprint)
        for one in tracks
        if one.fingerprint is not None and one.fingerprint.duration_ms >= _SHORTEST_MS
    ]
    return heard[:: max(1, -(-len(heard) // MOST))]


def _to_keep(results: object) -> tuple[Sound | None, bytes]:
    """Packed: a song that is on hundreds of releases is a long answer."""
    return sound(results), zlib.compress(json.dumps(results).encode())


def _kept(answer: bytes) -> Sound | None:
    return sound(json.loads(zlib.decompress(answer)))


def _checked(content: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RetryLater("AcoustID answered with something that is no JSON.", code="bad_answer") from error
    if not isinstance(said, dict):
        raise RetryLater("AcoustID answered oddly.", code="bad_answer")
    if said.get("status") == "ok":
        return said
    raise _refusal(said.get("error"))


def _refusal(said: object) -> PluginError:
    code = said.get("code") if isinstance(said, dict) else None
    if code == _BAD_KEY:
        return _bad_key()
    if code in _PASSING:
        return RetryLater("AcoustID is not well.", code="unreachable")
    if code == _TOO_OFTEN:
        return RetryLater("AcoustID asks to slow down.", code="rate_limited")
    if code is None:
        return RetryLater("AcoustID answered oddly.", code="bad_answer")
    return PermanentError(f"AcoustID refused that ({number(code)}).", code="refused")


def _bad_key() -> AuthorisationNeeded:
    return AuthorisationNeeded(
        "AcoustID does not know the key: nothing is known by its sound.",
        hint="MCMA_PLUGIN_MUSICBRAINZ_ACOUSTID_KEY: https://acoustid.org/new-application",
    )


def _results(answer: Mapping[str, Any], place: int) -> object:
    """Of one of several fingerprints; None when it was not looked at."""
    said = (one for one in items(answer.get("fingerprints")) if number(one.get("index")) == place)
    return next((one.get("results") for one in said), None)
