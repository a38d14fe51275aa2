"""Playlists: one shared queue per user, counts by library, live rows found without the dead ones."""

import sqlalchemy as sa
from alembic import op

from mcma.store.types import Id

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    shared, live = sa.text("device_id IS NULL"), sa.text("deleted_at IS NULL")
    op.create_index(
        "uq_play_queues_shared", "play_queues", ["user_id"], unique=True,
        sqlite_where=shared, postgresql_where=shared,
    )  # fmt: skip
    op.create_table(
        "playlist_libraries",
        sa.Column("playlist_id", Id(), nullable=False),
        sa.Column("library_id", Id(), nullable=False),
        sa.Column("song_count", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["playlist_id"], ["playlists.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("playlist_id", "library_id"),
    )
    op.create_index("ix_playlist_libraries_library_id", "playlist_libraries", ["library_id"])
    op.execute(
        "INSERT INTO playlist_libraries (playlist_id, library_id, song_count, duration_ms) "
        "SELECT i.playlist_id, t.library_id, count(*), sum(t.duration_ms) FROM playlist_items i "
        "JOIN tracks s ON s.id = i.track_id JOIN tracks t ON t.id = coalesce(s.replaced_by, s.id) "
        "WHERE i.deleted_at IS NULL AND t.deleted_at IS NULL GROUP BY i.playlist_id, t.library_id"
    )
    op.drop_index("ix_playlist_items_place", table_name="playlist_items")
    op.create_index("ix_playlist_items_playlist_id", "playlist_items", ["playlist_id"])
    op.create_index(
        "ix_playlist_items_live", "playlist_items", ["playlist_id", "position", "id"],
        sqlite_where=live, postgresql_where=live,
    )  # fmt: skip
    op.create_index("ix_claims_mbid", "claims", ["recording_mbid"])
