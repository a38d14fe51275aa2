"""All tables of core. Import a module for its tables; `metadata` holds them all."""

from sqlmodel import SQLModel

from mcma.store.tables import (
    catalogue,
    intake,
    listening,
    machinery,
    people,
    push,
    radio,
    renditions,
    shares,
    wanted,
)

metadata = SQLModel.metadata

__all__ = [
    "catalogue",
    "intake",
    "listening",
    "machinery",
    "metadata",
    "people",
    "push",
    "radio",
    "renditions",
    "shares",
    "wanted",
]
