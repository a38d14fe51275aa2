"""Lists by album and artist along an index; logins and app passwords that end with their device."""

import sqlalchemy as sa
from alembic import op

from mcma.store.types import Id, SortText

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PRESENT = sa.text("deleted_at IS NULL AND missing_since IS NULL")
TRACK_INDEXES = {
    "ix_tracks_album": ("album_sort", "album_place", "id"),
    "ix_tracks_artist": ("artist_key", "sort_key", "id"),
    "ix_tracks_year_sort": ("year", "sort_key", "id"),
    "ix_tracks_updated": ("updated_at", "id"),
    "ix_tracks_duration": ("duration_ms", "id"),
}
USER_INDEXES = {
    "ix_user_items_liked": "liked_at",
    "ix_user_items_rating": "rating",
    "ix_user_items_played": "last_played_at",
    "ix_user_items_count": "play_count",
}
ARTIST_KEYS = """
    UPDATE tracks SET artist_key = coalesce((
        SELECT artists.sort_key FROM track_artists JOIN artists ON artists.id = track_artists.artist_id
        WHERE track_artists.track_id = tracks.id AND track_artists.role = 'artist'
        ORDER BY track_artists.position LIMIT 1), '')
"""
ALBUM_SORTS = """
    UPDATE tracks SET album_sort = (
        SELECT sort_key || {tab} || artist_key || {tab} || {end} FROM albums WHERE albums.id = tracks.album_id)
    WHERE album_id IS NOT NULL
"""
ALBUM_PLACES = """
    UPDATE tracks SET album_place =
        10000 * CASE WHEN disc IS NULL THEN 1 WHEN disc > 9999 THEN 9999 WHEN disc < 0 THEN 0 ELSE disc END
        + CASE WHEN track IS NULL OR track < 0 THEN 0 WHEN track > 9999 THEN 9999 ELSE track END
"""
WORDS = {
    "sqlite": {"tab": "char(9)", "end": "lower(substr(hex(id), 21))"},
    "postgresql": {"tab": "chr(9)", "end": "right(id::text, 12)"},
}


def upgrade() -> None:
    op.add_column("tracks", sa.Column("artist_key", SortText, nullable=False, server_default=""))
    op.add_column("tracks", sa.Column("album_sort", SortText, nullable=False, server_default=""))
    op.add_column("tracks", sa.Column("album_place", sa.Integer(), nullable=False, server_default="0"))
    op.execute(ARTIST_KEYS)
    op.execute(ALBUM_SORTS.format(**WORDS[op.get_bind().dialect.name]))
    op.execute(ALBUM_PLACES)
    for name, columns in TRACK_INDEXES.items():
        op.create_index(name, "tracks", list(columns), sqlite_where=PRESENT, postgresql_where=PRESENT)
    gone = sa.text("missing_since IS NOT NULL AND deleted_at IS NULL")
    op.create_index(
        "ix_tracks_missing", "tracks", ["sort_key", "id"], sqlite_where=gone, postgresql_where=gone
    )
    op.create_index(
        "ix_track_files_format", "track_files", ["library_id", "suffix", "size"],
        sqlite_where=PRESENT, postgresql_where=PRESENT,
    )  # fmt: skip
    for column in ("updated_at", "duration_ms"):
        name = f"ix_albums_{column.partition('_')[0]}"
        op.create_index(name, "albums", [column, "id"], sqlite_where=PRESENT, postgresql_where=PRESENT)
    for column in ("created_at", "updated_at", "rnd"):
        op.create_index(f"ix_artists_{column.partition('_')[0]}", "artists", [column, "id"])
    for name, column in USER_INDEXES.items():
        op.drop_index(name, table_name="user_items")
        op.create_index(name, "user_items", ["user_id", "item_kind", column, "item_id"])
    for table in ("refresh_tokens", "app_passwords"):
        op.add_column(table, sa.Column("device_id", Id(), nullable=True))
        op.create_index(f"ix_{table}_device_id", table, ["device_id"])
