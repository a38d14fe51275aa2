"""Wants a mount of core."""

from collections.abc import Sequence
from typing import Any

from mcma_plugins import Adapter, Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "core_mount"

    def adapters(self) -> Sequence[Adapter]:
        return (Adapter("/api/v1", _build),)


def _build(services: object) -> Any:
    raise RuntimeError("not built in this test")
