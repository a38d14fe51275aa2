"""All tables of core. Import a module for its tables; `metadata` holds them all."""

from sqlmodel import SQLModel

from mcma.store.tables import (
    catalogue,
    enriching,
    intake,
    listening,
    machinery,
    matching,
    naming,
    people,
    push,
    radio,
    renditions,
    shares,
    sounds,
    tag_writing,
    wanted,
)

metadata = SQLModel.metadata

__all__ = [
    "catalogue",
    "enriching",
    "intake",
    "listening",
    "machinery",
    "matching",
    "metadata",
    "naming",
    "people",
    "push",
    "radio",
    "renditions",
    "shares",
    "sounds",
    "tag_writing",
    "wanted",
]
