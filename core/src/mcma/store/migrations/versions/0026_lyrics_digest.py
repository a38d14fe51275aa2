"""Tracks say which lyrics are shown of them, so that clients hear of it. A job says it of those that there are."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tracks", sa.Column("lyrics_digest", sa.String(), nullable=True))
