"""Front covers, of the Cover Art Archive: of the release, else of another edition of the album."""

import asyncio
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from mcma_musicbrainz.reading import mbid
from mcma_musicbrainz.service import rest
from mcma_musicbrainz.settings import MusicBrainzSettings
from mcma_musicbrainz.values import Release
from mcma_plugins import PermanentError, PluginError
from mcma_plugins.fetching import Web
from mcma_plugins.remote import Remote

EVERY: Final = 0.5
"""Seconds. The archive names no limit; nobody waits for a cover."""
_TYPES: Final = ("image/", "application/octet-stream", "binary/octet-stream")
_SIZES: Final = ("front-1200", "front", "front-500")
"""As it was sent in when there is no 1200 pixels' copy; a small copy when that is too large."""


def handle_of(release: Release) -> str | None:
    """None when neither it nor its album has one."""
    own = "" if release.front is False else f"release/{release.mbid}"
    group = f"release-group/{release.group.mbid}" if release.group else ""
    return "+".join(one for one in (own, group) if one) or None


class Covers:
    def __init__(self, settings: MusicBrainzSettings, web: Web, remote: Remote) -> None:
        self._web, self._remote, self._base = web, remote, settings.coverart_url
        self._service = urlsplit(self._base).netloc.lower()

    async def picture(self, handle: str, into: Path, most_bytes: int) -> Path | None:
        for part in handle.split("+"):
            kind, _, id_ = part.partition("/")
            if kind not in ("release", "release-group") or mbid(id_) is None:
                raise PermanentError("That is no cover of the archive.", code="not_found")
            content = await self._front(f"{self._base}/{part}", most_bytes)
            if content is not None:
                path = into / "front"
                await asyncio.to_thread(path.write_bytes, content)
                return path
        return None

    async def _front(self, base: str, most: int) -> bytes | None:
        for size in _SIZES:
            try:
                return await self._get(f"{base}/{size}", most)
            except PermanentError as error:
                if error.stable_code == "not_found" and size != _SIZES[0]:
                    return None
                if error.stable_code not in ("not_found", "too_large") or size == _SIZES[-1]:
                    raise
        return None

    async def _get(self, url: str, most: int) -> bytes:
        await self._remote.turn(self._service, EVERY)
        try:
            return await self._web.get_bytes(url, most=most, types=_TYPES)
        except PluginError as error:
            await rest(self._remote, self._service, error)
            raise
