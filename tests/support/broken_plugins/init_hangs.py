"""Never gets made."""

import threading

from mcma_plugins import Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "init_hangs"

    def __init__(self, settings: PluginSettings) -> None:
        super().__init__(settings)
        threading.Event().wait(60)
