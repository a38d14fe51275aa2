"""What clients push: which events were answered, and when each part of what they change was last said."""

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
