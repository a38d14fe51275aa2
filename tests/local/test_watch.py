"""Folders that are watched: real files, told by the kernel and by polling; folders that go and come back."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mcma_local import watch
from mcma_local.folders import LocalFolders
from mcma_local.settings import LocalSettings
from mcma_local.walk import walk
from mcma_local.watch import RootWatch
from mcma_plugins import Changed, WatchableSource, Watching

pytestmark = pytest.mark.anyio
PATIENCE = 20.0


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AGAIN": 0.05, "QUICK": 0.05, "LOOK_MS": 100, "GATHER_MS": 200}.items():
        monkeypatch.setattr(watch, name, value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "music" / "Ann").mkdir(parents=True)
    (tmp_path / "music" / "Ann" / "1.mp3").write_bytes(b"sound")
    return tmp_path / "music"


class News:
    """What a watch has said, read one by one."""

    def __init__(self, stream: AsyncGenerator[Watching | Changed, None]) -> None:
        self._stream = stream

    async def next(self) -> Watching | Changed:
        async with asyncio.timeout(PATIENCE):
            return await anext(self._stream)

    async def how(self) -> str:
        """Changes that were still on their way are passed over."""
        while isinstance(found := await self.next(), Changed):
            pass
        return found.how

    async def changed(self) -> None:
        assert await self.next() == Changed()


@asynccontextmanager
async def watching(folder: Path, *, poll: bool = False, **more: Any) -> AsyncIterator[News]:
    if poll:
        more["network"] = lambda _: "nfs4 does not tell"
    made = RootWatch(bytes(folder), walk, 0.05, **more)
    async with aclosing(made.news()) as stream:
        yield News(stream)


def write(path: Path) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(b"more sound")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a new file": lambda folder: write(folder / "Ann" / "2.mp3"),
    "a new folder": lambda folder: write(folder / "Bob" / "New" / "1.mp3"),
    "a file that grows": lambda folder: write(folder / "Ann" / "1.mp3"),
    "a file that goes": lambda folder: (folder / "Ann" / "1.mp3").unlink(),
    "a folder that moves": lambda folder: (folder / "Ann").rename(folder / "Anna"),
}


@pytest.mark.parametrize("poll", [False, True], ids=["events", "polling"])
@pytest.mark.parametrize("change", CHANGES)
async def test_changes_are_noticed(folder: Path, change: str, poll: bool) -> None:
    (folder / "Bob").mkdir()
    async with watching(folder, poll=poll) as news:
        first = await news.next()
        expected = Watching("polling", "nfs4 does not tell") if poll else Watching("events")
        assert first == expected
        waiting = asyncio.create_task(news.changed())
        await asyncio.sleep(0.2 if poll else 0)  # the first look is what the others are compared with
        CHANGES[change](folder)
        await waiting


@pytest.mark.parametrize("poll", [False, True], ids=["events", "polling"])
async def test_a_folder_that_goes_and_comes_back(folder: Path, poll: bool) -> None:
    away = folder.with_name("away")
    async with watching(folder, poll=poll) as news:
        assert await news.how() in ("events", "polling")
        waiting = asyncio.create_task(news.next())
        await asyncio.sleep(0.2 if poll else 0)
        folder.rename(away)
        gone = await waiting
        assert isinstance(gone, Watching), "going away is no change of what is in it"
        assert gone.how == "waiting"
        assert "does not exist" in (gone.reason or "")
        away.rename(folder)
        assert await news.how() in ("events", "polling")
        await news.changed()


async def test_another_folder_at_the_same_place_is_watched_anew(folder: Path) -> None:
    """As when a volume is mounted over an empty folder."""
    other = folder.with_name("other")
    write(other / "Cleo" / "1.mp3")
    async with watching(folder) as news:
        assert await news.how() == "events"
        folder.rename(folder.with_name("away"))
        other.rename(folder)
        assert await news.how() in ("events", "waiting")
        await news.changed()
        waiting = asyncio.create_task(news.changed())
        write(folder / "Cleo" / "2.mp3")
        await waiting


async def test_a_folder_that_is_not_there_at_first(tmp_path: Path) -> None:
    async with watching(tmp_path / "later") as news:
        assert await news.how() == "waiting"
        write(tmp_path / "later" / "1.mp3")
        assert await news.how() == "events"
        await news.changed()


async def test_an_empty_folder_is_watched(tmp_path: Path) -> None:
    for poll in (False, True):
        folder = tmp_path / f"empty{poll}"
        folder.mkdir()
        async with watching(folder, poll=poll) as news:
            await news.how()
            waiting = asyncio.create_task(news.changed())
            await asyncio.sleep(0.2)
            write(folder / "1.mp3")
            await waiting


def refuses(error: Exception) -> Callable[[bytes], Any]:
    def arm(root: bytes) -> Any:
        raise error

    return arm


@pytest.mark.parametrize("error", [OSError("OS file watch limit reached"), UnicodeError("x"), RuntimeError()])
async def test_without_watches_to_give_it_is_polled(folder: Path, error: Exception) -> None:
    async with watching(folder, arm=refuses(error)) as news:
        said = await news.next()
        assert isinstance(said, Watching)
        assert said.how == "polling"
        assert (str(error) or type(error).__name__) in (said.reason or "")
        waiting = asyncio.create_task(news.changed())
        await asyncio.sleep(0.2)
        write(folder / "Ann" / "2.mp3")
        await waiting


async def test_a_link_that_leads_out_would_have_the_whole_disk_watched(folder: Path, tmp_path: Path) -> None:
    (folder / "Ann" / "all").symlink_to("/")
    async with watching(folder) as news:
        said = await news.next()
        assert isinstance(said, Watching)
        assert said.how == "polling"
        assert "leads out of it" in (said.reason or "")
    (folder / "Ann" / "all").unlink()
    (folder / "again").symlink_to(folder / "Ann")
    async with watching(folder) as news:
        assert await news.how() == "events"
        waiting = asyncio.create_task(news.changed())
        write(folder / "Ann" / "2.mp3")
        await waiting


class Told:
    """A notifier that tells what it is given."""

    def __init__(self, *said: Any) -> None:
        self.said: Iterator[Any] = iter(said)

    def watch(self, debounce_ms: int, step_ms: int, timeout_ms: int, stop_event: Any) -> Any:
        return next(self.said, "stop")


async def test_hidden_and_system_files_mean_nothing(folder: Path) -> None:
    names = [".sync/x.mp3", "Ann/.DS_Store", "Ann/._1.mp3", "Ann/1.mp3"]
    events = [{(1, str(folder / name))} for name in names]
    async with watching(folder, arm=lambda _: Told(*events, "timeout")) as news:
        assert await news.how() == "events"
        await news.changed()
        assert await news.how() == "events", "only the last of them was one"
    async with watching(folder, arm=lambda _: Told(*events[:3]), ignore_hidden=False) as news:
        await news.how()
        await news.changed()


async def test_many_events_are_few_changes(folder: Path) -> None:
    async with watching(folder) as news:
        assert await news.how() == "events"
        waiting = asyncio.create_task(news.changed())
        for number in range(2000):
            (folder / "Ann" / f"{number}.mp3").write_bytes(b"")
        await waiting
        count = 1
        try:
            async with asyncio.timeout(1):
                while True:
                    await news.changed()
                    count += 1
        except TimeoutError:
            pass
        assert count < 20


async def test_nothing_is_said_while_nothing_happens(folder: Path) -> None:
    async with watching(folder, poll=True) as news:
        await news.how()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await anext(news._stream)


async def test_the_source_says_how_it_watches(folder: Path, tmp_path: Path) -> None:
    source = LocalFolders(LocalSettings())
    assert isinstance(source, WatchableSource)
    before = await source.health()
    async with (
        aclosing(source.watch(bytes(folder), 60)) as one,
        aclosing(source.watch(bytes(tmp_path / "gone"), 60)) as other,
    ):
        assert await anext(one) == Watching("events")
        assert (await anext(other)).how == "waiting"  # type: ignore[union-attr]
        health = await source.health()
        assert health.ok
        assert health.details["watched"] == "1 by events, 1 waiting"
        assert str(tmp_path / "gone") in str(health.details["watch_reasons"])
    assert (await source.health()).details == before.details
