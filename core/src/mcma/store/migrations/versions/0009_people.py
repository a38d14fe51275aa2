"""What people may do, their pictures and mail addresses; radio stations."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

from mcma.store.types import Id

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for right in ("may_download", "may_upload", "may_share"):
        op.add_column("users", sa.Column(right, sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("users", sa.Column("email", sa.String(), nullable=True))
    op.create_table(
        "avatars",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "stations",
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("stream_url", sa.String(), nullable=False),
        sa.Column("homepage_url", sa.String(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
