"""An upload, and the job that reads it, that died anywhere: one result, nothing half done."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from mcma.services.callers import SYSTEM
from mcma.services.indexing.readers import TagReaders
from mcma.services.intake import staging
from mcma.services.intake.ingest import Ingest
from mcma.services.intake.sweeping import sweep
from mcma.services.intake.uploads import Uploaded, Uploads
from mcma.services.jobs import Jobs
from mcma.services.libraries.managed import ManagedLibraries
from mcma.store.engine import Database, sqlite_url
from mcma.store.tables.catalogue import libraries, tracks
from mcma.store.tables.machinery import jobs as job_rows
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma_plugins.errors import PermanentError
from mcma_plugins.ids import TrackId
from tests.support.audio import make_audio
from tests.support.catalogue_truth import check
from tests.support.dying import Died, living
from tests.support.importing import NewJob
from tests.support.scanning import InThread, Music

pytestmark = pytest.mark.anyio
DEATHS = 1000 if os.environ.get("MCMA_SOAK") else 9
TAGS: dict[str, Any] = {"title": "Up", "artist": "Uma", "album": "Loaded", "tracknumber": 1}


class Threads(TagReaders):
    """Readers that start at once."""

    async def read(self, files: Any) -> Any:
        return await InThread().read(files)


class Sent:
    length = None

    def __init__(self, content: bytes) -> None:
        self.name, self._content = "my song.mp3", content

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self._content


class House:
    """A data folder with what receives uploads; `again` is the same one for another process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(sqlite_url(folder / "mcma.db"))
        self.managed = ManagedLibraries(self.database, folder / "music")
        jobs = Jobs(self.database, EmbeddedDoorbell())
        self.ingest = Ingest(self.database, jobs, self.managed, lambda hook, event: None, lambda: Threads(1))
        self.uploads = Uploads(self.database, self.managed, self.ingest)
        self.music = Music(self.database, folder / "music" / "Imported")

    async def again(self) -> "House":
        await self.database.close()
        return House(self.folder)

    async def upload(self, content: bytes) -> Uploaded:
        return await self.uploads.receive(SYSTEM, Sent(content))

    async def run(self, uploaded: Uploaded) -> str:
        """The job, as its runner runs it: what it says, or the error."""
        [row] = await self.music.rows(job_rows, job_rows.c.id == uploaded.job_id)
        [kind, _] = self.ingest.job_kinds()
        try:
            result = await kind.handler(_Job(row.payload))
        except PermanentError as error:
            return str(error)
        return str(result and result["result"])

    async def told(self) -> dict[str, Any]:
        self.music.id = (await self.managed.place()).id
        rows = await self.music.rows(tracks)
        found = {row.id: row.title for row in rows if row.deleted_at is None}
        [library] = await self.music.rows(libraries)
        return {
            "tracks": sorted((row.title, row.artist) for row in rows if row.deleted_at is None),
            "led": sorted(found[row.replaced_by] for row in rows if row.replaced_by is not None),
            "files": sorted(row.path_display for row in await self.music.files()),
            "disk": self.places(), "songs": library.song_count,
        }  # fmt: skip

    def places(self) -> list[str]:
        root = self.music.root
        found = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
        return [path for path in found if path not in ("README.txt", ".mcma-staging/.nomedia")]


class _Job(NewJob):
    def __init__(self, payload: dict[str, Any]) -> None:
        super().__init__()
        self.payload = MappingProxyType(payload)


def contents(folder: Path, case: str) -> tuple[bytes, bytes]:
    """What was uploaded before, and what is uploaded now."""
    first = make_audio(folder / "1.mp3", freq=900, tags=TAGS).read_bytes()
    if case == "duplicate":
        return first, make_audio(folder / "2.mp3", freq=900, tags={**TAGS, "title": "New"}).read_bytes()
    if case == "joined":
        return first, make_audio(folder / "2.flac", fmt="flac", freq=900, tags=TAGS).read_bytes()
    if case == "refused":
        return first, make_audio(folder / "2.flac", fmt="flac", freq=950).read_bytes()[:60]
    return first, make_audio(folder / "2.mp3", freq=950, tags={**TAGS, "title": "Two"}).read_bytes()


async def prepared(folder: Path, template: Path, content: bytes) -> House:
    folder.mkdir()
    shutil.copy(template, folder / "mcma.db")
    house = House(folder)
    assert await house.run(await house.upload(content)) == "ingested"
    return house


@pytest.mark.parametrize("case", ["ingested", "duplicate", "joined", "refused"])
async def test_a_job_that_died_at_any_step(tmp_path: Path, sqlite_template: Path, case: str) -> None:
    first, second = contents(tmp_path, case)
    house = await prepared(tmp_path / "whole", sqlite_template, first)
    uploaded = await house.upload(second)
    with living(house.database) as life:
        said = await house.run(uploaded)
    assert said.startswith("This is no music" if case == "refused" else case)
    expected = await house.told()
    await house.database.close()
    for at in range(1, life.steps + 1, max(1, life.steps // DEATHS)):
        house = await prepared(tmp_path / f"dies at {at}", sqlite_template, first)
        uploaded = await house.upload(second)
        with living(house.database, at), pytest.raises(Died):
            await house.run(uploaded)
        house = await house.again()
        again = await house.run(uploaded)
        assert again.startswith("This is no music") == (case == "refused"), at
        assert await house.told() == expected, at
        await check(house.database)
        await house.database.close()


async def test_an_upload_that_died_at_any_step(tmp_path: Path, sqlite_template: Path) -> None:
    """Nobody was told that it is there: it is there whole, with its job, or not at all."""
    first, second = contents(tmp_path, "ingested")
    house = await prepared(tmp_path / "whole", sqlite_template, first)
    before = await house.told()
    with living(house.database) as life:
        uploaded = await house.upload(second)
    assert await house.run(uploaded) == "ingested"
    after = await house.told()
    await house.database.close()
    seen = set()
    for at in range(1, life.steps + 1, max(1, life.steps // (2 * DEATHS))):
        house = await prepared(tmp_path / f"dies at {at}", sqlite_template, first)
        with living(house.database, at), pytest.raises(Died):
            await house.upload(second)
        house = await house.again()
        waiting = await house.music.rows(job_rows, job_rows.c.payload.is_not(None))
        for row in waiting[1:]:
            uploaded = Uploaded(TrackId(UUID(row.payload["track_id"])), row.id)
            assert await house.run(uploaded) == "ingested"
        await _swept(house)
        seen.add(len(waiting))
        assert await house.told() == (after if len(waiting) > 1 else before), at
        await check(house.database)
        await house.database.close()
    assert 1 in seen


async def _swept(house: House) -> None:
    """A day later."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging, "LEFTOVER_SECONDS", -1)
        await sweep(house.database, await house.managed.place())


async def test_a_sweep_leaves_alone_what_waits_and_what_is_young(
    tmp_path: Path, sqlite_template: Path
) -> None:
    first, second = contents(tmp_path, "ingested")
    house = await prepared(tmp_path / "house", sqlite_template, first)
    uploaded = await house.upload(second)
    young = house.music.root / ".mcma-staging" / UUID(int=1).hex
    young.mkdir()
    (young / "arriving").write_bytes(b"half")
    await sweep(house.database, await house.managed.place())
    assert (young / "arriving").exists()
    await _swept(house)
    assert not young.exists()
    assert await house.run(uploaded) == "ingested", "what waits for its job is no leftover"
    await house.database.close()
