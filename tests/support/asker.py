"""A process that has a library enriched and gets no further than the second album: `python -m
tests.support.asker FOLDER URL`. To be killed; it makes the file `stuck` in the folder when it is there."""

import asyncio
import sys
from pathlib import Path

from mcma.services.callers import SYSTEM
from mcma.services.enriching.requesting import Selection
from mcma.wiring import opened
from mcma_plugins.enrichers import KnownAlbum, KnownArtist, KnownTrack
from tests.support.oracle import Oracle, oracles_installed, release
from tests.support.server import settings_for


async def main(folder: Path, url: str) -> None:
    oracle = Oracle()
    oracle.says = {"First": release("r1", date="1999-05-05"), "Second": release("r2", date="2010-02-02")}

    async def stick(known: KnownAlbum | KnownTrack | KnownArtist) -> None:
        albums = [one for one in oracle.asked if isinstance(one, KnownAlbum)]
        if isinstance(known, KnownAlbum) and len(albums) == 2:
            (folder / "stuck").touch()
            await asyncio.Event().wait()

    oracle.before = stick
    with oracles_installed(folder, oracle):
        async with opened(settings_for(folder, url, enrich="on_request")) as core:
            await core.services.enrichment.ask(SYSTEM, Selection(everything=True))
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
