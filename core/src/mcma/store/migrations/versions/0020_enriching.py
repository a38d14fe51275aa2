"""What enrichers answered and what was decided of it; what plugins share of services outside."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import UTCDateTime

from mcma.store.types import Id, Json

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

DUE = sa.text("due_at IS NOT NULL")
GOT = sa.text("artwork_id IS NOT NULL")
WANTED = sa.text("picture_state = 'wanted'")


def upgrade() -> None:
    op.add_column("field_values", sa.Column("candidate_id", Id(), nullable=True))
    op.add_column("lyrics", sa.Column("candidate_id", Id(), nullable=True))
    _states()
    _runs()
    _candidates()
    _remote()


def _states() -> None:
    op.create_table(
        "enrichment_states",
        sa.Column("item_id", Id(), nullable=False),
        sa.Column("enricher", sa.String(), nullable=False),
        sa.Column("item_kind", sa.String(), nullable=False),
        sa.Column("library_id", Id(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("asked_of", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", UTCDateTime(), nullable=True),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("run_id", Id(), nullable=True),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", "enricher"),
    )
    op.create_index("ix_enrichment_states_library_id", "enrichment_states", ["library_id"], unique=False)
    op.create_index(
        "ix_enrichment_states_due", "enrichment_states", ["enricher", "due_at"], sqlite_where=DUE,
        postgresql_where=DUE,
    )  # fmt: skip
    op.create_index(
        "ix_enrichment_states_state", "enrichment_states", ["enricher", "state", "code"], unique=False
    )


def _runs() -> None:
    op.create_table(
        "enrichment_runs",
        sa.Column("id", Id(), nullable=False),
        sa.Column("item_id", Id(), nullable=False),
        sa.Column("item_kind", sa.String(), nullable=False),
        sa.Column("enricher", sa.String(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("asked_by", Id(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("candidate_id", Id(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("user_id", Id(), nullable=True),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("before", Json, nullable=True),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by", Id(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_enrichment_runs_item", "enrichment_runs", ["item_id", "enricher", "id"], unique=False)
    op.create_index("ix_enrichment_runs_outcome", "enrichment_runs", ["outcome", "id"], unique=False)


def _candidates() -> None:
    op.create_table(
        "enrichment_candidates",
        sa.Column("id", Id(), nullable=False),
        sa.Column("run_id", Id(), nullable=False),
        sa.Column("item_id", Id(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("said_score", sa.Float(), nullable=False),
        sa.Column("reasons", Json, nullable=True),
        sa.Column("fields", Json, nullable=True),
        sa.Column("tracks", Json, nullable=True),
        sa.Column("artists", Json, nullable=True),
        sa.Column("picture", sa.String(), nullable=True),
        sa.Column("picture_state", sa.String(), nullable=True),
        sa.Column("picture_reason", sa.String(), nullable=True),
        sa.Column("artwork_id", Id(), nullable=True),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("refused_at", UTCDateTime(), nullable=True),
        sa.Column("refused_by", Id(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["enrichment_runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run_id", "ref"),
    )
    op.create_index(
        "ix_enrichment_candidates_item", "enrichment_candidates", ["item_id", "ref"], unique=False
    )
    op.create_index(
        "ix_enrichment_candidates_artwork", "enrichment_candidates", ["artwork_id"], unique=False,
        sqlite_where=GOT, postgresql_where=GOT,
    )  # fmt: skip
    op.create_index(
        "ix_enrichment_candidates_wanted", "enrichment_candidates", ["id"], unique=False,
        sqlite_where=WANTED, postgresql_where=WANTED,
    )  # fmt: skip


def _remote() -> None:
    op.create_table(
        "remote_turns",
        sa.Column("plugin", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "service"),
    )
    op.create_table(
        "remote_answers",
        sa.Column("plugin", sa.String(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "key_hash"),
    )
    op.create_index("ix_remote_answers_expires", "remote_answers", ["expires_at"], unique=False)
