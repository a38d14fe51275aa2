"""Rows of playlists in the feed of what is shared: those of private playlists go, those of public ones come.

Earlier triggers did not follow a playlist that was made public or private after it was filled. Nobody has read
this feed yet, so it need not tell of what goes.
"""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from mcma.store.types import Id

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_changes = sa.table(
    "changes", sa.column("scope"), sa.column("scope_id", Id()), sa.column("kind"), sa.column("item_id", Id()),
    sa.column("seq"), sa.column("rev"), sa.column("op"),
)  # fmt: skip
_items = sa.table(
    "playlist_items", sa.column("id", Id()), sa.column("playlist_id", Id()), sa.column("rev"),
    sa.column("deleted_at"),
)  # fmt: skip
_playlists = sa.table("playlists", sa.column("id", Id()), sa.column("visibility"), sa.column("deleted_at"))


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    bind = op.get_bind()
    ours = sa.and_(_changes.c.scope == "shared", _changes.c.kind == "playlist_item")
    bind.execute(sa.delete(_changes).where(ours, _changes.c.item_id.not_in(_public(_items.c.id))))
    number: sa.ColumnElement[Any] = sa.literal_column(
        "(SELECT seq FROM change_clock) + row_number() OVER ()" if sqlite else "nextval('change_seq')"
    )
    told = sa.select(_changes.c.item_id).where(ours)
    rows = _public(
        sa.literal("shared"), sa.literal(UUID(int=0), Id()), sa.literal("playlist_item"), _items.c.id, number,
        _items.c.rev, sa.literal("put"),
    ).where(_items.c.id.not_in(told))  # fmt: skip
    names = ["scope", "scope_id", "kind", "item_id", "seq", "rev", "op"]
    bind.execute(sa.insert(_changes).from_select(names, rows))
    if sqlite:
        bind.exec_driver_sql(
            "UPDATE change_clock SET seq = max(seq, (SELECT coalesce(max(seq), 0) FROM changes))"
        )


def _public(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    live = _playlists.c.deleted_at.is_(None), _items.c.deleted_at.is_(None)
    chosen = sa.select(*columns).join_from(_items, _playlists, _playlists.c.id == _items.c.playlist_id)
    return chosen.where(_playlists.c.visibility == "public", *live)
