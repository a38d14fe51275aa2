"""docs/conformance.md names everything that there is, and its examples run."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from mcma.services.callers import SYSTEM
from mcma_client.conformance.driver import ACTIONS, Reference
from mcma_client.conformance.options import FLAGS, OPTIONS
from mcma_client.conformance.proxy import FAULTS
from mcma_client.conformance.scenario import scenarios
from tests.support.server import PASSWORD, Server

pytestmark = pytest.mark.anyio
PAGE = (Path(__file__).parents[3] / "docs" / "conformance.md").read_text()


@pytest.fixture(scope="module")
def engine() -> str:
    return "sqlite"


def named(column: str) -> set[str]:
    """What stands in the first column of the table that begins so."""
    table = PAGE.partition(f"| {column} |")[2].partition("\n\n")[0]
    return {name for row in table.splitlines()[2:] for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_it_names_every_option_action_and_fault() -> None:
    assert named("Option") == {f"--mcma-{name}" for name in (*OPTIONS, *FLAGS)}
    assert named("`action`") == set(ACTIONS)
    first, second = re.findall(r"^\| `ask` \|.*?\n\n", PAGE, re.M | re.S)
    hands, asks = (set(re.findall(r"^\| `(\w+)`", table, re.M)) - {"ask"} for table in (first, second))
    assert hands == {hand for one in scenarios() for hand in one.needs.hand}
    assert asks == {name.removeprefix("ask_") for name in dir(Reference) if name.startswith("ask_")}
    assert set(FAULTS) <= set(re.findall(r"`(\w+)`", PAGE))


async def test_the_examples_run(server: Server, url: str, tmp_path: Path) -> None:
    await server.core.services.users.create(SYSTEM, "alex", PASSWORD)
    (tmp_path / "mine").mkdir()
    [scenario] = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.M | re.S)
    (tmp_path / "mine" / "taken-back.toml").write_text(scenario)
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
    script = "set -eu\n" + "\n".join(block for block in blocks if "pip install" not in block)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    secrets = {"MCMA": url, "MCMA_CONFORMANCE_PASSWORD": PASSWORD, "PATH": path}
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", script, env={**os.environ, **secrets}, cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await asyncio.wait_for(process.communicate(), 120)
    told = output.decode()
    assert process.returncode == 0, told
    assert '{"name": "mcma-client", "protocol": 1}' in told
    assert [int(count) for count in re.findall(r"(\d+) passed", told)] == [5, 1, 1], told
    assert PASSWORD not in told
