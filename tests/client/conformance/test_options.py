"""How the suite is run: another client, less than everything, mistakes."""

import sys
from pathlib import Path

import pytest

from mcma_client.conformance.drivers import own_command
from tests.support.server import Server
from tests.support.suite_process import as_people, ended, ran

pytestmark = pytest.mark.anyio
IDLE_HAND = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"can": ["expire"]} if json.loads(line)["ask"] == "hello" else {}), flush=True)
"""


@pytest.fixture(scope="module")
def engine() -> str:
    """Nothing here is about the server."""
    return "sqlite"


async def test_another_client_by_a_command(server: Server, url: str, tmp_path: Path) -> None:
    """The driver of the reference client in processes of its own: nothing of it is in this one."""
    options, secrets = as_people(await server.person("commander"))
    chosen = ("-k", "device-lost-answers or device-killed or device-superseded")
    client = f"--mcma-client-command={own_command()}"
    done = await ran(tmp_path, f"--mcma-url={url}", client, *options, *chosen, **secrets)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(ended(done.stdout, "PASSED")) == 3


async def test_without_leave_nothing_is_left_that_cannot_be_taken_back(
    server: Server, url: str, tmp_path: Path
) -> None:
    options, secrets = as_people(await server.person("careful"))
    chosen = ("-k", "plays-once or play-once or access or playlist-of")
    done = await ran(tmp_path, f"--mcma-url={url}", *options, *chosen, **secrets)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(ended(done.stdout, "SKIPPED")) == 4
    for option in ("--mcma-leave-plays", "--mcma-second-user"):
        assert option in done.stdout


async def test_a_failure_is_told_whole_and_without_secrets(server: Server, url: str, tmp_path: Path) -> None:
    """By an operator's program that says it has done what it has not."""
    program = tmp_path / "hand.py"
    program.write_text(IDLE_HAND)
    options, secrets = as_people(await server.person("failing"))
    hand = f"--mcma-server-command={sys.executable} {program}"
    done = await ran(tmp_path, f"--mcma-url={url}", hand, *options, "-k", "expired or merged", **secrets)
    assert done.returncode == 1
    assert "expired: A cursor that is older than what is remembered" in done.stdout
    assert "it proves 'Following changes' of docs/sync.md; step 4 is:" in done.stdout
    assert "status is 200, not 410" in done.stdout
    assert "asked: GET /sync/changes?cursor=" in done.stdout
    assert "can merge" in done.stdout, "what the program cannot do is skipped"
    assert "Traceback" not in done.stdout
    assert not any(secret in done.stdout + done.stderr for secret in secrets.values())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "--mcma-url http://127.0.0.1:6262 --mcma-user NAME"),
        (("--mcma-url=http://127.0.0.1:1", "--mcma-user=a"), "MCMA_CONFORMANCE_PASSWORD"),
    ],
)
async def test_what_is_missing_is_said(options: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = await ran(tmp_path, *options)
    assert done.returncode == 4
    assert said in done.stdout + done.stderr
