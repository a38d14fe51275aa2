"""Playlists: one shared queue per user."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    shared = sa.text("device_id IS NULL")
    op.create_index(
        "uq_play_queues_shared", "play_queues", ["user_id"], unique=True,
        sqlite_where=shared, postgresql_where=shared,
    )  # fmt: skip
