"""Who said something last: the order of what devices say, whatever the order in which it comes."""

from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import UUID


class Stamp(NamedTuple):
    """Of an event: its time, corrected by the skew of the device's clock, then its id (sync protocol)."""

    at: datetime
    id: UUID

    def stands_against(self, held: "Stamp | None") -> bool:
        """Whether what is said now is later than what was said; nothing said is earlier than everything."""
        return held is None or (self.at, self.id.int) >= (held.at, held.id.int)

    def kept(self) -> list[str]:
        """As a document keeps it."""
        return [self.at.isoformat(), str(self.id)]

    @classmethod
    def read(cls, kept: Any) -> Self | None:
        return None if kept is None else cls(datetime.fromisoformat(kept[0]), UUID(kept[1]))
