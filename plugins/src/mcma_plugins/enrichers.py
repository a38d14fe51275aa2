"""Provisional: what a plugin that knows more about music offers. May change until two plugins use it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from mcma_plugins.ids import TrackId


class KnownTrack(NamedTuple):
    """What core already knows."""

    id: TrackId
    title: str
    artists: Sequence[str]
    album: str | None
    duration_ms: int
    ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Enrichment:
    """Proposed values with how sure the plugin is of them (0 to 1)."""

    fields: Mapping[str, str]
    confidence: float
    reason: str


@runtime_checkable
class Enricher(Protocol):
    @property
    def name(self) -> str: ...

    async def enrich(self, track: KnownTrack) -> Sequence[Enrichment]:
        """Nothing known is an empty answer, which core remembers."""
        ...
