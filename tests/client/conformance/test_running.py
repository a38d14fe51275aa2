"""The suite as people run it: installed, by pytest, in a process of its own, against a real server."""

import json
import os
from pathlib import Path

import pytest

from mcma_client.conformance.scenario import scenarios
from tests.support.server import Person, Server
from tests.support.suite_process import as_people, ended, ran

pytestmark = pytest.mark.anyio
UNMET = {"snapshot-pages", "merged", "epoch", "expired", "device-merged", "device-restored", "file-replaced"}
"""What nobody can do from outside: `test_hand.py` has them."""


async def left_of(person: Person) -> dict[str, list[dict[str, object]]]:
    """What is there of a person, by type."""
    answer = await person.ask("GET", "/api/v1/sync/snapshot", params={"scope": "me"})
    found: dict[str, list[dict[str, object]]] = {}
    for line in map(json.loads, answer.text.splitlines()[:-1]):
        found.setdefault(line["type"], []).append(line["data"])
    return found


@pytest.mark.soak
async def test_our_server_and_our_client_pass(engine: str, server: Server, url: str, tmp_path: Path) -> None:
    """What is said on the wire is proven on both engines; what clients make of it, in short, on one."""
    whole = engine == "sqlite" or bool(os.environ.get("MCMA_SOAK"))
    played = {one.name for one in scenarios() if whole or not one.driven}
    admin, other = await server.person("tester", is_admin=True), await server.person("other")
    options, secrets = as_people(admin, other)
    done = await ran(
        tmp_path, f"--mcma-url={url}", "--mcma-leave-plays", "--mcma-as-admin", *options,
        "-k", "wire or device" if whole else "wire", **secrets,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert ended(done.stdout, "SKIPPED") == UNMET & played, done.stdout
    assert ended(done.stdout, "PASSED") == played - UNMET
    assert not any(secret in done.stdout + done.stderr for secret in secrets.values())
    left = await left_of(admin)
    assert all(device["revoked_at"] for device in left["device@1"])
    assert "playlist@1" not in left
    assert "bookmark@1" not in left
    assert not any(item["liked_at"] or item["rating"] for item in left["user_item@1"])
    assert not any(one["value"] for one in left.get("user_setting@1", ()))
