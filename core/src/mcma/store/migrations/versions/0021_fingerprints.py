"""Fingerprints of files, by which the same recording is found, and what was found.

Those that recordings have are kept as of the file that is played; the next job compares them. The former
column stays as it is.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

from mcma.domain.fingerprints import packed
from mcma.store.types import Id

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

UNCOMPARED = sa.text("compared_at IS NULL")
REFUSED = sa.text("error_code IS NOT NULL")
_PORTION = 500


def upgrade() -> None:
    _fingerprints()
    op.create_table(
        "fingerprint_terms",
        sa.Column("term", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("term", "number"),
        sqlite_with_rowid=False,
    )
    _duplicates()
    _carry_over()


def _fingerprints() -> None:
    op.create_table(
        "file_fingerprints",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", Id(), nullable=False),
        sa.Column("algorithm", sa.Integer(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("compared_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["track_files.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("file_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_file_fingerprints_uncompared", "file_fingerprints", ["number"], unique=False,
        sqlite_where=UNCOMPARED, postgresql_where=UNCOMPARED,
    )  # fmt: skip
    op.create_index(
        "ix_file_fingerprints_refused", "file_fingerprints", ["number"], unique=False,
        sqlite_where=REFUSED, postgresql_where=REFUSED,
    )  # fmt: skip


def _duplicates() -> None:
    op.create_table(
        "duplicate_groups",
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("audio_hash", sa.LargeBinary(), nullable=True),
        sa.Column("dismissed_at", UTCDateTime(), nullable=True),
        sa.Column("dismissed_by", Id(), nullable=True),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("audio_hash"),
    )
    op.create_index("ix_duplicate_groups_kind", "duplicate_groups", ["kind", "id"], unique=False)
    op.create_table(
        "duplicate_members",
        sa.Column("group_id", Id(), nullable=False),
        sa.Column("file_id", Id(), nullable=False),
        sa.Column("similarity", sa.Float(), nullable=False),
        sa.Column("added_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["track_files.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["group_id"], ["duplicate_groups.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("group_id", "file_id"),
    )
    op.create_index("ix_duplicate_members_file_id", "duplicate_members", ["file_id"], unique=False)


def _carry_over() -> None:
    """As many as a person or a plugin of their own has kept: none, as a rule."""
    connection = op.get_bind()
    recordings, tracks, files, kept = (
        sa.table("recordings", sa.column("id", Id()), sa.column("fingerprint", sa.LargeBinary()),
                 sa.column("created_at", UTCDateTime())),
        sa.table("tracks", sa.column("id", Id()), sa.column("recording_id", Id()), sa.column("file_id", Id())),
        sa.table("track_files", sa.column("id", Id()), sa.column("duration_ms", sa.Integer())),
        sa.table("file_fingerprints", sa.column("file_id", Id()), sa.column("algorithm", sa.Integer()),
                 sa.column("packed", sa.LargeBinary()), sa.column("duration_ms", sa.Integer()),
                 sa.column("made_by", sa.String()), sa.column("made_at", UTCDateTime())),
    )  # fmt: skip
    query = (
        sa.select(files.c.id, files.c.duration_ms, recordings.c.fingerprint, recordings.c.created_at)
        .join_from(recordings, tracks, tracks.c.recording_id == recordings.c.id)
        .join(files, files.c.id == tracks.c.file_id)
        .where(sa.func.length(recordings.c.fingerprint) % 4 == 0)
        .order_by(files.c.id)
        .limit(_PORTION)
    )
    rows = connection.execute(query).all()
    while rows:
        connection.execute(sa.insert(kept), _kept(rows))
        rows = connection.execute(query.where(files.c.id > rows[-1].id)).all()


def _kept(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {"file_id": row.id, "algorithm": 1, "packed": packed(row.fingerprint), "made_by": "migration",
         "duration_ms": row.duration_ms, "made_at": row.created_at}
        for row in rows
    ]  # fmt: skip
