"""Provisional: what a plugin that compares how tracks sound offers. May change until two plugins use it."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from mcma_plugins.ids import TrackId


class SoundMatch(NamedTuple):
    track_id: TrackId
    likeness: float
    """1 for the same sound, 0 for nothing in common."""


@runtime_checkable
class Similarity(Protocol):
    @property
    def name(self) -> str: ...

    async def similar(self, track_ids: Sequence[TrackId], limit: int) -> Sequence[SoundMatch]:
        """At most `limit` tracks that sound like these taken together, the best first.

        Somebody is waiting: core goes on without an answer after a second. MUST come from what was worked out
        before (vectors and an index of them), never from reading files. Unknown tracks are an empty answer.
        Core leaves out what the caller may not see.
        """
        ...
