"""The web application: the native API, health, documentation, and plugins' adapters."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI

from mcma.api import errors
from mcma.api.auth import Api
from mcma.api.docs import add_docs
from mcma.api.health import Check, Health
from mcma.api.health import router as health_router
from mcma.api.help import add_help
from mcma.api.landing import add_landing
from mcma.api.middleware import ApiCors, BodyLimits, Compression, Edge
from mcma.api.mounts import mount_adapters
from mcma.api.openapi import DESCRIPTION, TAGS, document, operation_id
from mcma.api.options import ApiOptions
from mcma.api.routes import add_native_api
from mcma.api.share import add_share_pages
from mcma.host import PluginHost
from mcma.services.registry import CoreServices
from mcma_plugins import Adapter


def create_app(
    services: CoreServices, host: PluginHost, options: ApiOptions, health: Sequence[Check] = ()
) -> FastAPI:
    """Builds the adapters of running plugins too; one that fails is reported to the host.

    Serve it with uvicorn's `proxy_headers` off (it reads `options.trusted_proxies` itself) and its access log
    off (queries carry credentials).
    """
    app = FastAPI(
        title="mcma", version=services.version, description=DESCRIPTION, openapi_url=None, docs_url=None,
        redoc_url=None, redirect_slashes=False, lifespan=_lifespan,
        generate_unique_id_function=operation_id, openapi_tags=TAGS,
    )  # fmt: skip
    app.state.api = Api(services, host, options)
    app.state.health = Health(health)
    errors.install(app)
    adapters = mount_adapters(app, host, services)  # first, as routes are looked through in order
    add_native_api(app)
    app.router.routes.extend(health_router.routes)
    add_docs(app, lambda: document(app, options.base_path))
    add_help(app, adapters)
    add_share_pages(app)
    add_landing(app, adapters)
    _wrap(app, options, adapters)
    return app


def _wrap(app: FastAPI, options: ApiOptions, adapters: Sequence[Adapter]) -> None:
    """The last one added is the first that a request meets."""
    app.add_middleware(errors.Contained)
    app.add_middleware(Compression, below=f"{options.base_path}/api/")
    app.add_middleware(BodyLimits, options=options, adapters=adapters)
    if options.cors_origins:
        app.add_middleware(ApiCors, origins=options.cors_origins, base_path=options.base_path)
    app.add_middleware(Edge, options=options)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.api.options.closing.set()
