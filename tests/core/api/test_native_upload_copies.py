"""Uploads that look like copies and are none."""

from pathlib import Path

import pytest

from tests.core.api.test_native_uploads import TRACKS, ended, upload
from tests.support.audio import make_audio
from tests.support.server import Server

pytestmark = pytest.mark.anyio


async def test_what_only_looks_like_a_copy_is_kept(server: Server, tmp_path: Path) -> None:
    """The same hash, and other sound between the samples: nothing that was acknowledged is thrown away."""
    path = make_audio(tmp_path / "long.mp3", seconds=12, freq=1234, tags={"title": "Stem 1"})
    content = bytearray(path.read_bytes())
    first = await upload(server.user, bytes(content))
    await ended(server, server.user, first["job_id"])
    content[len(content) // 4 : len(content) // 4 + 8] = b"otherone"
    second = await upload(server.user, bytes(content))
    job = await ended(server, server.user, second["job_id"])
    assert job["result"]["result"] != "duplicate", job
    kept = [await server.user.get(f"{TRACKS}/{one['track']['id']}/files") for one in (first, second)]
    assert len({file["id"] for files in kept for file in files["items"]}) == 2
