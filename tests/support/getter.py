"""A server without the web, to be killed: `python -m tests.support.getter DATA URL`."""

import asyncio
import sys
from pathlib import Path

from mcma.wiring import opened
from tests.support.server import settings_for


async def main(folder: Path, url: str) -> None:
    async with opened(settings_for(folder, url, download_reserve_gb=0)):
        sys.stdout.write("running\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
