"""The forms of a file by their names, to keep: whole, with a validator that never names other bytes."""

from typing import Final
from uuid import UUID

from mcma.domain import profiles
from mcma.domain.errors import NotFound, Unavailable
from mcma.domain.profiles import Reason
from mcma.services.callers import require_right
from mcma.services.catalogue.files import FileReplaced, Files, successor
from mcma.services.renditions.service import Renditions
from mcma.services.renditions.sources import sound_of
from mcma.store.engine import Database
from mcma.store.queries import renditions as rows
from mcma.store.queries.renditions import SourceRow
from mcma_plugins.streams import Served, StreamWish
from mcma_plugins.values import Caller, Right

ORIGINAL: Final = "original"


class FileRenditions:
    def __init__(self, database: Database, files: Files, renditions: Renditions) -> None:
        self._database, self._files, self._renditions = database, files, renditions

    async def get(self, caller: Caller, file_id: UUID, profile: str, *, start: bool = True) -> Served:
        """The file as it is where that is what the profile comes to. `RenditionPending` until one is made,
        which `start` begins; `Unsupported` where it cannot be; `FileReplaced`; `NotFound`, also for a profile
        that is not there; `Unavailable` when the volume of the file is gone."""
        require_right(caller, Right.DOWNLOAD)
        if profile == ORIGINAL:
            return await self._original(caller, file_id, Reason.ASKED)
        if profile not in profiles.PROFILES:
            raise NotFound("There is no such profile.", hint="GET /api/v1/profiles")
        source = await self._source(caller, file_id)
        target = profiles.choose(sound_of(source), StreamWish(profile))
        if isinstance(target, Reason):
            return await self._original(caller, file_id, target)
        made = await self._renditions.whole(caller, source, target, start=start)
        return Served(made, f"rendition; profile={target.key}; state=cached")

    async def _original(self, caller: Caller, file_id: UUID, reason: Reason) -> Served:
        return Served(await self._files.content(caller, file_id), f"original; reason={reason}")

    async def _source(self, caller: Caller, file_id: UUID) -> SourceRow:
        async with self._database.read() as connection:
            found = await rows.file_of(connection, caller, file_id)
            if found is None:
                raise NotFound("There is no such file.")
            if found.deleted_at is not None:
                raise FileReplaced(await successor(connection, caller, found.replaced_by))
        if found.source.root is None or found.source.missing_since is not None:
            raise Unavailable("This file is missing.", code="file_missing", retry_after=60)
        return found.source
