"""The command, as people type it, and killed at any moment."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from mcma.services.callers import SYSTEM
from mcma_client import Client, NotLoggedIn, Refused, Wish, cli, items
from mcma_client.clock import uuid7
from mcma_client.files import Files
from tests.client.conftest import MakeDevice
from tests.support.listening import listening
from tests.support.offline import Device
from tests.support.server import PASSWORD, Person, Server

pytestmark = pytest.mark.anyio
README = Path(__file__).parents[2] / "mcma_client" / "README.md"
KEPT = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

Typed = Callable[..., tuple[int, list[str], str]]


@pytest.fixture(scope="module")
def engine() -> str:
    """What differs between engines is the server's, and tested there."""
    return "sqlite"


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
    assert len(blocks) == 4
    code, out, err = await run(
        "sh", "-c", script, MCMA=address, MCMA_USER=await someone(server), MCMA_PASSWORD=PASSWORD,
        XDG_DATA_HOME=str(tmp_path),
    )  # fmt: skip
    assert (code, err) == (0, "")
    for expected in ("Song 1", "1 tracks are here", "8 events wait to be sent", "8 sent",
                     "Nina Simone - Sinnerman", "1 files were deleted", "Logged out"):  # fmt: skip
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
        twins = [client.record.create_playlist("Twins") for _ in range(2)]
    mcma = ("--data", str(tmp_path))
    for words, said in (
        (("like", "x"), "There is no track 'x' here"),
        (("find", "anything"), "Nothing is here yet"),
        (("playlist", "show", "none"), "There is no playlist 'none'"),
        (("playlist", "show", "Twins"), f"by its id: {', '.join(twins)}"),
        (("playlist", "create", " "), "A playlist has a name"),
        (("get", "mood:1"), "There are pins of"),
        (("get", "album:1"), "'1' is no id"),
        (("get", "playlist:Twins"), f"by its id: {', '.join(twins)}"),
        (("get", "likes", "--format", "bogus"), "known are original, opus-64"),
    ):
        code, _, err = await run("mcma-client", *mcma, *words)
        assert code == 1 and said in err and "Traceback" not in err
    with Client(tmp_path) as client, pytest.raises(Exception, match="use another one"):
        assert client.files.wish() == Wish(), "a format that there is not is not remembered"
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


async def test_what_was_not_accepted_is_told_with_its_name(
    server: Server, address: str, tmp_path: Path
) -> None:
    name, mcma = await someone(server), ("mcma-client", "--data", str(tmp_path))
    with Client(tmp_path) as client:
        await asyncio.to_thread(client.login, address, name, PASSWORD)
        await asyncio.to_thread(client.sync)
        client.record.update_playlist(await _deleted(client), name="Monday")
        client.record.like("track", unknown := str(uuid7(client.clock())))
    _, out, _ = await run(*mcma, "sync")
    assert re.search(r"Not accepted: playlist.update \(Monday\): .*deleted", out)
    assert f"Not accepted: like.set ({unknown}): There is no such track" in out
    assert (await run(*mcma, "find", "no such words"))[:2] == (1, "")
    assert "logged out" not in (await run(*mcma, "status"))[1]
    await run(*mcma, "logout")
    assert f"{name} at {address}, logged out, in" in (await run(*mcma, "status"))[1]


async def _deleted(client: Client) -> str:
    gone = client.record.create_playlist("Monday")
    client.record.delete_playlist(gone)
    await asyncio.to_thread(client.sync)
    return gone


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


@pytest.fixture
def typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    """A copy of three tracks, and what is printed after something was typed."""
    with Client(tmp_path) as client, client.store.write() as connection:
        head = {"type": "track@1", "scope": "catalog:x", "op": "put", "rev": 1}
        items.take(connection, [head | {"id": one, "data": {"title": one.upper()}} for one in "abc"], {})

    def does(*words: str) -> tuple[int, list[str], str]:
        code = cli.main(["--data", str(tmp_path), *words])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err

    return does


def test_playlists_by_their_rows(typed: Typed) -> None:
    def rows() -> list[str]:
        return [line.split()[-1] for line in typed("playlist", "show", "Sunday")[1]]

    assert typed("playlist", "create", "Sunday")[0] == 0
    typed("playlist", "add", "Sunday", "a", "b", "c", "a")
    assert rows() == ["A", "B", "C", "A"]
    typed("playlist", "move", "Sunday", "4", "2")
    assert rows() == ["A", "A", "B", "C"]
    typed("playlist", "move", "Sunday", "1", "4")
    assert rows() == ["A", "B", "C", "A"]
    typed("playlist", "remove", "Sunday", "1", "3", "3")
    assert rows() == ["B", "A"]
    for words in (("remove", "Sunday", "3"), ("remove", "Sunday", "0"), ("move", "Sunday", "1", "3")):
        code, out, err = typed("playlist", *words)
        assert (code, out) == (1, []) and "it has 2" in err
    typed("playlist", "rename", "Sunday", "Monday", "morning")
    assert typed("playlists")[1][0].endswith("  Monday morning")
    typed("playlist", "delete", "Monday morning")
    assert typed("playlists")[1] == []


def test_bookmarks_settings_and_requests_are_kept_for_the_server(typed: Typed, tmp_path: Path) -> None:
    typed("bookmark", "set", "a", "1:23.5", "--comment", "here")
    typed("bookmark", "set", "b", "61")
    assert typed("bookmark", "list")[1] == ["1:23  a  A  here", "1:01  b  B"]
    typed("bookmark", "delete", "a")
    assert len(typed("bookmark", "list")[1]) == 1
    typed("settings", "set", "theme", "dark")
    typed("settings", "set", "columns", '{"album": true}')
    assert typed("settings", "get")[1] == ['columns  {"album": true}', 'theme  "dark"']
    typed("settings", "set", "theme", "null")
    assert typed("settings", "get", "theme")[0] == 1
    said = ("--artist", "Nina Simone", "--artist", "Nat", "--album", "Live", "--note", "x")
    typed("request", "Work Song", *said)
    assert typed("requests")[1][0].endswith("  not sent yet  Nina Simone, Nat - Work Song")
    with Client(tmp_path) as client:
        [*_, event] = client.outbox._batch()
        claim = {"title": "Work Song", "artists": ["Nina Simone", "Nat"], "album": "Live"}
        assert (event.type, event.data) == ("download.request", {"claim": claim, "note": "x"})


@pytest.mark.parametrize(
    ("text", "count"),
    [("8GB", 8_000_000_000), ("1.5 mb", 1_500_000), ("700k", 700_000), ("12", 12), ("none", None)],
)
def test_sizes(text: str, count: int | None) -> None:
    assert cli.parser().parse_args(["get", "--max-size", text]).max_size == count


@pytest.mark.parametrize(
    "words",
    [("get", "--max-size", "much"), ("bookmark", "set", "a", "1:2:3"), ("request", "x"), ("playlist",),
     ("playlist", "move", "x", "1", "y")],
)  # fmt: skip
def test_what_cannot_be_meant(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        cli.parser().parse_args(words)
    assert refused.value.code == 2


def test_every_command_is_said_once() -> None:
    names = [command.name for command in cli.COMMANDS]
    assert len(set(names)) == len(names)
    assert {name.split()[0] for name in names if " " in name} == set(cli.GROUPS)


def test_the_usual_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    assert cli.data_folder() == tmp_path / "mcma-client"


def test_passwords_are_no_arguments() -> None:
    with pytest.raises(SystemExit):
        cli.parser().parse_args(["login", "http://x", "--password", "secret"])
