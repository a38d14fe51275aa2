"""Jobs that wait for the jobs below them; what a worker is, and how many jobs it takes at once."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "jobs", sa.Column("awaits_children", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index("ix_jobs_children", "jobs", ["parent_id", "state"], unique=False)
    op.drop_index("ix_jobs_parent_id", "jobs")
    op.add_column("workers", sa.Column("role", sa.String(), nullable=False, server_default="serve"))
    op.add_column("workers", sa.Column("slots", sa.Integer(), nullable=False, server_default="0"))
