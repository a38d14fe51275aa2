"""The command, as people type it, and killed at any moment."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcma.services.callers import SYSTEM
from mcma_client import Client, NotLoggedIn, Refused, cli, items
from mcma_client.files import Files
from tests.client.conftest import MakeDevice
from tests.support.listening import listening
from tests.support.offline import Device
from tests.support.server import PASSWORD, Person, Server

pytestmark = pytest.mark.anyio
README = Path(__file__).parents[2] / "mcma_client" / "README.md"
KEPT = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


async def run(*command: str, **environment: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *command, env={**KEPT, **environment}, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 90)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
async def address(server: Server) -> AsyncIterator[str]:
    async with listening(server) as found:
        yield found


async def someone(server: Server) -> str:
    name = f"c{os.urandom(5).hex()}"
    await server.core.services.users.create(SYSTEM, name, PASSWORD)
    return name


async def test_the_quick_start_runs(server: Server, address: str, tmp_path: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```$", README.read_text(), re.M | re.S)
    script = "set -eu\n" + "\n".join(blocks)
    assert len(blocks) == 3
    code, out, err = await run(
        "sh", "-c", script, MCMA=address, MCMA_USER=await someone(server), MCMA_PASSWORD=PASSWORD,
        XDG_DATA_HOME=str(tmp_path),
    )  # fmt: skip
    assert (code, err) == (0, "")
    for expected in ("Song 1", "1 tracks are here", "5 events wait to be sent", "5 sent", "Logged out"):
        assert expected in out, out
    assert "Not accepted" not in out


async def test_the_library_as_the_readme_shows_it(server: Server, address: str, tmp_path: Path) -> None:
    [code] = re.findall(r"^```python\n(.*?)^```$", README.read_text(), re.M | re.S)
    code = code.replace("http://127.0.0.1:6262", address).replace('"alex"', f'"{await someone(server)}"')
    done = await run(sys.executable, "-c", f"import os; os.chdir({str(tmp_path)!r})\n{code}")
    assert (done[0], done[2]) == (0, "")
    with Client(tmp_path / "copy") as client:
        assert [data["name"] for data in client.see.playlists().values()] == ["Made offline"]
        assert client.outbox.waiting() == 0


async def test_what_goes_wrong_is_said(server: Server, address: str, tmp_path: Path) -> None:
    name = await someone(server)
    with Client(tmp_path) as client:
        with pytest.raises(NotLoggedIn, match="mcma-client login"):
            client.sync()
        with pytest.raises(Refused):
            await asyncio.to_thread(client.login, address, name, "wrong password")
        await asyncio.to_thread(client.login, address, name, PASSWORD)
    mcma = ("--data", str(tmp_path))
    for words, said in (
        (("like", "x"), "There is no track 'x' here"),
        (("playlist", "show", "none"), "There is no playlist 'none'"),
        (("get", "mood:1"), "There are pins of"),
    ):
        code, _, err = await run("mcma-client", *mcma, *words)
        assert code == 1 and said in err and "Traceback" not in err
    with Client(tmp_path) as client, pytest.raises(Exception, match="use another one"):
        client.login(address, "somebody else", PASSWORD)


async def test_a_revoked_device_comes_back_as_another(server: Server, address: str, tmp_path: Path) -> None:
    name = await someone(server)
    with Client(tmp_path) as client:
        await asyncio.to_thread(client.login, address, name, PASSWORD)
        await asyncio.to_thread(client.sync)
        tracks = [one.id for one in items.listed(client.store, "track@1")]
        client.record.like("track", tracks[0])
        await asyncio.to_thread(client.sync)
        client.record.like("track", tracks[1])
        with client._connected() as api:
            found = await asyncio.to_thread(api.get, "/devices")
            for one in found["items"]:
                await asyncio.to_thread(api._asked, "DELETE", f"/devices/{one['id']}")
        with pytest.raises(Refused) as refused:
            await asyncio.to_thread(client.sync)
        assert refused.value.code == "device_revoked"
        await asyncio.to_thread(client.login, address, name, PASSWORD)
        done = await asyncio.to_thread(client.sync)
        assert done.rejected == [] and client.outbox.waiting() == 0
        assert {one.id for one in client.see.liked()} == set(tracks[:2])


DYING = """
import os, signal, sys
from pathlib import Path
import httpx2 as httpx
from mcma_client import Client
folder, where, at = sys.argv[1:]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

class Dying(httpx.HTTPTransport):
    def handle_request(self, request):
        if where == "asked" and at in request.url.path:
            die()
        answer = super().handle_request(request)
        if where == "answered" and at in request.url.path:
            answer.read()
            die()
        return answer

client = Client(Path(folder), Dying())
if where == "written":
    client.store.connection.set_trace_callback(lambda statement: at in statement and die())
client.sync()
client.fetch(print, print)
"""


@pytest.mark.parametrize(
    ("where", "at"),
    [
        ("asked", "/sync/push"),
        ("answered", "/sync/push"),
        ("written", "UPDATE outbox"),
        ("answered", "/sync/snapshot"),
        ("written", "UPDATE scopes SET cursor"),
        ("answered", "/content"),
        ("written", "INTO files"),
    ],
)
async def test_killed_at_any_moment(
    server: Server, person: Person, make_device: MakeDevice, address: str, where: str, at: str
) -> None:
    device: Device = await make_device(server, person)
    folder, client = device.client.folder, device.client
    login = folder / "login.json"
    login.write_text(login.read_text().replace("http://test", address))
    tracks = (await person.get("/api/v1/tracks"))["items"]
    for track in tracks:
        client.record.like("track", track["id"])
    client.files.pin("likes")
    code, _, err = await run(sys.executable, "-c", DYING, str(folder), where, at)
    assert code == -signal.SIGKILL, err
    client.transport = None
    await asyncio.to_thread(client.sync, compare=True)
    await asyncio.to_thread(client.fetch, print, print)
    assert {one.id for one in client.see.liked()} == {one["id"] for one in tracks}
    assert client.outbox.waiting() == 0 and client.outbox.rejected() == []
    listing = await person.get("/api/v1/tracks", params={"liked": "true"})
    assert len(listing["items"]) == len(tracks) == 5
    here = Files(client.store, folder / "music")
    assert len(here.here()) == 5 and list(here.folder.rglob("*.part")) == []


def test_the_usual_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert cli.data_folder() == tmp_path / "mcma-client"


def test_passwords_are_no_arguments() -> None:
    with pytest.raises(SystemExit):
        cli.parser().parse_args(["login", "http://x", "--password", "secret"])
