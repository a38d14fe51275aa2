"""The plugin: what music is, by its tags and its sound. It asks nobody until somebody turns lookups on."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from mcma_musicbrainz.fingerprinter import Chromaprint
from mcma_musicbrainz.settings import MusicBrainzSettings
from mcma_plugins import Notice, Plugin, PluginContext
from mcma_plugins.enrichers import Enricher, Fingerprinter

if TYPE_CHECKING:
    from mcma_musicbrainz.enricher import MusicBrainz


LOOKUPS_OFF: Final = Notice(
    "lookups_off", "Nobody is asked what music is until look-ups are on; fingerprints are made all the same.",
    "MCMA_PLUGIN_MUSICBRAINZ_LOOKUPS=true", by_choice=True,
)  # fmt: skip


class MusicBrainzPlugin(Plugin[MusicBrainzSettings]):
    name = "musicbrainz"
    summary = "What your music is: fingerprints, MusicBrainz and the Cover Art Archive."
    settings_model = MusicBrainzSettings

    def __init__(self, settings: MusicBrainzSettings) -> None:
        super().__init__(settings)
        self._chromaprint = Chromaprint(settings.fpcalc, settings.ffmpeg)
        self._musicbrainz = _asking(settings) if settings.lookups else None

    def fingerprinters(self) -> Sequence[Fingerprinter]:
        return (self._chromaprint,)

    def enrichers(self) -> Sequence[Enricher]:
        return (self._musicbrainz,) if self._musicbrainz else ()

    async def notices(self) -> Sequence[Notice]:
        return await self._musicbrainz.notices() if self._musicbrainz else (LOOKUPS_OFF,)

    async def start(self, context: PluginContext) -> None:
        if self._musicbrainz:
            self._musicbrainz.open(context.remote)

    async def stop(self) -> None:
        if self._musicbrainz:
            await self._musicbrainz.aclose()


def _asking(settings: MusicBrainzSettings) -> MusicBrainz:
    # Loading it takes a tenth of a second, which is nobody's who does not look up.
    from mcma_musicbrainz.enricher import MusicBrainz

    log = logging.getLogger("mcma.plugin.musicbrainz")
    return MusicBrainz(settings, version("mcma-musicbrainz"), log)
