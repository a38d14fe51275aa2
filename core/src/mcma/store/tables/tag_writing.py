"""What was written into the tags of files, and what stood there before."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel

from mcma.store.tables._columns import (
    big,
    doc,
    key,
    loose,
    maybe_loose,
    maybe_when,
    octets,
    ref,
    required_octets,
    table,
    when,
)

UNFINISHED = sa.text("state = 'writing'")


class TagWrite(SQLModel, table=True):
    __tablename__ = "tag_writes"
    id: UUID = key()
    run_id: UUID = loose()
    """The job."""
    library_id: UUID = ref("libraries.id", index=True)
    track_id: UUID = loose()
    file_id: UUID = loose()
    """The row of the file as it was before."""
    new_file_id: UUID | None = maybe_loose()
    """The row of the file as it was afterwards."""
    folder: bytes = required_octets()
    name: bytes = required_octets()
    path_display: str
    state: str
    """writing (only while it is done, or after a crash), written or failed."""
    before: dict[str, Any] | None = doc()
    """Field to what the file said; what it said not is not there."""
    after: dict[str, Any] | None = doc()
    former_size: int = big()
    former_mtime_ns: int = big()
    former_inode: int = big()
    former_sha256: bytes | None = octets()
    size: int = big()
    mtime_ns: int = big()
    inode: int = big()
    sha256: bytes | None = octets()
    backup: bytes | None = octets()
    """What makes the former file of the present one; none for what takes back another write."""
    undoes: UUID | None = maybe_loose()
    """The write that this one takes back."""
    undone_at: datetime | None = maybe_when()
    undone_by: UUID | None = maybe_loose()
    error: str | None = None
    message: str | None = None
    user_id: UUID | None = maybe_loose()
    created_at: datetime = when()
    __table_args__ = (
        sa.Index("ix_tag_writes_run", "run_id", "id"),
        sa.Index("ix_tag_writes_track", "track_id", "id"),
        sa.Index("ix_tag_writes_unfinished", "id", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
    )


tag_writes = table(TagWrite)
