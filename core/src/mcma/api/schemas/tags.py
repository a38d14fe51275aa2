"""Answers about tags written into files."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class TagChange(BaseModel):
    field: str
    before: Any = Field(description="What the file says; null: nothing.")
    after: Any = Field(description="What the library says. `artwork`: the id of the picture.")


class TagFilePreview(BaseModel):
    file_id: UUID
    track_id: UUID
    path: str
    changes: list[TagChange]
    refused: str | None = Field(description="format: tags are not written into files of this kind.")


class TagWritePreview(BaseModel):
    items: list[TagFilePreview] = Field(description="Files that would change.")
    next: str | None = Field(description="The `cursor` for the tracks that follow.")


class TagWrite(BaseModel):
    id: UUID
    run_id: UUID = Field(description="The job.")
    library_id: UUID
    track_id: UUID
    file_id: UUID = Field(description="As it was before; other bytes are another file.")
    new_file_id: UUID | None = Field(description="As it was afterwards.")
    path: str
    state: str = Field(description="writing, written or failed.")
    changes: list[TagChange]
    undoes: UUID | None = Field(description="The write that this one takes back.")
    undone_at: datetime | None
    undone_by: UUID | None
    error: str | None = Field(
        description="missing, changed (by somebody else), outside (behind a link), read_only, unreadable, "
        "format, picture, too_large, backup_too_large, not_kept."
    )
    message: str | None
    user_id: UUID | None = Field(description="Who asked; null: the command line.")
    backup_bytes: int = Field(description="What is kept so that it can be taken back.")
    created_at: datetime


class TagWritePage(BaseModel):
    items: list[TagWrite]
    next: str | None
