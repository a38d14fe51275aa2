"""Answers about shares."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from mcma.api.schemas.catalogue import Track


class SharedItem(BaseModel):
    kind: str = Field(description="track, album, artist or playlist.")
    id: UUID
    name: str | None = Field(description="Null for what is gone, or out of the owner's sight.")


class Share(BaseModel):
    id: UUID
    url: str | None = Field(
        description="The link to hand on. Null when the key is gone that it was kept with: it works as "
        "before, but cannot be shown any more."
    )
    owner_id: UUID
    owner: str
    description: str | None = Field(description="For whoever opens the link.")
    allow_download: bool = Field(description="Whether the original files can be saved.")
    items: list[SharedItem]
    expires_at: datetime | None
    visits: int = Field(description="How often the page was opened; some seconds late.")
    last_visited_at: datetime | None
    created_at: datetime
    updated_at: datetime
    rev: int


class ShareDetail(Share):
    tracks: list[Track] = Field(description="What the link shows now: what its owner may see, 2,000 at most.")
    complete: bool = Field(description="False: there are more tracks than that.")


class SharePage(BaseModel):
    items: list[Share]
    next: str | None = Field(description="`cursor` of the next page; null on the last one.")
