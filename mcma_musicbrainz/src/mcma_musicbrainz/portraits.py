"""Pictures of artists: of Wikimedia Commons, where MusicBrainz names one. It has none itself."""

import asyncio
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from mcma_musicbrainz.service import rest
from mcma_musicbrainz.settings import MusicBrainzSettings
from mcma_musicbrainz.values import Artist
from mcma_plugins import PermanentError, PluginError
from mcma_plugins.fetching import Web
from mcma_plugins.remote import Remote

PREFIX: Final = "commons/"
EVERY: Final = 1.0
"""Seconds. It names no limit; nobody waits for a picture."""
WIDTH: Final = 1280
"""Pixels. Larger ones are made that small there, drawings are made pictures. It is one of the few widths that
are given to everybody (mediawiki.org, Common thumbnail sizes)."""
_PAGE: Final = "https://commons.wikimedia.org/wiki/File:"
_LONGEST: Final = 240


def handle_of(artist: Artist) -> str | None:
    for page in artist.images:
        name = unquote(page.removeprefix(_PAGE).partition("?")[0].partition("#")[0])
        if page.startswith(_PAGE) and _is_name(name):
            return f"{PREFIX}{name}"
    return None


def _is_name(name: str) -> bool:
    return 0 < len(name) <= _LONGEST and name.isprintable() and not name.startswith(".") and "/" not in name


class Portraits:
    def __init__(self, settings: MusicBrainzSettings, web: Web, remote: Remote) -> None:
        self._web, self._remote, self._base = web, remote, settings.commons_url
        self._service = urlsplit(self._base).netloc.lower()

    async def picture(self, handle: str, into: Path, most_bytes: int) -> Path | None:
        name = handle.removeprefix(PREFIX)
        if not _is_name(name):
            raise PermanentError("That is no file of Wikimedia Commons.", code="not_found")
        url = f"{self._base}/wiki/Special:FilePath/{quote(name, safe='')}?width={WIDTH}"
        await self._remote.turn(self._service, EVERY)
        try:
            content = await self._web.get_bytes(url, most=most_bytes, types=("image/",))
        except PluginError as error:
            await rest(self._remote, self._service, error)
            if error.stable_code == "not_found":
                return None
            raise
        path = into / "portrait"
        await asyncio.to_thread(path.write_bytes, content)
        return path
