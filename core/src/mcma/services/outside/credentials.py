"""What administrators hand in for a source (cookies, a token): passed on; core neither keeps nor tells it."""

from collections.abc import Awaitable, Callable, Mapping

import structlog

from mcma.domain.errors import InvalidInput, NotFound, TooLarge
from mcma.services.callers import require_admin
from mcma.services.outside.calls import Asking
from mcma.services.outside.faults import faults_of
from mcma_plugins.sources import CredentialSource, Source
from mcma_plugins.values import Caller

_log = structlog.get_logger(__name__)
LARGEST = 1024 * 1024
SECONDS = 10.0


class Credentials:
    """`sources` answers with the running sources by name, `asking` contains what they do. For administrators:
    raises `Forbidden`; `NotFound` for a source that is not there or takes none; `InvalidInput` for what the
    source does not take; `SourceFault`."""

    def __init__(
        self, sources: Callable[[], Mapping[str, Source]], asking: Asking, changed: Callable[[str], None]
    ) -> None:
        """`changed` is told of every source that was handed something, or has lost it."""
        self._sources, self._asking, self._changed = sources, asking, changed

    async def set(self, caller: Caller, source: str, content: bytes) -> None:
        taker = self._taker(caller, source)
        if not content:
            raise InvalidInput("Nothing was sent.")
        if len(content) > LARGEST:
            raise TooLarge(f"A credential has at most {LARGEST} bytes.")
        await self._call(source, "take_credential", lambda: taker.take_credential(content))
        _log.info("credential_set", source=source, by=caller.name, size=len(content))

    async def remove(self, caller: Caller, source: str) -> None:
        """Again is nothing."""
        taker = self._taker(caller, source)
        await self._call(source, "forget_credential", taker.forget_credential)
        _log.info("credential_removed", source=source, by=caller.name)

    def _taker(self, caller: Caller, source: str) -> CredentialSource:
        require_admin(caller)
        found = self._sources().get(source)
        if found is None:
            raise NotFound(f"There is no source {source!r}.", hint="mcma plugin list")
        if not isinstance(found, CredentialSource):
            raise NotFound(f"The source {source} takes no credential.", code="not_able")
        return found

    async def _call(self, source: str, what: str, work: Callable[[], Awaitable[None]]) -> None:
        async def refused() -> InvalidInput | None:
            """It is no fault of the plugin, so it does not leave as one."""
            try:
                await work()
            except InvalidInput as error:
                return error
            return None

        with faults_of(source):
            error = await self._asking.call(source, what, refused, SECONDS)
        if error is not None:
            raise error
        self._changed(source)
