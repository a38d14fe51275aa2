"""Where a playlist was made from, and whether it follows that."""

from datetime import datetime
from typing import Any, NamedTuple

from mcma.domain.errors import InvalidInput
from mcma.services.outside import OutsideSources
from mcma_plugins.sources import SourceKind


class Origin(NamedTuple):
    """A playlist or an album of a source."""

    source: str
    kind: str
    source_id: str
    follow: bool
    """Its rows are those of the origin, always; else they were once."""
    url: str | None = None
    """The page for people."""
    read_at: str | None = None
    """When all of it was last read (RFC 3339)."""
    error: str | None = None
    """Why it could not be read since, for people."""

    @property
    def named(self) -> tuple[str, str, str, bool]:
        return self.source, self.kind, self.source_id, self.follow

    def kept(self) -> dict[str, Any]:
        return self._asdict()

    def read(self, at: datetime) -> "Origin":
        return self._replace(read_at=at.isoformat(timespec="seconds").replace("+00:00", "Z"), error=None)


def origin_of(kept: Any) -> Origin | None:
    """What `kept` was; None for a playlist of nowhere."""
    return Origin(**{name: kept.get(name) for name in Origin._fields}) if kept else None


def parsed(outside: OutsideSources, text: str, *, follow: bool) -> Origin:
    """What an address names. Nobody is asked. `InvalidInput` (unknown_link, not_a_playlist)."""
    found = outside.parse(text)
    if found is None:
        raise InvalidInput("No source here knows this address.", code="unknown_link", hint="mcma plugin list")
    source, link = found
    if link.kind not in (SourceKind.PLAYLIST, SourceKind.ALBUM):
        raise InvalidInput(f"This is the address of a {link.kind}, not of a playlist.", code="not_a_playlist")
    return Origin(source, link.kind.value, link.source_id, follow)
