"""A missing volume is not a deletion."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from mcma.services.indexing.missing import is_suspicious
from mcma.store.tables.catalogue import file_problems, libraries
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio


async def state(music: Music) -> tuple[str, str | None]:
    [row] = await music.rows(libraries)
    return row.scan_state, row.scan_error


async def filled(music: Music, files: int = 60) -> None:
    for number in range(files):
        tags: dict[str, Any] = {
            "artist": f"A{number % 7}",
            "album": f"Album {number % 6}",
            "albumartist": "Anna",
        }
        music.put(f"{number % 6}/{number:02d}.mp3", title=f"t{number}", tracknumber=number, **tags)
    await music.scan()


async def bring_back(music: Music, away: Path) -> None:
    if music.root.exists():
        shutil.rmtree(music.root)
    away.rename(music.root)


@pytest.mark.parametrize("fault", ["missing", "empty"])
async def test_an_unusable_root_marks_nothing(music: Music, fault: str) -> None:
    await filled(music, 3)
    before = await music.tracks()
    away = music.root.parent / "away"
    music.root.rename(away)
    if fault == "empty":
        music.root.mkdir()
    report = await music.scan(accept_missing=True)
    assert (report.state, report.missing) == ("suspicious", 0)
    assert (await state(music))[0] == "suspicious"
    assert report.error
    assert await music.tracks() == before
    await bring_back(music, away)
    report = await music.scan()
    assert (report.state, await state(music)) == ("ok", ("ok", None))


async def test_a_root_that_is_a_file_marks_nothing(music: Music) -> None:
    await filled(music, 3)
    away = music.root.parent / "away"
    music.root.rename(away)
    music.root.write_bytes(b"x")
    assert (await music.scan()).state == "suspicious"
    assert len(await music.tracks()) == 3
    music.root.unlink()
    await bring_back(music, away)


async def test_too_many_gone_are_not_marked_until_somebody_says_so(music: Music) -> None:
    await filled(music)
    gone = sorted(music.root.rglob("*.mp3"))[:51]
    for path in gone:
        music.remove(str(path.relative_to(music.root)))
    away = music.root.parent / "new.mp3"
    music.put("new.mp3", title="new", artist="New").rename(away)
    shutil.copyfile(away, music.root / "new.mp3")
    report = await music.scan()
    assert (report.state, report.missing, report.added) == ("suspicious", 0, 1)
    assert report.error is not None
    assert "51 of 60" in report.error
    assert "--accept-missing" in report.error
    assert len(await music.tracks()) == 61
    report = await music.scan(accept_missing=True)
    assert (report.state, report.missing) == ("ok", 51)
    assert len(await music.tracks()) == 10


async def test_fifty_gone_are_marked(music: Music) -> None:
    """The guard has its own false positives: somebody tidies up."""
    await filled(music)
    for path in sorted(music.root.rglob("*.mp3"))[:50]:
        music.remove(str(path.relative_to(music.root)))
    report = await music.scan()
    assert (report.state, report.missing) == ("ok", 50)


@pytest.mark.parametrize(
    ("gone", "known", "suspicious"),
    [(50, 60, False), (51, 60, True), (200, 1000, False), (201, 1000, True), (0, 0, False)],
)
def test_what_is_suspicious(gone: int, known: int, suspicious: bool) -> None:
    assert is_suspicious(gone, known) == suspicious


async def test_moving_everything_is_not_suspicious(music: Music) -> None:
    await filled(music)
    ids = {row.id for row in (await music.tracks()).values()}
    for number in range(6):
        music.move(str(number), f"moved/{number}")
    report = await music.scan()
    assert (report.state, report.moved, report.missing) == ("ok", 60, 0)
    assert {row.id for row in (await music.tracks()).values()} == ids


@pytest.mark.parametrize("depth", ["a", "a/b"])
async def test_an_unknown_folder_keeps_what_is_below_it(
    music: Music, monkeypatch: pytest.MonkeyPatch, depth: str
) -> None:
    music.put("a/b/1.mp3", title="below", artist="Anna")
    music.put("c/1.mp3", title="beside", artist="Anna")
    music.put("c/2.mp3", title="gone", artist="Anna")
    (music.root / "a/b/broken.mp3").write_bytes(b"nothing")
    await music.scan()
    music.remove("c/2.mp3")
    real = os.scandir

    def scandir(path: bytes) -> object:
        if os.fspath(path).endswith(b"/" + depth.encode()):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = await music.scan()
    assert (report.unknown_folders, report.missing) == ([depth], 1)
    assert (await music.tracks()).keys() == {"below", "beside"}
    reasons = {row.path_display: row.reason for row in await music.rows(file_problems)}
    assert reasons == {depth: "unreadable", "a/b/broken.mp3": "not_audio"}
    monkeypatch.undo()
    report = await music.scan()
    assert [row.path_display for row in await music.rows(file_problems)] == ["a/b/broken.mp3"]


async def test_a_copy_of_what_lies_in_an_unknown_folder_does_not_take_its_track(
    music: Music, monkeypatch: pytest.MonkeyPatch
) -> None:
    music.put("a/1.mp3", sound=1, title="one", artist="Anna")
    await music.scan()
    before = await music.track("one")
    music.put("b/1.mp3", sound=1, title="copy", artist="Anna")
    real_scandir, real_stat = os.scandir, os.stat

    def scandir(path: bytes) -> object:
        if os.fspath(path).endswith(b"/a"):
            raise PermissionError(13, "Permission denied")
        return real_scandir(path)

    def stat(path: Any, **options: Any) -> object:
        if isinstance(path, bytes) and b"/a/" in path:
            raise PermissionError(13, "Permission denied")
        return real_stat(path, **options)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "stat", stat)
    await music.scan()
    monkeypatch.undo()
    found = await music.tracks()
    assert found.keys() == {"one", "copy"}
    assert found["one"].id == before.id
