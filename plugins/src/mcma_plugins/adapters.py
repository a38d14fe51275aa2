"""An API adapter: an ASGI application at one declared mount, over core's services."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from mcma_plugins.services import Services

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Adapter:
    """`build` is called once, after the plugin has started and before the first request.

    `mount` MUST begin with "/", MUST NOT end with it and is this adapter's alone; "/api", "/health" and "/"
    belong to core. What the application raises is core's concern only as a 500: it maps its own errors.
    """

    mount: str
    build: Callable[[Services], ASGIApp]
    title: str = ""
    max_body_bytes: int | None = None
    """Largest body of a request that it takes; None: what the server's settings say.

    While a larger one is read, starlette's `HTTPException` comes (413), which the adapter may answer in its
    own form.
    """
