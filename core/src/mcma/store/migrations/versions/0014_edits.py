"""What devices say of playlists, and what people ask to have."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

from mcma.store.types import Id, Json

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("playlists", sa.Column("stamps", Json, nullable=True))
    op.add_column("playlist_items", sa.Column("moved_at", UTCDateTime(), nullable=True))
    op.add_column("playlist_items", sa.Column("moved_by", Id(), nullable=True))
    op.create_table(
        "download_requests",
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("claim_id", Id(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("track_id", Id(), nullable=True),
        sa.Column("job_id", Id(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_download_requests_claim_id", "download_requests", ["claim_id"], unique=False)
    op.create_index("ix_download_requests_track_id", "download_requests", ["track_id"], unique=False)
    op.create_index("ix_download_requests_user", "download_requests", ["user_id", "id"], unique=False)
    live = sa.text("deleted_at IS NULL")
    op.create_index(
        "uq_download_requests_thing", "download_requests", ["source", "source_id", "user_id"], unique=True,
        sqlite_where=live, postgresql_where=live,
    )  # fmt: skip
