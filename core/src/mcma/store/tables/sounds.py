"""Fingerprints of files, what finds look-alikes among them, and what was found to be there twice."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from mcma.store.tables._columns import key, maybe_loose, maybe_when, octets, ref, table, when
from mcma.store.types import Id

UNCOMPARED = sa.text("compared_at IS NULL")
REFUSED = sa.text("error_code IS NOT NULL")


class FileFingerprint(SQLModel, table=True):
    """One of a file that was fingerprinted, or that cannot be. Other bytes are another file."""

    __tablename__ = "file_fingerprints"
    number: int | None = Field(default=None, primary_key=True)
    """Small, for the terms; never used again."""
    file_id: UUID = Field(sa_type=Id, foreign_key="track_files.id", ondelete="CASCADE", unique=True)
    algorithm: int
    """Chromaprint's: 1 is what AcoustID takes."""
    packed: bytes | None = octets()
    """`domain.fingerprints.packed`; null: there is none."""
    duration_ms: int | None = None
    """Of the whole recording, as whoever made it says."""
    made_by: str
    """The fingerprinter's name; migration: kept from before there were any."""
    made_at: datetime = when()
    error_code: str | None = None
    error: str | None = None
    compared_at: datetime | None = maybe_when()
    """When it was compared with the others; null: not yet."""
    __table_args__ = (
        sa.Index(
            "ix_file_fingerprints_uncompared", "number", sqlite_where=UNCOMPARED, postgresql_where=UNCOMPARED
        ),
        sa.Index("ix_file_fingerprints_refused", "number", sqlite_where=REFUSED, postgresql_where=REFUSED),
        {"sqlite_autoincrement": True},
    )


class FingerprintTerm(SQLModel, table=True):
    """`domain.fingerprints.terms` of each. What belongs to no fingerprint any more is swept up by the job
    `duplicates`: a foreign key would need an index as large as the table."""

    __tablename__ = "fingerprint_terms"
    term: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seconds: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """Length of the recording: what many have is looked for among those of similar length alone."""
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    __table_args__ = ({"sqlite_with_rowid": False},)


class DuplicateGroup(SQLModel, table=True):
    """Files that are the same, whichever tracks they are of now."""

    __tablename__ = "duplicate_groups"
    id: UUID = key()
    kind: str
    """exact (the same audio hash) or recording (their fingerprints are alike)."""
    audio_hash: bytes | None = octets()
    dismissed_at: datetime | None = maybe_when()
    """A person said that these are no duplicates. One more file in it asks again."""
    dismissed_by: UUID | None = maybe_loose()
    found_at: datetime = when()
    standing: str = Field(default="open", sa_column_kwargs={"server_default": "open"})
    """In which list it may be: open, dismissed, or one (its files are of one track)."""
    __table_args__ = (
        sa.UniqueConstraint("audio_hash"),
        sa.Index("ix_duplicate_groups_standing", "standing", "id"),
        sa.Index("ix_duplicate_groups_kind", "standing", "kind", "id"),
    )


class DuplicateMember(SQLModel, table=True):
    __tablename__ = "duplicate_members"
    group_id: UUID = ref("duplicate_groups.id", primary=True)
    file_id: UUID = ref("track_files.id", primary=True, index=True)
    similarity: float
    """With the one of the group that it is most like: 1.0 is the same."""
    added_at: datetime = when()
    apart: UUID | None = maybe_loose()
    """A person said that all files with the same one are no duplicates of each other. That holds in whatever
    the group becomes."""


file_fingerprints = table(FileFingerprint)
fingerprint_terms = table(FingerprintTerm)
duplicate_groups = table(DuplicateGroup)
duplicate_members = table(DuplicateMember)
