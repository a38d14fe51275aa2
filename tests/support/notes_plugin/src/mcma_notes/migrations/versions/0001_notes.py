"""The notes."""

import sqlalchemy as sa
from alembic import op

from mcma_plugins.database import Id

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plugin_notes_note",
        sa.Column("id", Id(), primary_key=True),
        sa.Column("track_id", Id(), sa.ForeignKey("tracks.id", ondelete="CASCADE"), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
    )
