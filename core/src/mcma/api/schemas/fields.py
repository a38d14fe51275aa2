"""Answers about who says what."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from mcma.api.schemas.catalogue import Track as _Track

_ORIGIN = "tag, file_name, person, or plugin: and the name of an enricher."


class OneTrack(_Track):
    provenance: dict[str, str] = Field(
        description="Field to who says it, where no tag does: file_name, person, or plugin: and a name."
    )


class SaidValue(BaseModel):
    value: Any = Field(description="As JSON; credits are a list of objects with a name.")
    origin: str = Field(description=_ORIGIN)
    at: datetime | None = Field(description="When it was said; null of files.")
    user_id: UUID | None = Field(description="Who said it.")
    candidate_id: UUID | None = Field(description="Which answer of a plugin it is of.")


class TrackField(BaseModel):
    field: str
    value: Any = Field(description="The one that counts; null where the rule lets none count.")
    origin: str = Field(description=_ORIGIN)
    rule: str = Field(description="How far plugins go: prefer, fill, add or off.")
    values: list[SaidValue]


class FieldList(BaseModel):
    items: list[TrackField]
