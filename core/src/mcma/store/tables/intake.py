"""Music on its way into managed storage: where it comes from, what became of it, what is to be removed."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel

from mcma.store.tables._columns import (
    big,
    doc,
    key,
    maybe_loose,
    maybe_when,
    ref,
    required_octets,
    table,
    when,
)


class ImportFolder(SQLModel, table=True):
    __tablename__ = "import_folders"
    id: UUID = key()
    """The `instance` of the source references of its files."""
    library_id: UUID = ref("libraries.id")
    """The managed library it goes to."""
    source: str
    root: bytes = required_octets()
    root_display: str
    configured: bool = False
    """Set up in a plugin's settings; others were named once by an administrator."""
    link: bool = False
    """Hard links instead of copies."""
    state: str = "new"
    """new, running, ok, empty, unusable or failed."""
    error: str | None = None
    report: dict[str, Any] | None = doc()
    """Of the latest run that came to its end."""
    last_run_at: datetime | None = maybe_when()
    created_at: datetime = when()
    updated_at: datetime = when()
    __table_args__ = (sa.UniqueConstraint("source", "root", "library_id", name="uq_import_folders"),)


class ImportFile(SQLModel, table=True):
    """What became of a file of an import folder when it last looked like this."""

    __tablename__ = "import_files"
    id: UUID = key()
    folder_id: UUID = ref("import_folders.id")
    path: bytes = required_octets()
    path_display: str
    size: int = big()
    mtime_ns: int = big()
    result: str
    """imported, replaced, duplicate or problem."""
    reason: str | None = None
    message: str | None = None
    track_id: UUID | None = maybe_loose()
    seen_at: datetime = when()
    __table_args__ = (
        sa.UniqueConstraint("folder_id", "path", name="uq_import_files"),
        sa.Index("ix_import_files_result", "folder_id", "result", "id"),
    )


class DiscardedFile(SQLModel, table=True):
    """A managed file that nothing in the catalogue means any more; removed from the disk after the commit."""

    __tablename__ = "discarded_files"
    id: UUID = key()
    library_id: UUID = ref("libraries.id", index=True)
    folder: bytes = required_octets()
    name: bytes = required_octets()
    inode: int = big()
    size: int = big()
    mtime_ns: int = big()
    created_at: datetime = when()


import_folders = table(ImportFolder)
import_files = table(ImportFile)
discarded_files = table(DiscardedFile)
