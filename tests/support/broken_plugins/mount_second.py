"""Wants a mount another plugin wants too."""

from collections.abc import Sequence
from typing import Any

from mcma_plugins import Adapter, Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "mount_second"

    def adapters(self) -> Sequence[Adapter]:
        return (Adapter("/rest", _build),)


def _build(services: object) -> Any:
    raise RuntimeError("not built in this test")
