"""A page of a playlist."""

from typing import Any, NamedTuple


class Page(NamedTuple):
    tracks: list[dict[str, Any]]
    next: str | None
    """What to ask for the page after it."""
