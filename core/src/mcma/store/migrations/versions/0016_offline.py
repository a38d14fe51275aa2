"""Renditions that are made ahead, and kept until the device that planned them has them."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("renditions", sa.Column("staged_until", UTCDateTime(), nullable=True))
    op.create_index("ix_renditions_job", "renditions", ["job_id", "created_at"], unique=False)
