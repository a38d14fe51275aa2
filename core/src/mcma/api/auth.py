"""Who asks: the dependency of every route that needs a login."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from mcma.api.options import ApiOptions
from mcma.domain.errors import NotAuthenticated
from mcma.host import PluginHost
from mcma.services.callers import require_admin
from mcma.services.registry import CoreServices
from mcma_plugins.values import Caller


@dataclass(frozen=True, slots=True)
class Api:
    """What routes work with; `app.state.api`."""

    services: CoreServices
    host: PluginHost
    options: ApiOptions


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of nobody in particular."""

    request: Request
    services: CoreServices

    @property
    def address(self) -> str:
        """The client's, after trusted proxies."""
        client = self.request.client
        return client.host if client else ""

    def client(self, said: str | None = None) -> str:
        return said or self.request.headers.get("user-agent", "")[:200]


@dataclass(frozen=True, slots=True)
class Call:
    """A request of somebody who is logged in."""

    request: Request
    api: Api
    caller: Caller

    @property
    def services(self) -> CoreServices:
        return self.api.services

    def path(self, below: str) -> str:
        """An address of this API, for `Location` and `Link`."""
        return f"{self.request.scope.get('root_path', '')}/api/v1{below}"


def api_of(request: Request) -> Api:
    found: Api = request.app.state.api
    return found


def bearer_token(request: Request) -> str:
    """RFC 6750 section 2.1. Tokens in addresses are not taken: they end up in logs and histories."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated("Log in first: this needs an access token.", hint="POST /api/v1/auth/login")
    return token.strip()


class _Bearer(SecurityBase):
    def __init__(self) -> None:
        self.model = HTTPBearer(bearerFormat="JWT", description="`access_token` of a login.")
        self.scheme_name = "bearer"

    async def __call__(self, request: Request) -> Call:
        api = api_of(request)
        caller = await api.services.logins.by_access_token(bearer_token(request))
        return Call(request, api, caller)


_bearer = _Bearer()


async def _visit(request: Request) -> Visit:
    return Visit(request, api_of(request).services)


async def _admin(call: Annotated[Call, Depends(_bearer)]) -> Call:
    require_admin(call.caller)
    return call


SignedIn = Annotated[Call, Depends(_bearer)]
Admin = Annotated[Call, Depends(_admin)]
Anyone = Annotated[Visit, Depends(_visit)]
