"""The part of the composition root that says how this server is."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from mcma.host import PluginHost
from mcma.media.ffmpeg import located
from mcma.services.server.overview import PluginNote, Surroundings
from mcma.settings import Settings


def surroundings_of(settings: Settings, host: PluginHost) -> Surroundings:
    async def plugins() -> Sequence[PluginNote]:
        notices = await host.notices()
        return [
            PluginNote(one.name, one.state.value, one.reason, one.hint, notices.get(one.name, ()))
            for one in host.records()
        ]

    return Surroundings(
        version=version("mcma"), data_dir=settings.data_dir, listens_on=settings.listen_on,
        public_url=settings.public_url, proxied=bool(settings.trusted_proxies), plugins=plugins,
        tools=lambda: {"ffmpeg": located(settings.ffmpeg)},
        doorbell="embedded" if settings.redis_url is None else "redis",
    )  # fmt: skip


def setting_schemas(host: PluginHost) -> dict[str, dict[str, Any]]:
    return {one.name: one.settings_schema for one in host.records() if one.settings_schema is not None}
