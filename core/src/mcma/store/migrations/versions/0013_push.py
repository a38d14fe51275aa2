"""What clients push: which events were answered, and when each part of what they change was last said."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

from mcma.store.types import Id, Json

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_receipts",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("device_id", Id(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("canonical", Json, nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "id"),
    )
    op.create_index("ix_push_receipts_received", "push_receipts", ["received_at"])
    op.create_table(
        "user_settings",
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", Json, nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("event_id", Id(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "name", name="uq_user_settings_name"),
    )
    op.add_column("bookmarks", sa.Column("stamps", Json, nullable=True))
    op.add_column("play_queues", sa.Column("stamps", Json, nullable=True))
    op.create_index(
        "ix_listens_claim", "listens", ["claim_id"],
        sqlite_where=sa.text("claim_id IS NOT NULL"), postgresql_where=sa.text("claim_id IS NOT NULL"),
    )  # fmt: skip
