"""Playlists that come from elsewhere: recordings that are known by what a source calls them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("claims", sa.Column("source", sa.String(), nullable=True))
    op.add_column("claims", sa.Column("source_id", sa.String(), nullable=True))
    op.create_index("ix_claims_source", "claims", ["source", "source_id"], unique=False)
