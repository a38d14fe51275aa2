"""Fingerprints of files, by which the same recording is found, and what was found."""

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
