"""What is got from outside, by whom it may be, and what has become of it."""

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
