"""Plugins' adapters, each at its place. One that cannot be built turns its plugin off and nothing else."""

from fastapi import FastAPI

from mcma.host import PluginHost, PluginState
from mcma.services.registry import CoreServices
from mcma_plugins import Adapter


def mount_adapters(app: FastAPI, host: PluginHost, services: CoreServices) -> list[Adapter]:
    """Those that were mounted."""
    mounted = []
    for plugin, adapter in host.adapters():
        try:
            built = adapter.build(services)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin's code
            host.failed(plugin, PluginState.START_FAILED, f"build: {type(error).__name__}: {error}")
            continue
        app.mount(adapter.mount, built, name=plugin)
        mounted.append(adapter)
    return mounted
