"""A run that died anywhere, and the next one, end where an undisturbed one ends; full and read-only disks."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mcma.domain.facts import FileProblem, ProblemReason
from mcma.services.callers import SYSTEM
from mcma.services.indexing.writer import CatalogueWriter
from mcma.services.intake import staging
from mcma.services.tagwriting import settling
from mcma.services.tagwriting import staging as copies
from mcma.services.tagwriting.running import LibraryRun
from mcma.services.tagwriting.settling import recover
from mcma.services.tagwriting.values import Written
from mcma.store.engine import Database, sqlite_url
from mcma.store.tables.machinery import jobs as job_rows
from mcma_plugins.errors import PermanentError
from mcma_plugins.jobs import JobCancelled
from tests.support.catalogue_truth import check
from tests.support.dying import Died, living
from tests.support.small_disk import fill, small_disk
from tests.support.tagwriting import Pen, TagJob, pen_on

pytestmark = pytest.mark.anyio
DEATHS = 1000 if os.environ.get("MCMA_SOAK") else 8


async def prepared(folder: Path, template: Path) -> tuple[Pen, TagJob]:
    """Two files that are to be written to, and the job."""
    folder.mkdir()
    shutil.copy(template, folder / "mcma.db")
    pen = await pen_on(Database(sqlite_url(folder / "mcma.db")), folder)
    pen.inbox.source.album("a", "One Two", artist="Anna", album="First")
    await pen.inbox.run()
    for title, new in (("One", "Uno"), ("Two", "Due")):
        await pen.say(title, title=new)
    job_id = await pen.service.start(SYSTEM, await pen.picked("Uno", "Due"))
    [row] = await pen.kept.rows(job_rows, job_rows.c.id == job_id)
    return pen, TagJob(job_id, row.payload)


async def told(pen: Pen) -> dict[str, Any]:
    files = await pen.kept.files()
    return {
        "titles": sorted(pen.tags(pen.path(path)).title or "" for path in await pen.inbox.paths()),
        "tracks": sorted(await pen.kept.tracks()),
        "files": sorted((row.path_display, row.tags["title"]) for row in files),
        "whole": all(pen.path(row.path_display).stat().st_ino == row.inode for row in files),
        "writes": sorted((row.state, row.path_display, row.new_file_id in {one.id for one in files})
                         for row in await pen.writes()),
    }  # fmt: skip


async def contents(pen: Pen) -> dict[str, bytes]:
    return {path: pen.path(path).read_bytes() for path in await pen.inbox.paths()}


async def reopened(pen: Pen, folder: Path) -> Pen:
    await pen.database.close()
    return await pen_on(Database(sqlite_url(folder / "mcma.db")), folder)


@pytest.mark.parametrize("scanned", [False, True], ids=["the job again", "a scan first"])
async def test_a_run_that_died_at_any_step(tmp_path: Path, sqlite_template: Path, scanned: bool) -> None:
    pen, job = await prepared(tmp_path / "whole", sqlite_template)
    with living(pen.database) as life:
        assert (await pen.work(job))["written"] == 2
    expected = await told(pen)
    assert expected["whole"]
    await pen.database.close()
    for at in range(1, life.steps + 1, max(1, life.steps // DEATHS)):
        folder = tmp_path / f"dies at {at}"
        pen, job = await prepared(folder, sqlite_template)
        before = await contents(pen)
        with living(pen.database, at), pytest.raises(Died):
            await pen.work(job)
        pen = await reopened(pen, folder)
        for path, content in before.items():
            new = pen.path(path).read_bytes()
            assert new == content or pen.tags(pen.path(path)).title in ("Uno", "Due"), (at, path)
        if scanned:
            await pen.kept.scan()
        await pen.work(job)
        assert await told(pen) == expected, at
        await check(pen.database)
        await pen.inbox.is_tidy()
        undone = await pen.undo(job.id)
        assert (undone["written"], undone["refused"]) == (2, {}), at
        assert {path: pen.path(path).read_bytes() for path in before} == before, at
        await pen.database.close()


async def test_taking_back_that_died_at_any_step(tmp_path: Path, sqlite_template: Path) -> None:
    pen, job = await prepared(tmp_path / "whole", sqlite_template)
    before = await contents(pen)
    await pen.work(job)
    back = TagJob(await pen.service.undo(SYSTEM, job.id), {"undo": str(job.id)})
    with living(pen.database) as life:
        assert (await pen.work(back))["written"] == 2
    await pen.database.close()
    for at in range(1, life.steps + 1, max(1, life.steps // (DEATHS // 2))):
        folder = tmp_path / f"dies at {at}"
        pen, job = await prepared(folder, sqlite_template)
        before = await contents(pen)
        await pen.work(job)
        back = TagJob(await pen.service.undo(SYSTEM, job.id), {"undo": str(job.id)})
        with living(pen.database, at), pytest.raises(Died):
            await pen.work(back)
        pen = await reopened(pen, folder)
        await pen.work(back)
        assert {path: pen.path(path).read_bytes() for path in before} == before, at
        assert all(row.undone_at for row in await pen.writes() if row.undoes is None), at
        await check(pen.database)
        await pen.inbox.is_tidy()
        await pen.database.close()


async def test_what_nobody_finishes_is_finished_by_the_schedule(
    tmp_path: Path, sqlite_template: Path
) -> None:
    pen, job = await prepared(tmp_path / "whole", sqlite_template)
    with living(pen.database) as life:
        await pen.work(job)
    await pen.database.close()
    seen = set()
    for at in range(2, life.steps, max(1, life.steps // 4)):
        folder = tmp_path / f"dies at {at}"
        pen, job = await prepared(folder, sqlite_template)
        with living(pen.database, at), pytest.raises(Died):
            await pen.work(job)
        pen = await reopened(pen, folder)
        await pen.work(TagJob(pen.inbox.kept.id, {}))
        report = await pen.kept.scan()
        assert (report.added, report.changed, report.moved) == (0, 0, 0), at
        seen.add(len([row for row in await pen.writes() if row.state == "written"]))
        shutil.rmtree(os.fsdecode(os.fsencode(pen.kept.root) + b"/" + staging.staged_folder(job.id)), True)
        await check(pen.database)
        await pen.inbox.is_tidy()
        await pen.database.close()
    assert len(seen) > 1


async def test_a_run_that_is_cancelled_leaves_whole_files(tmp_path: Path, sqlite_template: Path) -> None:
    class Cancelled(TagJob):
        async def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
            raise JobCancelled

    pen, job = await prepared(tmp_path / "house", sqlite_template)
    with pytest.raises(JobCancelled):
        await pen.work(Cancelled(job.id, job.payload))
    assert [row.state for row in await pen.writes()] == ["written"]
    await check(pen.database)
    await pen.inbox.is_tidy()
    assert await pen.work(job) == {"written": 1, "unchanged": 0, "refused": {}}
    await pen.database.close()


async def on_a_small_disk(tmp_path: Path, template: Path, disk: Path) -> tuple[Pen, TagJob]:
    """The managed library lies on it."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "music").symlink_to(disk)
    shutil.copy(template, tmp_path / "mcma.db")
    pen = await pen_on(Database(sqlite_url(tmp_path / "mcma.db")), tmp_path)
    pen.inbox.source.put("a/1.flac", fmt="flac", seconds=2.0, title="One", artist="Anna", album="First")
    await pen.inbox.run()
    await pen.say("One", title="Uno")
    job_id = await pen.service.start(SYSTEM, await pen.picked("Uno"))
    [row] = await pen.kept.rows(job_rows, job_rows.c.id == job_id)
    return pen, TagJob(job_id, row.payload)


async def test_a_full_disk_ends_the_run_and_changes_nothing(tmp_path: Path, sqlite_template: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        pen, job = await on_a_small_disk(tmp_path, sqlite_template, disk)
        path = await pen.only_path()
        content = path.read_bytes()
        filler = fill(disk, "filler", but=8192)
        with pytest.raises(PermanentError, match="full"):
            await pen.work(job)
        assert path.read_bytes() == content
        assert await pen.writes() == []
        filler.unlink()
        assert (await pen.work(job))["written"] == 1
        assert pen.tags(path).title == "Uno"
        await pen.inbox.is_tidy()
        await pen.database.close()


async def test_a_disk_that_may_only_be_read(tmp_path: Path, sqlite_template: Path) -> None:
    with small_disk(tmp_path / "disk", "2m") as disk:
        pen, job = await on_a_small_disk(tmp_path, sqlite_template, disk)
        await asyncio.to_thread(subprocess.run, ["mount", "-o", "remount,ro", str(disk)], check=True)
        assert (await pen.work(job))["refused"] == {"read_only": 1}
        [row] = await pen.writes()
        assert (row.state, row.error, row.backup) == ("failed", "read_only", None)
        await pen.database.close()


async def test_somebody_else_writes_between_the_copy_and_the_swap(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pen, job = await prepared(tmp_path / "house", sqlite_template)
    path = pen.path((await pen.inbox.paths())[0])
    real = copies.swap

    def late(*arguments: Any) -> None:
        with path.open("ab") as file:
            file.write(b"theirs")
        real(*arguments)

    monkeypatch.setattr(copies, "swap", late)
    result = await pen.work(job)
    assert (result["written"], result["refused"]) == (1, {"changed": 1})
    assert path.read_bytes().endswith(b"theirs")
    await pen.kept.scan()
    await check(pen.database)
    await pen.inbox.is_tidy()
    await pen.database.close()


async def test_another_run_has_taken_it_for_dead(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease went by while it stood still between the row and the swap: what could not be taken back any
    more is not written."""
    pen, job = await prepared(tmp_path / "house", sqlite_template)
    before = await contents(pen)
    real = LibraryRun._swap

    async def late(run: LibraryRun, write: Written, staged: bytes) -> None:
        assert await recover(pen.database, CatalogueWriter(run._library)) == 1
        await real(run, write, staged)

    monkeypatch.setattr(LibraryRun, "_swap", late)
    assert (await pen.work(job))["refused"] == {"changed": 2}
    assert {path: pen.path(path).read_bytes() for path in before} == before
    assert await pen.writes() == []
    await pen.inbox.is_tidy()
    await pen.database.close()


async def test_what_fails_after_the_swap_can_be_taken_back(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pen, job = await prepared(tmp_path / "house", sqlite_template)
    before = await contents(pen)
    real = copies.swap

    def fail(*arguments: Any) -> None:
        real(*arguments)
        raise RuntimeError("the database went away")

    with monkeypatch.context() as patch:
        patch.setattr(copies, "swap", fail)
        with pytest.raises(RuntimeError):
            await pen.work(job)
    await pen.work(job)
    assert sorted(row.state for row in await pen.writes()) == ["written", "written"]
    assert (await pen.undo(job.id))["written"] == 2
    assert {path: pen.path(path).read_bytes() for path in before} == before
    await pen.database.close()


async def test_a_written_file_that_cannot_be_read_now_can_be_taken_back(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pen, job = await prepared(tmp_path / "house", sqlite_template)
    before = await contents(pen)
    with monkeypatch.context() as patch:
        faulty = FileProblem(ProblemReason.UNREADABLE, "Input/output error")
        patch.setattr(settling, "_read", lambda *_: faulty)
        assert (await pen.work(job))["refused"] == {"unreadable": 2}
    await pen.work(TagJob(job.id, {}))
    assert sorted(row.state for row in await pen.writes()) == ["written", "written"]
    assert (await pen.undo(job.id))["written"] == 2
    assert {path: pen.path(path).read_bytes() for path in before} == before
    await pen.database.close()
