"""Internet radio: addresses that players open by themselves. The server keeps them and never asks."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from mcma_plugins.ids import StationId
from mcma_plugins.values import Caller


class StationView(NamedTuple):
    id: StationId
    name: str
    stream_url: str
    homepage_url: str | None
    created_at: datetime
    updated_at: datetime
    rev: int


class StationFacts(NamedTuple):
    """None leaves what is known; an empty `homepage_url` takes it away."""

    name: str | None = None
    stream_url: str | None = None
    homepage_url: str | None = None


class Stations(Protocol):
    """One list for everybody, which admins write. `InvalidInput` for what is no http(s) address."""

    async def stations(self, caller: Caller) -> Sequence[StationView]:
        """By name."""
        ...

    async def create(self, caller: Caller, facts: StationFacts) -> StationView:
        """With a name and the address of the stream. `Conflict` when there are too many."""
        ...

    async def update(self, caller: Caller, station_id: StationId, facts: StationFacts) -> StationView: ...

    async def delete(self, caller: Caller, station_id: StationId) -> None: ...
