"""A source without health()."""

from collections.abc import Sequence

from mcma_plugins import Plugin, PluginSettings, Source


class ThePlugin(Plugin[PluginSettings]):
    name = "bad_sources"

    def sources(self) -> Sequence[Source]:
        return (object(),)  # type: ignore[return-value]
