"""A core as it is put together at start."""

import asyncio
import sys
from pathlib import Path

import pytest

from mcma.services.registry import CoreServices
from mcma.settings import load_settings
from mcma.store.lock import FolderInUse
from mcma.wiring import opened
from mcma_plugins.services import Services

pytestmark = pytest.mark.anyio


async def test_nobody_else_can_read_the_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with opened(load_settings(data_dir=data), running_jobs=False) as core:
        await core.services.setup.first_admin()
        found = {path.name: path.stat().st_mode & 0o777 for path in data.iterdir() if path.is_file()}
        assert data.stat().st_mode & 0o777 == 0o700
    assert {"mcma.db", "mcma.db-wal", "mcma.lock", "jwt.key", "subsonic.key"} <= found.keys()
    assert set(found.values()) == {0o600}


async def test_a_second_core_on_the_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    async with opened(settings, running_jobs=False) as core:
        with pytest.raises(FolderInUse, match=str(tmp_path)):
            async with opened(settings, running_jobs=False):
                pass
        assert await core.services.setup.needed()
    async with opened(settings, running_jobs=False) as again:
        assert await again.services.setup.needed()


async def test_core_is_what_adapters_were_promised(tmp_path: Path) -> None:
    """mypy proves the assignment; this proves that there is something behind every name."""
    async with opened(load_settings(data_dir=tmp_path), running_jobs=False) as core:
        services: Services = core.services
        assert isinstance(core.services, CoreServices)
        for name in (
            "catalogue",
            "listening",
            "playlists",
            "similar",
            "radio",
            "streaming",
            "logins",
            "users",
            "scans",
        ):
            assert getattr(services, name) is not None
        assert services.version


async def test_one_process_pays_nothing_for_a_broker_it_does_not_use(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path\n"
        "from mcma.settings import load_settings; from mcma.wiring import opened\n"
        "async def main():\n"
        "    async with opened(load_settings(data_dir=Path(sys.argv[1]))): pass\n"
        "asyncio.run(main()); print(sorted({'taskiq', 'taskiq_redis', 'redis'} & set(sys.modules)))"
    )
    done = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert (await done.communicate())[0].decode().splitlines()[-1] == "[]"
