"""What is got from outside, by whom it may be, and what has become of it."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

from mcma.store.types import Big, Id, Json

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("may_fetch", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("users", sa.Column("downloads_per_day", sa.Integer(), nullable=True))
    _downloads()
    _requests()


def _downloads() -> None:
    op.create_table(
        "downloads",
        sa.Column("id", Id(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("waiting_for", sa.String(), nullable=True),
        sa.Column("retry_at", UTCDateTime(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("job_id", Id(), nullable=True),
        sa.Column("track_id", Id(), nullable=True),
        sa.Column("item", Json, nullable=True),
        sa.Column("arriving", Json, nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("size", Big, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "kind", "source_id", name="uq_downloads_thing"),
    )
    op.create_index("ix_downloads_state", "downloads", ["state", "source", "retry_at"], unique=False)
    op.create_index("ix_downloads_track_id", "downloads", ["track_id"], unique=False)
    op.create_table(
        "download_parts",
        sa.Column("parent_id", Id(), nullable=False),
        sa.Column("download_id", Id(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["downloads.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["download_id"], ["downloads.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("parent_id", "download_id"),
    )
    op.create_index("ix_download_parts_download_id", "download_parts", ["download_id"], unique=False)
    op.create_index("ix_download_parts_user", "download_parts", ["user_id", "created_at"], unique=False)


def _requests() -> None:
    table = "download_requests"
    for column in (
        sa.Column("kind", sa.String(), nullable=False, server_default="track"),
        sa.Column("waiting_for", sa.String(), nullable=True),
        sa.Column("retry_at", UTCDateTime(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False, server_default="50"),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("look_at", UTCDateTime(), nullable=True),
        sa.Column("download_id", Id(), nullable=True),
        sa.Column("approved_by", Id(), nullable=True),
    ):
        op.add_column(table, column)
    op.create_index("ix_download_requests_download_id", table, ["download_id"], unique=False)
    op.create_index("ix_download_requests_look", table, ["look_at", "priority"], unique=False)
    op.drop_index("uq_download_requests_thing", table)
    live = sa.text("deleted_at IS NULL")
    op.create_index(
        "uq_download_requests_thing", table, ["source", "kind", "source_id", "user_id"], unique=True,
        sqlite_where=live, postgresql_where=live,
    )  # fmt: skip
    waits = sa.table(table, sa.column("state"), sa.column("waiting_for"), sa.column("look_at"),
                     sa.column("created_at"))  # fmt: skip
    op.execute(
        sa.update(waits)
        .where(waits.c.state == "requested")
        .values(waiting_for="source", look_at=waits.c.created_at)
    )
