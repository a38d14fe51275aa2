"""An import that died anywhere, and the next one, end where an undisturbed one ends."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from mcma.domain.errors import OutOfSpace
from mcma.media import copying
from mcma.services.indexing.values import LibraryPlace
from mcma.services.intake import staging
from mcma.services.intake.sweeping import sweep
from mcma.store.engine import Database, sqlite_url
from mcma.store.tables.catalogue import libraries, source_refs
from mcma_plugins.jobs import JobCancelled, JobContext
from tests.support._library_sound import cover_of
from tests.support.catalogue_truth import check
from tests.support.dying import Died, living
from tests.support.importing import Inbox, NewJob

pytestmark = pytest.mark.anyio
DEATHS = 1000 if os.environ.get("MCMA_SOAK") else 14


async def prepared(folder: Path, template: Path) -> Inbox:
    """A folder that was imported, and has changed since in every way."""
    folder.mkdir()
    shutil.copy(template, folder / "mcma.db")
    inbox = await Inbox(Database(sqlite_url(folder / "mcma.db")), folder).create()
    source = inbox.source
    source.album("a", "One Two", artist="Anna", album="First")
    source.put("b/3.mp3", title="Three", artist="Berta", album="Second", tracknumber=3)
    await inbox.run()
    source.retag("a/01 One.mp3", title="Uno")
    source.put("b/3.mp3", title="Three", artist="Berta", album="Second", tracknumber=3, seconds=0.8)
    source.album("c", "Four Five Six", artist="Clara", album="Third")
    (source.root / "c/cover.jpg").write_bytes(cover_of(1))
    shutil.copy(source.root / "c/01 Four.mp3", source.root / "c/copy.mp3")
    (source.root / "c/bad.mp3").write_text("bad")
    return inbox


async def told(inbox: Inbox) -> dict[str, Any]:
    kept = inbox.kept
    files = {row.id: row.path_display for row in await kept.files()}
    refs = await kept.rows(source_refs, source_refs.c.instance == str(inbox.folder_id))
    [library] = await kept.rows(libraries)
    return {
        "tracks": sorted((row.title, row.artist, row.duration_ms) for row in (await kept.tracks()).values()),
        "albums": sorted((row.title, row.song_count) for row in (await kept.albums()).values()),
        "files": sorted(files.values()), "disk": inbox.places(), "results": await inbox.results(),
        "refs": sorted((row.display, files[row.file_id]) for row in refs), "songs": library.song_count,
    }  # fmt: skip


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcma.services.intake.importing.BATCH_FILES", 3)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("again", ["the same job", "a sweep and another job", "a scan and another job"])
async def test_an_import_that_died_at_any_step(tmp_path: Path, sqlite_template: Path, again: str) -> None:
    inbox = await prepared(tmp_path / "whole", sqlite_template)
    with living(inbox.database) as life:
        await inbox.run()
    expected = await told(inbox)
    await inbox.database.close()
    for at in range(1, life.steps + 1, max(1, life.steps // DEATHS)):
        inbox = await prepared(tmp_path / f"dies at {at}", sqlite_template)
        job = NewJob()
        with living(inbox.database, at), pytest.raises(Died):
            await inbox.run(job=job)
        await inbox.database.close()
        await _finished(inbox, job, again)
        assert await told(inbox) == expected, at
        await check(inbox.database)
        await inbox.is_tidy()
        await inbox.database.close()


async def _finished(inbox: Inbox, job: JobContext, again: str) -> None:
    """By another process."""
    inbox.database = inbox.kept.database = inbox.source.database = Database(inbox.database.url)
    if again == "the same job":
        await (await inbox.work(job=job)).run(interrupted=True)
        return
    place = LibraryPlace(inbox.kept.id, os.fsencode(inbox.kept.root), "local")
    if again.startswith("a scan"):
        await inbox.kept.scan()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging, "LEFTOVER_SECONDS", -1)
        await sweep(inbox.database, place)
    await (await inbox.work()).run(interrupted=True)


class Cancelling(NewJob):
    def __init__(self, at: int) -> None:
        super().__init__()
        self.left = at

    async def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        self.left -= 1
        if self.left == 0:
            raise JobCancelled


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("at", [1, 2, 3, 4])
async def test_a_cancelled_import_is_whole_as_far_as_it_came(inbox: Inbox, at: int) -> None:
    for name in "abcd":
        inbox.source.album(name, "One Two", artist=name, album=name)
    with pytest.raises(JobCancelled):
        await inbox.run(job=Cancelling(at))
    await check(inbox.database)
    await inbox.is_tidy()
    await inbox.run()
    assert len(inbox.places()) == 8


async def test_a_full_disk_ends_the_run_and_leaves_nothing_half_done(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        inbox.source.album(name, "One Two", artist=name, album=name)
    real, left = copying.take_over, [4]

    def until_full(source: bytes, target: bytes, *, link: bool = False) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        real(source, target, link=link)

    monkeypatch.setattr("mcma.services.intake.copies.take_over", until_full)
    with pytest.raises(OutOfSpace):
        await inbox.run()
    assert inbox.places() == []
    await inbox.is_tidy()
    monkeypatch.setattr("mcma.services.intake.copies.take_over", real)
    assert (await inbox.run()).imported == 6
