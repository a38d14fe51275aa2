"""Music that people hand in: received into a staging folder, a track at once, read by a job.

The bytes are on the disk before the row says so, and whatever ends an upload early leaves nothing.
"""

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from mcma.domain.errors import Forbidden, InvalidInput, OutOfSpace, TooManyRequests, Unsupported
from mcma.domain.filing import safe_name
from mcma.media.copying import UnfitError
from mcma.media.formats import suffix
from mcma.media.shelf import identity_at
from mcma.media.spool import Spool
from mcma.services.callers import require_right
from mcma.services.indexing.values import LibraryPlace, joined
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.intake import staging
from mcma.services.intake.ingest import Ingest
from mcma.services.intake.pending import Pending, add_pending, same_bytes
from mcma.services.libraries.managed import ManagedLibraries
from mcma.store.access import library_ids, visible_libraries
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma_plugins.ids import JobId, TrackId, UserId
from mcma_plugins.values import Caller, Right

Uploaders = Literal["everyone", "admins", "nobody"]
AT_ONCE = 3
"""Uploads of one person at the same time, in one server process."""
_PIECE = 1024 * 1024
"""Bytes written at once."""


class Body(Protocol):
    """What arrives. `name` is what the file is called, known at the latest when all has arrived."""

    @property
    def name(self) -> str | None: ...
    @property
    def length(self) -> int | None: ...
    def chunks(self) -> AsyncIterator[bytes]: ...


class Uploaded(NamedTuple):
    track_id: TrackId
    job_id: JobId | None
    """None when these bytes were there before."""


class Uploads:
    def __init__(
        self,
        database: Database,
        managed: ManagedLibraries,
        ingest: Ingest,
        *,
        allowed: Uploaders = "everyone",
        largest: int = 2**31,
    ) -> None:
        self._database, self._managed, self._ingest = database, managed, ingest
        self._allowed, self._largest = allowed, largest
        self._running: Counter[UserId] = Counter()

    async def receive(self, caller: Caller, body: Body) -> Uploaded:
        """Into the managed library. The same bytes again are the track they already are.

        Raises `Forbidden`, `TooManyRequests`, `TooLarge`, `Unsupported` as soon as the beginning shows that
        this is no music, `InvalidInput` for nothing at all, `OutOfSpace`; then nothing is kept.
        """
        self._check(caller)
        with self._turn(caller):
            library = await self._managed.place()
            async with self._database.read() as connection:
                if library.id not in await visible_libraries(connection, caller):
                    raise Forbidden("You have no access to the library that uploads go to.")
            owner = new_id()
            try:
                pending = await self._spooled(library, owner, body)
                uploaded = await self._add(caller, library, owner, pending)
            except BaseException:
                await asyncio.shield(asyncio.to_thread(staging.remove, library.root, _folder(owner)))
                raise
        if uploaded.job_id is None:
            await asyncio.to_thread(staging.remove, library.root, _folder(owner))
        return uploaded

    def _check(self, caller: Caller) -> None:
        if self._allowed == "nobody" or (self._allowed == "admins" and not caller.is_admin):
            raise Forbidden("Uploads are not allowed here.", hint="MCMA_UPLOADS")
        require_right(caller, Right.UPLOAD)

    @contextmanager
    def _turn(self, caller: Caller) -> Iterator[None]:
        if self._running[caller.user_id] >= AT_ONCE:
            raise TooManyRequests(f"{AT_ONCE} uploads of yours are running already.", retry_after=5)
        self._running[caller.user_id] += 1
        try:
            yield
        finally:
            self._running[caller.user_id] -= 1

    async def _spooled(self, library: LibraryPlace, owner: UUID, body: Body) -> Pending:
        try:
            return await self._received(library, owner, body)
        except UnfitError as unfit:
            raise Unsupported(f"This is no music that mcma can take: {unfit.message}.") from None
        except OSError as error:
            if error.errno in (ENOSPC, EDQUOT):
                raise OutOfSpace("The disk that holds music is full.") from error
            raise

    async def _received(self, library: LibraryPlace, owner: UUID, body: Body) -> Pending:
        folder = library.root + b"/" + _folder(owner)
        await asyncio.to_thread(_make_room, library.root, folder, body.length or 0)
        arriving = folder + b"/arriving"
        spool = await asyncio.to_thread(Spool, arriving, self._largest)
        try:
            async for piece in _pieces(body):
                await asyncio.to_thread(spool.write, piece)
            if not spool.size:
                raise InvalidInput("There is nothing in it.")
            sha256 = await asyncio.to_thread(spool.finish)
        finally:
            spool.close()
        title = _title(body.name)
        name = f"{safe_name(title)}.{suffix(spool.container, '')}".encode()
        await asyncio.to_thread(_settle, arriving, folder + b"/" + name)
        identity = identity_at(folder + b"/" + name)
        assert identity is not None
        return Pending(joined(_folder(owner), name), title, spool.container, sha256, identity)

    async def _add(self, caller: Caller, library: LibraryPlace, owner: UUID, pending: Pending) -> Uploaded:
        async with self._database.write(bulk=True) as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            known = await same_bytes(connection, pending.sha256, library_ids(caller))
            if known is not None:
                return Uploaded(TrackId(known), None)
            writer = CatalogueWriter(library)
            track_id, file_id = await add_pending(connection, writer, pending, utcnow())
            job_id = await self._ingest.enqueue(transaction, caller, library.id, owner, track_id, file_id)
        self._ingest.tell("track_added", library.id, track_id)
        return Uploaded(TrackId(track_id), job_id)


def _folder(owner: UUID) -> bytes:
    return staging.staged_folder(owner)


def _make_room(root: bytes, folder: bytes, length: int) -> None:
    os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - bytes
    if shutil.disk_usage(root).free < length:
        raise OutOfSpace("The disk that holds music has no room for this.")


async def _pieces(body: Body) -> AsyncIterator[bytes]:
    """Chunks as they come from a connection are small: gathered, so that few of them go to a thread."""
    gathered = bytearray()
    async for chunk in body.chunks():
        gathered += chunk
        if len(gathered) >= _PIECE:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def _settle(arriving: bytes, final: bytes) -> None:
    """Under its name, on the disk."""
    os.rename(arriving, final)  # noqa: PTH104 - bytes
    folder = final.rpartition(b"/")[0]
    for path in (folder, folder.rpartition(b"/")[0]):
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _title(name: str | None) -> str:
    """What the file is called, without folders and ending; browsers of old send whole paths."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    return safe_name(stem) if stem.strip() else "Upload"
