"""The description of the native API without a running server."""

from types import SimpleNamespace
from typing import Any, cast

from mcma.api.app import create_app
from mcma.api.openapi import document as described
from mcma.api.options import ApiOptions
from mcma.host import PluginHost
from mcma.services.registry import CoreServices
from mcma.settings import Settings


def document(settings: Settings) -> dict[str, Any]:
    from importlib.metadata import version

    services = cast(CoreServices, SimpleNamespace(version=version("mcma")))
    app = create_app(services, PluginHost(), ApiOptions(base_path=settings.base_path))
    return described(app, settings.base_path)
