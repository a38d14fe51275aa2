"""The data folder's socket: who holds the folder works for who asks."""

import asyncio
import socket
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mcma.control.client import ELSEWHERE, NAME, Refused, ask, connect
from mcma.control.socket import listening
from mcma.domain.errors import Unavailable
from mcma.wiring import Core

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """The socket is the same, whatever the database."""
    return str(request.param)


async def asked(folder: Path, operation: str, on_event: Any = None, /, **arguments: Any) -> Any:
    connection = connect(folder)
    assert connection is not None
    return await asyncio.to_thread(ask, connection, operation, arguments, on_event)


async def test_an_answer_and_an_error_come_back_whole(core: Core, tmp_path: Path) -> None:
    async with listening(core, tmp_path):
        made = await asked(tmp_path, "user.add", name="ada", password="correct horse battery")
        assert made["name"] == "ada"
        with pytest.raises(Refused) as raised:
            await asked(tmp_path, "user.passwd", name="bob", password="correct horse battery")
    assert raised.value.stable_code == "not_found"
    assert raised.value.hint == "mcma user list"


async def test_nobody_else_may_open_it_and_it_goes_with_its_owner(core: Core, tmp_path: Path) -> None:
    async with listening(core, tmp_path):
        assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert not (tmp_path / NAME).exists()
    assert connect(tmp_path) is None


async def test_one_that_was_left_behind_is_no_answer_and_no_obstacle(core: Core, tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / NAME))
    left.close()
    assert connect(tmp_path) is None
    async with listening(core, tmp_path):
        assert await asked(tmp_path, "user.list") == []


async def test_a_folder_with_a_long_name_has_its_socket_elsewhere(core: Core, tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    async with listening(core, folder):
        elsewhere = Path((folder / ELSEWHERE).read_text())
        assert stat.S_IMODE((folder / ELSEWHERE).stat().st_mode) == 0o600
        assert stat.S_IMODE(elsewhere.parent.stat().st_mode) == 0o700
        assert await asked(folder, "user.list") == []
    assert not elsewhere.parent.exists()
    assert connect(folder) is None


async def test_progress_is_heard_meanwhile(core: Core, tmp_path: Path) -> None:
    events: list[Mapping[str, Any]] = []
    async with listening(core, tmp_path):
        await asked(tmp_path, "rebuild", events.append)
    assert [event["label"] for event in events] == ["users", "tracks"]


@pytest.mark.parametrize("line", [b"junk\n", b"[]\n", b'{"operation": 1}\n', b"{" * 2_000_000 + b"\n"])
async def test_what_is_no_question_is_refused_and_hurts_nobody(
    core: Core, tmp_path: Path, line: bytes
) -> None:
    async with listening(core, tmp_path):
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / NAME))
        writer.write(line)
        try:
            answer = await reader.read()
        except ConnectionError:
            answer = b""
        assert b"result" not in answer
        writer.close()
        assert await asked(tmp_path, "user.list") == []


async def test_who_asks_hears_that_the_server_stops(
    core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("mcma.control.socket.perform", never)
    async with listening(core, tmp_path):
        waiting = asyncio.create_task(asked(tmp_path, "user.list"))
        await asyncio.sleep(0.1)
    with pytest.raises((Refused, Unavailable), match=r"stopping|went away"):
        await waiting


async def test_a_path_that_is_not_utf8_arrives(core: Core, tmp_path: Path) -> None:
    async with listening(core, tmp_path):
        with pytest.raises(Refused, match="not a folder"):
            await asked(tmp_path, "library.add", path="/nowhere/\udcff")


@pytest.mark.parametrize(
    "line", [b"[" * 100_000 + b"\n", b'{"operation":"job.list","arguments":{"kind":"\\udcff"}}\n']
)
async def test_what_cannot_be_meant_is_the_callers_mistake(core: Core, tmp_path: Path, line: bytes) -> None:
    async with listening(core, tmp_path):
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / NAME))
        writer.write(line)
        assert b'"invalid_input"' in await reader.read()
        writer.close()
