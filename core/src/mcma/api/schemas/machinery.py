"""Answers about the server's own work."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field


class Job(BaseModel):
    id: UUID
    kind: str
    state: str = Field(description="queued, running, succeeded, failed, cancelled or no_handler.")
    done: int
    total: int | None
    note: str | None
    error: str | None
    attempt: int
    created_by: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobPage(BaseModel):
    items: list[Job]
    next: str | None


class JobList(BaseModel):
    items: list[Job]


class Children(BaseModel):
    jobs: int
    finished: int
    done: int
    total: int
    states: dict[str, int]


class JobDetail(Job):
    parent_id: UUID | None
    payload: dict[str, Any]
    result: dict[str, Any] | None
    log_tail: str
    children: Children


class Notice(BaseModel):
    """Something that a plugin does not do at the moment, though it runs."""

    code: str
    reason: str
    hint: str | None
    by_choice: bool = Field(description="Its settings say so: nothing is wrong.")


class Plugin(BaseModel):
    name: str
    state: str
    degraded: bool
    version: str | None
    summary: str
    abilities: dict[str, list[str]]
    reason: str | None = Field(None, description="This and what follows is shown to administrators.")
    hint: str | None = None
    distribution: str | None = None
    api: str | None = None
    requires: list[str] = []
    settings: dict[str, Any] | None = None
    hooks: dict[str, Any] = {}
    errors: int = 0
    last_error: str | None = None
    notices: list[Notice] = []
    started_in_ms: float | None = None


class PluginList(BaseModel):
    items: list[Plugin]


class Liveness(BaseModel):
    status: str


class CheckResult(BaseModel):
    ok: bool
    required: bool
    state: str
    details: dict[str, Any]


class Readiness(BaseModel):
    status: str = Field(description="ready, degraded (something optional is missing) or unready.")
    checks: dict[str, CheckResult]


class Problem(BaseModel):
    """RFC 9457. `code` is stable; the rest is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str | None = Field(description="What would help.")
    instance: str
    request_id: str | None
    replaced_by: UUID | None = Field(None, description="Of a file that has changed: the one in its place.")
    state: str | None = Field(None, description="Of a rendition that is not there yet, or of a source.")
    job_id: UUID | None = Field(None, description="The job that makes it.")
    source: str | None = Field(None, description="Of `source_unavailable`: the one that cannot do it.")
    scopes: list[str] | None = Field(None, description="Of `scope_denied`: those that are not the user's.")


class ImportFolder(BaseModel):
    """Where music is imported from."""

    id: UUID
    path: str
    library_id: UUID
    library: str = Field(description="The managed library it goes to.")
    configured: bool = Field(description="Set up in settings; others were named once.")
    link: bool = Field(description="Hard links instead of copies.")
    state: str = Field(description="new, running, ok, empty, unusable or failed.")
    error: str | None
    report: dict[str, Any] | None = Field(description="Counts of the last run that came to its end.")
    last_run_at: datetime | None


class ImportFolderList(BaseModel):
    items: list[ImportFolder]


class ImportFile(BaseModel):
    """A file that was not imported."""

    path: str
    result: str = Field(description="duplicate or problem.")
    reason: str | None
    message: str | None
    track_id: UUID | None = Field(description="The track that is there already.")
    seen_at: datetime


class ImportFileList(BaseModel):
    items: list[ImportFile]
