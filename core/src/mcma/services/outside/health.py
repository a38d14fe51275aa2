"""How sources are, and what they can do."""

import asyncio
from typing import NamedTuple

from mcma.services.outside.faults import SourceFault
from mcma.services.outside.sources import OutsideSources
from mcma_plugins.sources import (
    BrowsableSource,
    CredentialSource,
    FetchableSource,
    IndexableSource,
    LinkedSource,
    Source,
    SourceHealth,
)


class SourceAbilities(NamedTuple):
    searches: tuple[str, ...] = ()
    """Kinds of things."""
    shows: bool = False
    """Its things, and what they hold."""
    fetches: bool = False
    links: bool = False
    """Addresses that people copy and paste."""
    credentials: bool = False
    """Works, or works better, with something an administrator hands in."""
    lists_files: bool = False
    """Folders that are indexed in place."""


class SourceView(NamedTuple):
    name: str
    health: SourceHealth
    abilities: SourceAbilities


class SourceStates:
    def __init__(self, outside: OutsideSources) -> None:
        self._outside = outside

    async def all(self) -> list[SourceView]:
        """By name; asked all at once."""
        return list(await asyncio.gather(*map(self.one, self._outside.names())))

    async def one(self, name: str) -> SourceView:
        """`NotFound`. A source that fails to say how it is is unreachable."""
        source = self._outside.get(name)
        return SourceView(name, await self._health(name), self._abilities(name, source))

    async def _health(self, name: str) -> SourceHealth:
        """One that is left in peace is not asked, for its service would hear of it."""
        if (pause := self._outside.pauses.of(name)) is not None:
            until, fault = pause
            return SourceHealth(False, fault.state, fault.reason, {"until": until.isoformat()})
        try:
            return await self._outside.health(name)
        except SourceFault as fault:
            state = "unreachable" if fault.state in ("broken", "slow", "refused") else fault.state
            return SourceHealth(False, state, fault.reason)

    def _abilities(self, name: str, source: Source) -> SourceAbilities:
        kinds = self._outside.searchable().get(name, frozenset())
        return SourceAbilities(
            tuple(sorted(kinds)),
            isinstance(source, BrowsableSource),
            isinstance(source, FetchableSource),
            isinstance(source, LinkedSource),
            isinstance(source, CredentialSource),
            isinstance(source, IndexableSource),
        )
