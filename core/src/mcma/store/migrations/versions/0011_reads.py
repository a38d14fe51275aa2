"""Reading fast: every sort along an index, random tracks of some years without looking at the others."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PRESENT = sa.text("deleted_at IS NULL AND missing_since IS NULL")
ABSENT = sa.text("missing_since IS NOT NULL AND deleted_at IS NULL")


def upgrade() -> None:
    op.drop_index("ix_tracks_rnd", "tracks")
    _index("ix_tracks_rnd", "tracks", ["rnd", "year"], PRESENT)
    for table in ("albums", "tracks"):
        _index(f"ix_{table}_original", table, ["original_date", "sort_key", "id"], PRESENT)
    _index("ix_albums_missing", "albums", ["sort_key", "id"], ABSENT)


def _index(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, unique=False, sqlite_where=where, postgresql_where=where)
