"""Folders of tracks without an album, that enrichers are asked about."""

import sqlalchemy as sa
from alembic import op

from mcma.store.types import Id

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrichment_folders",
        sa.Column("id", Id(), nullable=False),
        sa.Column("library_id", Id(), nullable=False),
        sa.Column("folder", sa.LargeBinary(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_enrichment_folders_library_id", "enrichment_folders", ["library_id"], unique=False)
