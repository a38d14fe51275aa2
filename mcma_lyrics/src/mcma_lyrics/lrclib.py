"""Asking LRCLIB (https://lrclib.net/docs): one song by its names and length, else its search."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from mcma_lyrics.settings import LyricsSettings
from mcma_lyrics.songs import Song, packed, song_of, unpacked
from mcma_plugins import PermanentError, RetryLater
from mcma_plugins.fetching import MIB, Web
from mcma_plugins.remote import Remote

MOST_SONG: Final = 4 * MIB
MOST_SEARCH: Final = 16 * MIB
MOST_FOUND: Final = 20
"""It never finds more."""
SECONDS: Final = range(1, 3601)
"""Lengths that `song` may be asked for: LRCLIB refuses all others (400)."""
_REST: Final = 60.0
"""Seconds, when it asks to slow down and does not say for how long."""
Names = Mapping[str, str]


class Lrclib:
    def __init__(self, settings: LyricsSettings, web: Web, remote: Remote) -> None:
        self._settings, self._web, self._remote = settings, web, remote

    async def song(self, names: Names) -> Sequence[Song]:
        """The one that has all of these; none when there is none.

        `names`: track_name, artist_name, album_name, duration (whole seconds, one of `SECONDS`).
        """
        return await self._kept(f"/api/get?{urlencode(names)}", MOST_SONG)

    async def search(self, names: Names) -> Sequence[Song]:
        return await self._kept(f"/api/search?{urlencode(names)}", MOST_SEARCH)

    async def _kept(self, path: str, most: int) -> Sequence[Song]:
        key = f"1 {self._settings.base_url}{path}"
        known = await self._remote.recall(key)
        songs = None if known is None else unpacked(known)
        if songs is None:
            songs = _songs(await self._asked(path, most))
            days = self._settings.keep_days if songs else self._settings.keep_nothing_days
            await self._remote.remember(key, packed(songs), timedelta(days=days))
        return songs

    async def _asked(self, path: str, most: int) -> object:
        await self._remote.turn(self._settings.base_url, self._settings.seconds_between)
        try:
            return await self._web.get_json(f"{self._settings.base_url}{path}", most=most)
        except RetryLater as error:
            if error.stable_code == "rate_limited" or error.after:
                await self._remote.pause(self._settings.base_url, error.after or _REST)
            raise
        except PermanentError as error:
            if error.stable_code != "not_found":
                raise _told(error) from error
            return []


def _songs(answer: object) -> Sequence[Song]:
    """Raises `RetryLater` for what is no answer of LRCLIB's."""
    if not isinstance(answer, list | dict):
        raise RetryLater("LRCLIB answered with something that is no song.", code="bad_answer")
    said = answer[:MOST_FOUND] if isinstance(answer, list) else [answer]
    if said and not any(isinstance(one, dict) and "id" in one for one in said):
        raise RetryLater("LRCLIB answered with something that is no song.", code="bad_answer")
    return [song for one in said if (song := song_of(one)) is not None]


def _told(error: PermanentError) -> PermanentError:
    if error.stable_code != "refused_address":
        return error
    hint = "MCMA_PLUGIN_LYRICS_ALLOWED_HOSTS=host:port"
    return PermanentError(error.message, code="misconfigured", hint=hint)
