"""One call, the table of endpoints, and the decorator that fills it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mcma_plugins.services import Services
from mcma_plugins.values import Caller
from mcma_subsonic.errors import not_found
from mcma_subsonic.params import Params
from mcma_subsonic.settings import SubsonicSettings

METHODS = ("GET", "HEAD", "POST")

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
    body: bytes = b""
    """As it came; of a form, its fields are in `params`."""

    async def libraries(self) -> list[int] | None:
        """`musicFolderId`; None for all. One that the caller may not see is as unknown as any other (70)."""
        asked = self.params.libraries()
        if asked is not None:
            shown = await self.services.catalogue.libraries(self.caller)
            if not {each.number for each in shown}.issuperset(asked):
                raise not_found("The music folder")
        return asked


Handler = Callable[[Call], Awaitable[Node | Response]]
"""Answers with what goes into the envelope, or with a response of its own."""


class State(StrEnum):
    """How far an endpoint goes, as docs/opensubsonic.md says it."""

    WORKS = "works"
    EMPTY = "empty list"
    """There is nothing of the kind here, and the answer says so in the form of a success."""
    REFUSED = "refused"
    """The answer is an error that `notes` names."""


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
    state: State = State.WORKS
    notes: str = ""
    """What the author of an app has to know beyond the specification; one or two sentences, Markdown."""
    methods: Sequence[str] = METHODS
    http_errors: bool = False
    """Its failures have HTTP statuses of their own, around the same envelope."""


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(
    name: str,
    *,
    since: str,
    public: bool = False,
    media: bool = False,
    state: State = State.WORKS,
    notes: str = "",
    methods: Sequence[str] = METHODS,
    http_errors: bool = False,
) -> Callable[[Handler], Handler]:
    """Put a handler under its name. May be stacked for names that share one.

    `make docs` writes state and notes into docs/opensubsonic.md, which a test compares.
    """

    def register(handler: Handler) -> Handler:
        if name in ENDPOINTS:
            raise ValueError(f"{name} is registered twice")
        ENDPOINTS[name] = Endpoint(name, since, handler, public, media, state, notes, methods, http_errors)
        return handler

    return register
