"""The conformance suite as people run it: by pytest, in a process of its own."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.server import Person

QUIETLY = ("-p", "no:cacheprovider", "-v", "-rs", "-W", "error")


async def ran(folder: Path, *arguments: str, **secrets: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "--pyargs", "mcma_client.conformance", *QUIETLY, *arguments]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MCMA_", "PYTEST_"))}
    environment = {**kept, **secrets, "COLUMNS": "200"}

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=300, check=False, cwd=folder, env=environment
        )

    return await asyncio.to_thread(run)


def ended(printed: str, how: str) -> set[str]:
    return set(re.findall(rf"::test_\w+\[([\w-]+)\] {how}", printed))


def as_people(*people: Person) -> tuple[list[str], dict[str, str]]:
    names = [person.caller.name for person in people if person.caller is not None]
    options = [f"--mcma-{which}={name}" for which, name in zip(("user", "second-user"), names, strict=False)]
    secrets = ("MCMA_CONFORMANCE_TOKEN", "MCMA_CONFORMANCE_SECOND_TOKEN")
    return options, {name: _token(person) for name, person in zip(secrets, people, strict=False)}


def _token(person: Person) -> str:
    return person.headers["authorization"].removeprefix("Bearer ")
