"""Keeps a note for every start: a table with a foreign key to core, migrated by the plugin itself, that
clients follow."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from mcma_plugins import Plugin, PluginContext, PluginSettings
from mcma_plugins.database import Id, SyncedTable, plugin_metadata, synced_table

notes = sa.Table(
    "plugin_notes_note",
    plugin_metadata(),
    sa.Column("id", Id(), primary_key=True),
    sa.Column("track_id", Id(), sa.ForeignKey("tracks.id", ondelete="CASCADE"), nullable=True),
    sa.Column("words", sa.Text(), nullable=False),
)


class NotesPlugin(Plugin[PluginSettings]):
    name = "notes"
    summary = "Writes one note at every start."

    async def start(self, context: PluginContext) -> None:
        assert context.database is not None
        async with context.database.write() as transaction:
            await transaction.connection.execute(
                sa.insert(notes).values(id=uuid4(), track_id=None, words="started")
            )

    def migrations(self) -> Path:
        return Path(__file__).parent / "migrations"

    def synced_tables(self) -> Sequence[SyncedTable]:
        return [synced_table(notes, "shared", columns=["track_id", "words"])]
