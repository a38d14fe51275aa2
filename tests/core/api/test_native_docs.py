"""The examples of docs/api.md run, against a real server on a real port."""

import asyncio
import os
import re
import shutil
from pathlib import Path

import pytest

from mcma.services.callers import SYSTEM
from tests.support.listening import listening
from tests.support.server import PASSWORD, Server

pytestmark = pytest.mark.anyio
PAGE = Path(__file__).parents[3] / "docs" / "api.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples need curl")
async def test_the_examples_run(server: Server, tmp_path: Path) -> None:
    await server.core.services.users.create(SYSTEM, "alex", PASSWORD)
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    script = "set -eu\n" + "\necho\n".join(blocks)
    async with listening(server) as address:
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", script, env={**os.environ, "MCMA": address, "TMPDIR": str(tmp_path)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, (output, errors)
    told = output.decode()
    for expected in (
        '"name":"alex"',
        '"password":"',
        "206 1024",
        "image/jpeg",
        "invalid_input",
        "event: ready",
    ):
        assert expected in told, (expected, told)
    assert not errors
