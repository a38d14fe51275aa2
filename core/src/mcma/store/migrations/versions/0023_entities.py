"""Artists, albums and labels as things of their own: other names, and what people say of how names are
divided."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

from mcma.store.types import Id, Json, SortText

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_ROLES = """
UPDATE artist_libraries SET roles = coalesce((
    SELECT {gather}(held.role, ',') FROM (
        SELECT DISTINCT CASE credits.role WHEN 'guest' THEN 'artist' ELSE credits.role END AS role
        FROM track_artists AS credits JOIN tracks ON tracks.id = credits.track_id
        WHERE credits.artist_id = artist_libraries.artist_id
        AND tracks.library_id = artist_libraries.library_id AND tracks.deleted_at IS NULL ORDER BY 1
    ) AS held
), '')
"""


def upgrade() -> None:
    op.create_table(
        "artist_aliases",
        sa.Column("artist_id", Id(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("name_key", SortText, nullable=False),
        sa.Column("sort_name", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["artist_id"], ["artists.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("artist_id", "name", "origin"),
    )
    op.create_index("ix_artist_aliases_key", "artist_aliases", ["name_key"], unique=False)
    op.add_column("artists", sa.Column("disambiguation", sa.String(), nullable=True))
    roles = sa.Column("roles", sa.String(), nullable=False, server_default="")
    op.add_column("artist_libraries", roles)
    gather = "string_agg" if op.get_bind().dialect.name == "postgresql" else "group_concat"
    op.execute(_ROLES.format(gather=gather))
    op.create_index("ix_albums_group", "albums", ["release_group_mbid"], unique=False)
    op.create_table(
        "name_rules",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name_key", SortText, nullable=False),
        sa.Column("names", Json, nullable=True),
        sa.Column("by_user", Id(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name_key"),
    )
