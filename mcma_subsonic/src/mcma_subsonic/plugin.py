"""The plugin class the entry point names."""

import logging
from collections.abc import Sequence
from typing import ClassVar

from mcma_plugins import Adapter, Plugin, PluginContext, PluginSettings
from mcma_plugins.adapters import ASGIApp
from mcma_plugins.services import Services
from mcma_subsonic.settings import MAX_BODY, SubsonicSettings


class SubsonicPlugin(Plugin[SubsonicSettings]):
    """Subsonic and OpenSubsonic clients at `/rest`."""

    name: ClassVar[str] = "subsonic"
    summary: ClassVar[str] = "Subsonic and OpenSubsonic API for existing music apps"
    settings_model: ClassVar[type[PluginSettings]] = SubsonicSettings

    def __init__(self, settings: SubsonicSettings) -> None:
        super().__init__(settings)
        self._log = logging.getLogger(__name__)

    async def start(self, context: PluginContext) -> None:
        self._log = context.log

    def adapters(self) -> Sequence[Adapter]:
        title = "Subsonic and OpenSubsonic"
        return (Adapter(mount="/rest", build=self._build, title=title, max_body_bytes=MAX_BODY),)

    def _build(self, services: Services) -> ASGIApp:
        # Imported late: listing plugins must not load a web framework.
        from mcma_subsonic.app import SubsonicApp

        return SubsonicApp(services, self.settings, self._log)
