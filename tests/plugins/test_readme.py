"""The plugin of the README works, word for word: its own test passes, and the host runs it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from mcma.host import Environment, PluginHost
from mcma_plugins.events import LikeRecorded
from mcma_plugins.ids import UserId
from mcma_plugins.testing import FakeContext
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.distributions import Site, installed_into

README = Path(__file__).parents[2] / "plugins" / "README.md"
LIKE = LikeRecorded(UserId(UUID(int=1)), ItemRef(ItemKind.TRACK, UUID(int=2)), True, datetime.now(UTC))


def blocks() -> dict[str, str]:
    """Code by the file name in the line above it."""
    found = re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```", README.read_text(), re.M | re.S)
    return dict(found)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with installed_into(tmp_path) as one:
        yield one


def test_three_files() -> None:
    assert list(blocks()) == ["pyproject.toml", "mcma_applause.py", "test_applause.py"]


def test_its_own_test_passes(tmp_path: Path) -> None:
    for name, text in blocks().items():
        (tmp_path / name).write_text(text)
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "test_applause.py",
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout
    assert "failed" not in run.stdout


@pytest.mark.anyio
async def test_the_host_runs_it(site: Site, tmp_path: Path) -> None:
    site.install("applause", blocks()["mcma_applause.py"], attribute="ApplausePlugin")
    environment = Environment(environ={"MCMA_PLUGIN_APPLAUSE_STEP": "2"})
    host = PluginHost(environment=environment, allow={"applause"})
    host.load()
    await host.start(lambda record: FakeContext(tmp_path / record.name).context)
    await host.hear("like_recorded", event=LIKE)
    (offered,) = host.commands()
    assert await offered.thing.run([]) == {"likes": 2}
    await host.stop()
