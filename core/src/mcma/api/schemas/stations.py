"""Answers about internet radio."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class Station(BaseModel):
    id: UUID
    name: str
    stream_url: str = Field(description="For the player to open; the server never does.")
    homepage_url: str | None
    created_at: datetime
    updated_at: datetime
    rev: int


class StationList(BaseModel):
    items: list[Station]
