"""What a person said to be no duplicates stays so when more files join."""

import sqlalchemy as sa
from alembic import op

from mcma.store.types import Id

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("duplicate_members", sa.Column("apart", Id(), nullable=True))
    op.execute(
        "UPDATE duplicate_members SET apart = group_id WHERE group_id IN"
        " (SELECT id FROM duplicate_groups WHERE dismissed_at IS NOT NULL)"
    )
