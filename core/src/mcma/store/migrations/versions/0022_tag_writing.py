"""What was written into the tags of files, and what stood there before."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

from mcma.store.types import Big, Id, Json

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

UNFINISHED = sa.text("state = 'writing'")


def upgrade() -> None:
    op.create_table(
        "tag_writes",
        sa.Column("id", Id(), nullable=False),
        sa.Column("run_id", Id(), nullable=False),
        sa.Column("library_id", Id(), nullable=False),
        sa.Column("track_id", Id(), nullable=False),
        sa.Column("file_id", Id(), nullable=False),
        sa.Column("new_file_id", Id(), nullable=True),
        sa.Column("folder", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("path_display", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("before", Json, nullable=True),
        sa.Column("after", Json, nullable=True),
        sa.Column("former_size", Big, nullable=False),
        sa.Column("former_mtime_ns", Big, nullable=False),
        sa.Column("former_inode", Big, nullable=False),
        sa.Column("former_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("size", Big, nullable=False),
        sa.Column("mtime_ns", Big, nullable=False),
        sa.Column("inode", Big, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("backup", sa.LargeBinary(), nullable=True),
        sa.Column("undoes", Id(), nullable=True),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by", Id(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_tag_writes_library_id", "tag_writes", ["library_id"], unique=False)
    op.create_index("ix_tag_writes_run", "tag_writes", ["run_id", "id"], unique=False)
    op.create_index("ix_tag_writes_track", "tag_writes", ["track_id", "id"], unique=False)
    op.create_index(
        "ix_tag_writes_unfinished", "tag_writes", ["id"], sqlite_where=UNFINISHED, postgresql_where=UNFINISHED
    )
