"""Keeps a note for every start: a table with a foreign key to core, migrated by the plugin itself."""

from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from mcma_plugins import Plugin, PluginContext, PluginSettings
from mcma_plugins.database import plugin_metadata

notes = sa.Table(
    "plugin_notes_note",
    plugin_metadata(),
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("track_id", sa.Uuid(), sa.ForeignKey("tracks.id", ondelete="CASCADE"), nullable=True),
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
