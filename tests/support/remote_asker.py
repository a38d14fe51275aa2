"""A process that takes turns at a service and says when: python -m tests.support.remote_asker URL EVERY COUNT

The clock is that of the machine, the same for all processes.
"""

import asyncio
import sys
import time

from mcma.services.server.plugin_remote import PluginRemote
from mcma.store.engine import Database

SERVICE = "the service"


async def main(url: str, every: float, count: int) -> None:
    database = Database(url)
    remote = PluginRemote(database, "asker")
    for _ in range(count):
        await remote.turn(SERVICE, every)
        sys.stdout.write(f"{time.monotonic()}\n")
        sys.stdout.flush()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
