"""What is playing: by player instead of by client, with a timeline."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

from mcma.store.types import Id

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEPT = """
    INSERT INTO now_playing (user_id, player, client, track_id, started_at, updated_at, state, position_ms)
    SELECT user_id, substr(client, 1, 100), client, track_id, started_at, updated_at, state, position_ms
    FROM now_playing_before WHERE true ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    op.rename_table("now_playing", "now_playing_before")
    op.create_table(
        "now_playing",
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("player", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("track_id", Id(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("position_ms", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False, server_default="1"),
        sa.Column("heard_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("counting", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "player"),
    )
    op.execute(KEPT)
    op.drop_table("now_playing_before")
