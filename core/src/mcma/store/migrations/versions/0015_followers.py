"""Rows of deleted playlists are gone for those whose they were, as for those they were shared with.

Earlier triggers left them in the feed, and with them in every snapshot.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ROWS = (
    "FROM changes JOIN playlist_items ON playlist_items.id = changes.item_id "
    "JOIN playlists ON playlists.id = playlist_items.playlist_id "
    "WHERE changes.scope = 'me' AND changes.kind = 'playlist_item' AND changes.op = 'put' "
    "AND playlists.deleted_at IS NOT NULL"
)


def upgrade() -> None:
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        bind.exec_driver_sql(f"UPDATE change_clock SET seq = seq + (SELECT count(*) {_ROWS})")  # noqa: S608 (the text above)
        number = "(SELECT seq FROM change_clock) + 1 - row_number() OVER ()"
    else:
        bind.exec_driver_sql("SELECT pg_advisory_xact_lock(727266)")
        number = "nextval('change_seq')"
    bind.exec_driver_sql(
        "INSERT INTO changes (scope, scope_id, kind, item_id, seq, rev, op, reason, replaced_by) "
        f"SELECT changes.scope, changes.scope_id, changes.kind, changes.item_id, {number}, changes.rev + 1, "
        f"'del', 'deleted', NULL {_ROWS} "
        "ON CONFLICT (scope, scope_id, kind, item_id) DO UPDATE SET seq = excluded.seq, rev = excluded.rev, "
        "op = excluded.op, reason = excluded.reason"
    )
