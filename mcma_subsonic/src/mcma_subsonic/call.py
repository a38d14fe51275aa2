"""One call, the table of endpoints, and the decorator that fills it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mcma_plugins.services import Services
from mcma_plugins.values import Caller
from mcma_subsonic.params import Params
from mcma_subsonic.settings import SubsonicSettings

Node = dict[str, Any]
"""A JSON object: str, int, float, bool, datetime (UTC), Node, and lists or tuples of them."""


@dataclass(frozen=True, slots=True)
class Call:
    params: Params
    caller: Caller
    services: Services
    settings: SubsonicSettings
    request: Request
    """For ranges and preconditions; parameters are in `params`."""


Handler = Callable[[Call], Awaitable[Node | Response]]
"""Answers with what goes into the envelope, or with a response of its own."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    name: str
    since: str
    """The Subsonic version or the OpenSubsonic extension that brought it."""
    handler: Handler
    public: bool = False
    """Ignores credentials wholly."""
    media: bool = False
    """Answers with bytes."""


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(
    name: str, *, since: str, public: bool = False, media: bool = False
) -> Callable[[Handler], Handler]:
    """Put a handler under its name. May be stacked for names that share one."""

    def register(handler: Handler) -> Handler:
        if name in ENDPOINTS:
            raise ValueError(f"{name} is registered twice")
        ENDPOINTS[name] = Endpoint(name, since, handler, public, media)
        return handler

    return register
