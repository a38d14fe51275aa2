"""What the steps of enriching hand to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from mcma_plugins.enrichers import Reason
from mcma_plugins.values import ItemRef


@dataclass(frozen=True, slots=True)
class KeptCandidate:
    """A checked answer of an enricher, as the table of candidates has it."""

    id: UUID
    run_id: UUID
    item: ItemRef
    enricher: str
    ref: str
    title: str
    score: float
    reasons: Sequence[Reason] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Of every track in `tracks`; of the artist."""
    tracks: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)
    artists: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By MusicBrainz id."""
    picture: str | None = None
    link: str | None = None


class Change(NamedTuple):
    """One value that would be, or was, another one."""

    item: ItemRef
    """A track or an artist."""
    field: str
    before: Any
    before_origin: str
    """tag, file_name, person, or plugin:<name>."""
    after: Any
    kept: bool
    """The value stays as it is, and why is in `reason`: a person said it, or the rule of the field does."""
    reason: str | None = None


class Laid(NamedTuple):
    """What laying a candidate over the tags did."""

    changes: Sequence[Change]
    before: Mapping[str, Any]
    """JSON: the values of this enricher that stood before, by item; what `lift` puts back."""
    news: Sequence[tuple[str, object]]
    """Hooks and their events, for plugins after the commit."""
