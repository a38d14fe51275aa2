"""Similar tracks and radio: a few tracks of a genre from anywhere, what is played together, radios. How
libraries are watched."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

from mcma.store.types import Id, Json

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("libraries", sa.Column("watch_state", sa.String(), nullable=True))
    op.add_column("libraries", sa.Column("watch_reason", sa.String(), nullable=True))
    op.add_column("track_genres", sa.Column("rnd", sa.Float(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE track_genres SET rnd = (SELECT tracks.rnd FROM tracks WHERE tracks.id = track_genres.track_id)"
    )
    op.create_index("ix_track_genres_rnd", "track_genres", ["genre_id", "rnd", "track_id"], unique=False)
    op.create_index("ix_plays_item", "plays", ["track_id", "started_at"], unique=False)
    op.create_index("ix_listens_received", "listens", ["received_at"], unique=False)
    op.create_table(
        "co_plays",
        sa.Column("track_id", Id(), nullable=False),
        sa.Column("other_id", Id(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["tracks.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("track_id", "other_id"),
    )
    op.create_index("ix_co_plays_score", "co_plays", ["track_id", "score"], unique=False)
    op.create_index("ix_co_plays_other_id", "co_plays", ["other_id"], unique=False)
    op.create_table(
        "radios",
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("about", Json, nullable=True),
        sa.Column("pool", Json, nullable=True),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_radios_used", "radios", ["user_id", "used_at"], unique=False)
    op.create_table(
        "radio_items",
        sa.Column("radio_id", Id(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("track_id", Id(), nullable=False),
        sa.Column("reasons", Json, nullable=True),
        sa.ForeignKeyConstraint(["radio_id"], ["radios.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("radio_id", "position"),
        sa.UniqueConstraint("radio_id", "track_id", name="uq_radio_items_track"),
    )
