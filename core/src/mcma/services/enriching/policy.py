"""How much is asked, and what of the answers is taken by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from mcma.domain.matching import Bands

Mode = Literal["automatic", "review", "on_request"]


@dataclass(frozen=True, slots=True)
class Policy:
    mode: Mode = "automatic"
    order: Sequence[str] = ()
    """Names of enrichers, the one that counts most first; others follow by name."""
    bands: Bands = field(default_factory=lambda: Bands(0.90, 0.50))
    keep: timedelta = timedelta(days=180)
    """How long what was found is good."""
    keep_nothing: timedelta = timedelta(days=30)
    seconds: float = 120.0
    """For one answer. Some services take one question a second, and an album may be many."""
    lead: float = 0.02
    """What the best has to be ahead of another that says something else."""
