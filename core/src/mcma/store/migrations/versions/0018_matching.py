"""Candidates for what is claimed, decisions about them, and what is never taken again."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

from mcma.store.types import Id, Json

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("claims", sa.Column("looked_at", UTCDateTime(), nullable=True))
    op.create_index(
        "ix_claims_waiting", "claims", ["looked_at"],
        sqlite_where=sa.text("track_id IS NULL"), postgresql_where=sa.text("track_id IS NULL"),
    )  # fmt: skip
    _candidates()
    _decisions()
    _blocks()
    _reviews()


def _candidates() -> None:
    op.create_table(
        "match_candidates",
        sa.Column("id", Id(), nullable=False),
        sa.Column("claim_id", Id(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("track_id", Id(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("said", Json, nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("reasons", Json, nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("links", Json, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("claim_id", "thing"),
    )
    op.create_index("ix_match_candidates_track_id", "match_candidates", ["track_id"], unique=False)


def _decisions() -> None:
    op.create_table(
        "match_decisions",
        sa.Column("id", Id(), nullable=False),
        sa.Column("claim_id", Id(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("track_id", Id(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("before", Json, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by", Id(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_match_decisions_claim", "match_decisions", ["claim_id", "id"], unique=False)


def _blocks() -> None:
    op.create_table(
        "match_blocks",
        sa.Column("id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("claim_id", Id(), nullable=True),
        sa.Column("track_id", Id(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_by", Id(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("user_id", "claim_id", "track_id"):
        op.create_index(f"ix_match_blocks_{name}", "match_blocks", [name], unique=False)
    op.create_index("ix_match_blocks_source", "match_blocks", ["source", "source_id"], unique=False)


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("claim_id", Id(), nullable=False),
        sa.Column("user_id", Id(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("track_id", Id(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("claim_id"),
    )
    op.create_index("ix_reviews_user", "reviews", ["user_id", "created_at", "claim_id"], unique=False)
    op.create_index("ix_reviews_track_id", "reviews", ["track_id"], unique=False)
