"""Artists, albums and labels as things of their own: aliases, splits and joins."""

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
