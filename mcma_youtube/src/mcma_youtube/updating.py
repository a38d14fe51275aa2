"""A newer yt-dlp without a new release of this plugin: fetched, checked, tried, and only then used."""

import asyncio
import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from mcma_plugins.errors import PermanentError
from mcma_plugins.process import ProcessFailed
from mcma_youtube.program import Program
from mcma_youtube.programs import Programs, python, version_of
from mcma_youtube.settings import YouTubeSettings
from mcma_youtube.stored import Store
from mcma_youtube.versions import newer, same

if TYPE_CHECKING:
    from mcma_plugins.fetching import Web
    from mcma_youtube.index import Index, Release, Wheel

LARGEST: Final = 64 * 1024 * 1024
SECONDS: Final = 300.0


class Updated(NamedTuple):
    state: str
    """updated, or newest: there is nothing newer."""
    version: str
    before: str


class Updating:
    def __init__(self, settings: YouTubeSettings, programs: Programs, store: Store) -> None:
        self._settings, self._programs, self._store = settings, programs, store
        self._one = asyncio.Lock()

    async def update(self) -> Updated:
        """Raises `RetryLater` and `PermanentError`; whatever it raises, the one that was used still is."""
        if self._settings.yt_dlp is not None:
            raise PermanentError(
                "MCMA_PLUGIN_YOUTUBE_YT_DLP names the yt-dlp that is used: update that one.",
                code="set_elsewhere",
            )
        from mcma_plugins.fetching import Web
        from mcma_youtube import index

        base = str(self._settings.update_index)
        async with self._one:
            web = Web(agent="mcma-youtube", allowed=(index.place(base),))
            try:
                return await self._update(index.Index(base, web), web)
            finally:
                await web.aclose()

    async def roll_back(self) -> str:
        """The version that is used now."""
        await asyncio.to_thread(self._store.roll_back)
        return (await self._programs.current()).version

    async def _update(self, index: "Index", web: "Web") -> Updated:
        before = (await self._programs.current()).version
        version, said = await index.newest_version()
        if not newer(version, before):
            return Updated("newest", before, before)
        await self._take(await index.release(version, said), web)
        return Updated("updated", version, before)

    async def _take(self, release: "Release", web: "Web") -> None:
        """Into a folder of its own first, which gets its name when all of it is fine."""
        self._store.folder.mkdir(parents=True, exist_ok=True)
        new = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=".new-", dir=self._store.folder))
        try:
            wheels = [await _fetched(web, one, new) for one in release.wheels]
            await _tried(release.version, wheels)
            final = self._store.folder / release.version
            await asyncio.to_thread(shutil.rmtree, final, ignore_errors=True)
            new.rename(final)
            self._store.use(release.version, [final / one.name for one in wheels])
        finally:
            await asyncio.to_thread(shutil.rmtree, new, ignore_errors=True)


async def _fetched(web: "Web", wheel: "Wheel", folder: Path) -> Path:
    path = folder / wheel.name
    async for _ in web.download(wheel.url, path, most_bytes=LARGEST, seconds=SECONDS, resume=False):
        pass
    digest = await asyncio.to_thread(_sha256, path)
    if digest != wheel.sha256:
        raise PermanentError(f"{wheel.name} is not what the index says it is.", code="wrong_hash")
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _tried(version: str, wheels: list[Path]) -> None:
    try:
        said = await version_of(Program(python(), version, "updated", tuple(wheels)))
    except ProcessFailed as error:
        raise PermanentError(f"yt-dlp {version} does not start here.", code="does_not_start") from error
    if not same(said, version):
        raise PermanentError(f"What was fetched as yt-dlp {version} is {said}.", code="does_not_start")
