"""What is told about artists and albums."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from mcma_plugins.values import ItemRef


class Told(NamedTuple):
    """A text, and who says so."""

    text: str
    origin: str
    """person, or plugin:<name>."""
    at: datetime


class PicturePaths(NamedTuple):
    """Below the server's address; they open without a login, for a week."""

    small: str
    medium: str
    large: str


class About(NamedTuple):
    item: ItemRef
    """Of a merged item, the one it means now."""
    mbid: UUID | None
    told: Told | None
    pictures: PicturePaths
