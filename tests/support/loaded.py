"""What a command of `mcma` loads, loaded: the first import of a process that forks. See `forked.py`."""

import gc
import sys
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from mcma.services.renditions import workshop
from mcma.wiring import jobs

MODULES = (
    "aiosqlite", "alembic.command", "asyncpg", "httptools", "mcma.api.app", "mcma.api.schemas",
    "mcma.cli.app", "mcma.control.client", "mcma.control.operations", "mcma.serving.processes",
    "mcma.media.tags", "mcma.serving.server", "mcma.serving.worker", "mcma.store.migrate", "mcma.wiring",
    "sqlalchemy.dialects.postgresql.asyncpg", "sqlalchemy.dialects.sqlite.aiosqlite", "taskiq_redis",
    "uvicorn.protocols.http.httptools_impl",
)  # fmt: skip
ROOT = str(Path(__file__).parents[2])
PATH = tuple(place for place in sys.path if place not in ("", ROOT))
"""Where a fresh interpreter looks, after the folder that it is started in."""
LOOK, GRACE = 0.5, 2.0
"""Seconds between two looks at the queue, where nobody rings, and until a rendition that nobody listens to is
given up. Of people's servers they are five and eight."""

for name in MODULES:
    import_module(name)
for one in entry_points(group="mcma.plugins"):
    one.load()
jobs.POLL = LOOK
workshop.GRACE = GRACE
gc.freeze()
