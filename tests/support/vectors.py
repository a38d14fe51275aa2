"""A small plugin that compares sound by vectors: installed as source text, or asked directly."""

from collections.abc import Sequence
from math import sqrt
from uuid import UUID

from mcma_plugins.ids import TrackId
from mcma_plugins.similarity import SoundMatch

VECTORS: dict[UUID, tuple[float, ...]] = {}
"""Of the tests."""

SOURCE = """
from mcma_plugins import Plugin, PluginSettings
from tests.support.vectors import VectorEar

class ThePlugin(Plugin[PluginSettings]):
    name = "vectors"
    summary = "Compares vectors."
    def similarities(self):
        return [VectorEar()]
"""


class VectorEar:
    name = "vectors"

    async def similar(self, track_ids: Sequence[TrackId], limit: int) -> Sequence[SoundMatch]:
        known = [VECTORS[id_] for id_ in track_ids if id_ in VECTORS]
        if not known:
            return ()
        middle = tuple(sum(parts) / len(known) for parts in zip(*known, strict=True))
        found = [SoundMatch(TrackId(id_), _likeness(middle, one)) for id_, one in VECTORS.items()]
        return sorted(found, key=lambda match: -match.likeness)[:limit]


def _likeness(one: Sequence[float], other: Sequence[float]) -> float:
    """Cosine, with 0 for what is opposite."""
    across = sum(a * b for a, b in zip(one, other, strict=True))
    lengths = sqrt(sum(a * a for a in one) * sum(b * b for b in other))
    return min(1.0, max(0.0, across / lengths)) if lengths else 0.0
