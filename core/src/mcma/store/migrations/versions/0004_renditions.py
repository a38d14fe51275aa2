"""Renditions: files made of other files, for those who cannot play the original. Measured loudness."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

from mcma.store.types import Id

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "renditions",
        sa.Column("id", Id(), nullable=False),
        sa.Column("file_id", Id(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("offset_ms", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("codec", sa.String(), nullable=False),
        sa.Column("bit_rate_kbps", sa.Integer(), nullable=False),
        sa.Column("sample_rate_hz", sa.Integer(), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("bit_depth", sa.Integer(), nullable=False),
        sa.Column("suffix", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("job_id", Id(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("created_by", Id(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("last_used_at", UTCDateTime(), nullable=False),
        sa.Column("pinned_until", UTCDateTime(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["track_files.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("file_id", "profile", "offset_ms", name="uq_renditions"),
    )
    op.create_index("ix_renditions_used", "renditions", ["state", "last_used_at"], unique=False)
    op.add_column("track_files", sa.Column("measured_at", UTCDateTime(), nullable=True))
    op.add_column("track_files", sa.Column("measure_error", sa.String(), nullable=True))
    op.create_index(
        "ix_track_files_unmeasured",
        "track_files",
        ["id"],
        unique=False,
        sqlite_where=sa.text("measured_at IS NULL AND deleted_at IS NULL"),
        postgresql_where=sa.text("measured_at IS NULL AND deleted_at IS NULL"),
    )
