"""When counters are made anew: about once a second while a scan runs, and at its end."""

import time

from mcma.services.indexing import counters
from mcma.services.indexing.values import Touched
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database

SECONDS = 1.0
"""How far counters may lag behind a running scan."""
_SHARE = 20
"""Counting takes at most about a twentieth of the time."""


class Recounting:
    def __init__(self, database: Database, touched: Touched) -> None:
        self._database = database
        self._touched = touched
        self.seen = Touched()
        """All that was touched in this scan."""
        self._due = time.monotonic() + SECONDS

    async def run_if_due(self) -> None:
        began = time.monotonic()
        if began >= self._due:
            await self.run()
            took = time.monotonic() - began
            self._due = time.monotonic() + max(SECONDS, took * _SHARE)

    async def run(self) -> None:
        touched = self._touched.take()
        if not touched:
            return
        self.seen.add(touched)
        try:
            for recount in counters.recounts(touched):
                async with self._database.write(bulk=True) as transaction:
                    await lock_catalogue(transaction.connection)
                    await recount(transaction.connection)
            for library in sorted(touched.libraries):
                async with self._database.write(bulk=True) as transaction:
                    await counters.recount_library(transaction.connection, library, utcnow())
        except BaseException:
            self._touched.add(touched)
            raise
