"""Answers with one thing instead of several."""

from typing import Any

from mcma_plugins import Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "bad_answer"

    def commands(self) -> Any:
        return None
