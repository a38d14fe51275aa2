"""What look-alikes and lists are found by in large libraries: terms with the length of their recording, groups
of duplicates by where they stand, and enrichment by state in the order of its lists."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _terms()
    _groups()
    op.create_index("ix_enrichment_states_item", "enrichment_states", ["enricher", "state", "item_id"])


def _terms() -> None:
    op.rename_table("fingerprint_terms", "fingerprint_terms_before")
    op.create_table(
        "fingerprint_terms",
        sa.Column("term", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("seconds", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("term", "seconds", "number"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO fingerprint_terms (term, seconds, number)"
        " SELECT t.term, coalesce(f.duration_ms, 0) / 1000, t.number"
        " FROM fingerprint_terms_before t LEFT JOIN file_fingerprints f ON f.number = t.number"
        " ORDER BY 1, 2, 3"
    )
    op.drop_table("fingerprint_terms_before")


def _groups() -> None:
    op.add_column(
        "duplicate_groups", sa.Column("standing", sa.String(), nullable=False, server_default="open")
    )
    op.execute("UPDATE duplicate_groups SET standing = 'dismissed' WHERE dismissed_at IS NOT NULL")
    op.drop_index("ix_duplicate_groups_kind", "duplicate_groups")
    op.create_index("ix_duplicate_groups_standing", "duplicate_groups", ["standing", "id"])
    op.create_index("ix_duplicate_groups_kind", "duplicate_groups", ["standing", "kind", "id"])
