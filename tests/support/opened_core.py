"""A start of the core, in a process of its own: `python -m tests.support.opened_core FOLDER URL`.

Prints as JSON what the plugins have become, and what is left of the tables of one.
"""

import asyncio
import json
import sys
from pathlib import Path

import sqlalchemy as sa

from mcma.settings import load_settings
from mcma.wiring import opened


async def main(folder: str, url: str) -> None:
    settings = load_settings(data_dir=Path(folder), database_url=url)
    async with opened(settings, running_jobs=False) as core:
        async with core.database.read() as connection:
            names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
            notes = None
            if "plugin_notes_note" in names:
                query = sa.text("SELECT words FROM plugin_notes_note ORDER BY words")
                notes = list((await connection.scalars(query)).all())
            query = sa.text("SELECT op FROM changes WHERE kind = 'plugin_notes_note' ORDER BY seq")
            told = list((await connection.scalars(query)).all())
            version = await connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        states = {record.name: [record.state.value, record.reason] for record in core.host.records()}
        found = {"states": states, "notes": notes, "core": version, "told": told}
        sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
