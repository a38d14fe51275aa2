"""A real uvicorn on loopback and real sockets, with sendfile and without, on both event loops."""

import asyncio
import gzip
import http.client
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.flow_control import FlowControl

from mcma.api import _sendfile, sendfile
from mcma.api.sendfile import sendfile_protocol
from mcma_plugins.web import SENDFILE, file_response

SIZE = 3_000_017
BIG = 64 * 1024 * 1024
ETAG = '"track-1"'


@dataclass
class Running:
    """One server and what is needed to look into it."""

    port: int
    folder: Path
    offered: list[bool]
    kind: str
    uvicorn: uvicorn.Server

    def request(self, path: str = "/file", method: str = "GET", **headers: str) -> "Got":
        with connected(self) as client:
            return client.ask(path, method, **headers)


@dataclass
class Got:
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.connection.connect()

    def ask(self, path: str = "/file", method: str = "GET", **headers: str) -> Got:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, headers=named)
        answer = self.connection.getresponse()
        return Got(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())


@contextmanager
def connected(server: Running) -> Iterator[Client]:
    client = Client(server.port)
    try:
        yield client
    finally:
        client.connection.close()


@contextmanager
def raw(server: Running, request: bytes, *, receive_buffer: int | None = None) -> Iterator[socket.socket]:
    with socket.socket() as wire:
        if receive_buffer:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        wire.settimeout(20)
        wire.connect(("127.0.0.1", server.port))
        wire.sendall(request)
        yield wire


def get(path: str, *lines: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: a", *lines, "", ""]).encode()


def drain(wire: socket.socket) -> bytes:
    found = bytearray()
    while piece := wire.recv(1 << 20):
        found += piece
    return bytes(found)


def content(size: int = SIZE) -> bytes:
    """Bytes in which every shift shows."""
    return b"".join(i.to_bytes(4, "big") for i in range(size // 4 + 1))[:size]


CONTENT = content()


def application(folder: Path, offered: list[bool]) -> Starlette:
    async def file(request: Request) -> Response:
        offered.append(SENDFILE in request.scope.get("extensions", {}))
        path = folder / request.path_params.get("name", "file")
        size = int(request.query_params.get("size", path.stat().st_size))
        return file_response(request, path=str(path), size=size, etag=ETAG, content_type="audio/flac")

    async def other(request: Request) -> Response:
        return PlainTextResponse("other")

    async def long(request: Request) -> Response:
        return PlainTextResponse("x" * BIG)

    async def plain(request: Request, call_next: RequestResponseEndpoint) -> Response:
        return await call_next(request)

    middleware = [
        Middleware(GZipMiddleware, minimum_size=100),
        Middleware(BaseHTTPMiddleware, dispatch=plain),
    ]
    routes = [Route("/file", file), Route("/files/{name}", file), Route("/other", other)]
    routes.append(Route("/long", long))
    wrapped = Starlette(routes=routes[:1], middleware=middleware)
    app = Starlette(routes=routes)
    app.mount("/wrapped", wrapped)
    return app


def protocols(kind: str) -> Any:
    chosen = sendfile_protocol()
    assert not isinstance(chosen, str), "uvicorn changed: look at mcma.api.sendfile"
    if kind == "stall":
        return type("Impatient", (chosen,), {"idle_timeout": 0.4})
    return chosen if kind == "sendfile" else "httptools"


@contextmanager
def serving(folder: Path, kind: str, loop: str, **options: Any) -> Iterator[Running]:
    offered: list[bool] = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            application(folder, offered),
            http=protocols(kind),
            loop=loop,
            ws="none",
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=1,
            **options,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        eventually(lambda: server.started)
        try:
            yield Running(listener.getsockname()[1], folder, offered, kind, server)
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


def eventually(true: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not become true in time"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("files")
    (found / "file").write_bytes(CONTENT)
    (found / "empty").write_bytes(b"")
    with (found / "big").open("wb") as big:
        big.truncate(BIG)
    return found


BOTH = [(kind, loop) for kind in ("sendfile", "fallback") for loop in ("uvloop", "asyncio")]


@pytest.fixture(scope="module", params=BOTH, ids="-".join)
def server(request: pytest.FixtureRequest, folder: Path) -> Iterator[Running]:
    with serving(folder, *request.param) as running:
        yield running


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def impatient(request: pytest.FixtureRequest, folder: Path) -> Iterator[Running]:
    with serving(folder, "stall", request.param) as running:
        yield running


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_the_extension_is_offered_by_the_protocol_and_only_there(server: Running) -> None:
    server.request(method="HEAD")
    assert server.offered[-1] is (server.kind == "sendfile")


def test_the_kernel_copies_where_it_can(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[int] = []
    real = os.sendfile

    def spy(out: int, fd: int, position: int, count: int) -> int:
        copied.append(real(out, fd, position, count))
        return copied[-1]

    monkeypatch.setattr(os, "sendfile", spy)
    assert server.request().body == CONTENT
    assert sum(copied) == (SIZE if server.kind == "sendfile" else 0)


def test_a_full_answer(server: Running) -> None:
    got = server.request()
    assert (got.status, got.body == CONTENT) == (200, True)
    assert got.headers["content-length"] == str(SIZE)
    assert got.headers["accept-ranges"] == "bytes"
    assert got.headers["etag"] == ETAG


LAST = SIZE - 1
TABLE = [
    ("bytes=0-", 206, f"bytes 0-{LAST}/{SIZE}"),
    ("bytes=0-0", 206, f"bytes 0-0/{SIZE}"),
    ("bytes=1000000-2999999", 206, f"bytes 1000000-2999999/{SIZE}"),
    ("bytes=-500", 206, f"bytes {SIZE - 500}-{LAST}/{SIZE}"),
    (f"bytes={SIZE}-", 416, f"bytes */{SIZE}"),
    ("bytes=0-1,5-9", 200, None),
    ("nonsense", 200, None),
]


@pytest.mark.parametrize(("wanted", "status", "content_range"), TABLE)
def test_ranges(server: Running, wanted: str, status: int, content_range: str | None) -> None:
    got = server.request(range=wanted)
    assert got.status == status
    assert got.headers.get("content-range") == content_range
    assert got.body == expected(wanted, CONTENT)[1]


@pytest.mark.parametrize(("validator", "status"), [(ETAG, 206), ('"old"', 200), (f"W/{ETAG}", 200)])
def test_if_range(server: Running, validator: str, status: int) -> None:
    got = server.request(range="bytes=5-9", if_range=validator)
    assert got.status == status
    assert got.body == (CONTENT[5:10] if status == 206 else CONTENT)


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=0-9"}], ids=["plain", "range"])
def test_head_has_the_head_only(server: Running, headers: dict[str, str]) -> None:
    with connected(server) as client:
        got = client.ask(method="HEAD", **headers)
        assert (got.status, got.headers["content-length"], got.body) == (200, str(SIZE), b"")
        assert client.ask("/other").body == b"other"


def test_an_empty_file(server: Running) -> None:
    got = server.request("/files/empty", range="bytes=-5")
    assert (got.status, got.headers["content-length"], got.body) == (200, "0", b"")


def test_a_connection_is_used_again(server: Running) -> None:
    with connected(server) as client:
        local = client.connection.sock.getsockname()
        for _ in range(3):
            assert client.ask().body == CONTENT
            assert client.ask(range="bytes=7-70000").body == CONTENT[7:70001]
            assert client.ask("/other").body == b"other"
            assert client.ask(if_none_match=ETAG).status == 304
        assert client.connection.sock.getsockname() == local


def test_pipelined_requests_are_answered_in_order(server: Running) -> None:
    one = get("/file") + get("/other") + get("/file", "Range: bytes=3-70000")
    with raw(server, one + get("/file", method="HEAD") + get("/other", "Connection: close")) as wire:
        answers = split(drain(wire), [SIZE, 5, 69_998, 0, 5])
    assert answers == [CONTENT, b"other", CONTENT[3:70_001], b"", b"other"]


def test_a_file_does_not_overtake_what_was_written_before(server: Running) -> None:
    """uvicorn calls a response complete when it is in the transport, long before it has left."""
    with raw(server, get("/long") + get("/file", "Connection: close"), receive_buffer=8192) as wire:
        time.sleep(0.2)
        answers = split(drain(wire), [BIG, SIZE])
    assert answers[0].count(b"x") == BIG
    assert answers[1] == CONTENT


class Holding:
    """A transport that still holds the head."""

    held = 100

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return 16, 64

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return self.held

    def is_closing(self) -> bool:
        return False


@pytest.mark.anyio
@pytest.mark.parametrize("paused", [True, False])
async def test_nothing_is_copied_before_the_transport_is_empty(paused: bool, anyio_backend: str) -> None:
    transport: Any = Holding()
    protocol: Any = SimpleNamespace(transport=transport, flow=FlowControl(transport))
    if paused:
        protocol.flow.pause_writing()
    waiting = asyncio.ensure_future(_sendfile.Sender(protocol)._flush())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    transport.held = 0
    protocol.flow.resume_writing()
    await asyncio.wait_for(waiting, 1)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_the_transport_buffers_as_before(server: Running) -> None:
    eventually(lambda: not limits(server))
    with connected(server) as client:
        client.ask("/other")
        before = limits(server)
        client.ask()
        eventually(lambda: limits(server) == before)
    assert before[0][1] > 0


def limits(server: Running) -> list[tuple[int, int]]:
    connections = list(server.uvicorn.server_state.connections)
    return [connection.transport.get_write_buffer_limits() for connection in connections]


def split(stream: bytes, lengths: list[int]) -> list[bytes]:
    found = []
    for length in lengths:
        head, _, stream = stream.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 2")
        found.append(stream[:length])
        stream = stream[length:]
    assert stream == b""
    return found


def test_http_1_0_gets_the_file_and_the_end(server: Running) -> None:
    with raw(server, b"GET /file HTTP/1.0\r\n\r\n") as wire:
        assert drain(wire).partition(b"\r\n\r\n")[2] == CONTENT


@pytest.mark.parametrize("reads", [0, 1, 100_000])
def test_a_client_that_hangs_up_costs_nothing(
    server: Running, reads: int, caplog: pytest.LogCaptureFixture
) -> None:
    server.request("/other")
    before = descriptors()
    for _ in range(15):
        with raw(server, get("/files/big"), receive_buffer=8192) as wire:
            left = reads
            while left:
                left -= len(wire.recv(left))
    eventually(lambda: descriptors() <= before)
    assert [entry for entry in caplog.records if entry.levelname == "ERROR"] == []
    assert server.request("/other").body == b"other"


def test_a_pipelining_client_that_hangs_up_costs_nothing(server: Running) -> None:
    before = descriptors()
    for _ in range(5):
        with raw(server, get("/files/big") * 3, receive_buffer=8192) as wire:
            wire.recv(10_000)
    eventually(lambda: descriptors() <= before)


def test_slow_readers_take_no_memory(server: Running) -> None:
    before = resident()
    with ExitStack() as stack:
        slow = [stack.enter_context(raw(server, get("/files/big"), receive_buffer=8192)) for _ in range(10)]
        for _ in range(20):
            assert all(wire.recv(4096) for wire in slow)
            time.sleep(0.005)
        grown = resident() - before
    assert grown < 24 * 1024 * 1024


def test_other_requests_go_on_beside_a_slow_one(server: Running) -> None:
    with raw(server, get("/files/big"), receive_buffer=8192) as wire:
        wire.recv(1)
        assert server.request("/other").body == b"other"
        assert server.request(range="bytes=9-99999").body == CONTENT[9:100_000]


@pytest.mark.parametrize("headers", [{}, {"Accept-Encoding": "gzip"}], ids=["plain", "gzip"])
def test_middleware_that_holds_the_head_back_changes_nothing(
    server: Running, headers: dict[str, str]
) -> None:
    got = server.request("/wrapped/file", **headers)
    assert got.status == 200
    encoded = got.headers.get("content-encoding") == "gzip"
    assert (gzip.decompress(got.body) if encoded else got.body) == CONTENT


def test_a_file_that_shrinks_while_it_is_sent_ends_the_connection(server: Running, tmp_path: Path) -> None:
    path = server.folder / f"shrinking-{tmp_path.name}"
    with path.open("wb") as file:
        file.truncate(BIG)
    with raw(server, get(f"/files/{path.name}"), receive_buffer=8192) as wire:
        wire.recv(1000)
        os.truncate(path, 1000)
        assert len(drain_or_reset(wire)) < BIG
    assert server.request("/other").body == b"other"


def drain_or_reset(wire: socket.socket) -> bytes:
    try:
        return drain(wire)
    except ConnectionResetError:
        return b""


def test_a_stalled_client_is_cut(impatient: Running) -> None:
    before = descriptors()
    with raw(impatient, get("/files/big"), receive_buffer=8192):
        eventually(lambda: descriptors() > before + 1)
        eventually(lambda: descriptors() <= before + 1, seconds=5)


def test_a_slow_client_is_not_cut(impatient: Running) -> None:
    before = descriptors()
    with raw(impatient, get("/files/big"), receive_buffer=8192) as wire:
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            assert wire.recv(8192)
            time.sleep(0.02)
        assert descriptors() > before + 2, "the connection, the file and the watched duplicate are still open"


def test_an_idle_connection_outlives_the_stall_limit(impatient: Running) -> None:
    with connected(impatient) as client:
        assert client.ask().body == CONTENT
        time.sleep(1)
        assert client.ask("/other").body == b"other"


def test_the_disk_is_waited_for_in_a_thread(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()
    real = os.sendfile

    def spy(*args: Any) -> int:
        used.add(threading.current_thread().name)
        return real(*args)

    monkeypatch.setattr(os, "sendfile", spy)
    monkeypatch.setattr(_sendfile, "_in_memory", lambda fd, position: False)
    with serving(folder, "sendfile", "asyncio") as running:
        assert running.request().body == CONTENT
    assert used
    assert all(name.startswith("asyncio_") for name in used)


def test_a_file_system_without_sendfile_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> int:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "sendfile", refuse)
    with serving(folder, "sendfile", "uvloop") as running:
        assert running.request(range="bytes=5-1000000").body == CONTENT[5:1_000_001]


@pytest.mark.parametrize("missing", ["sendfile", "preadv", "RWF_NOWAIT"])
def test_a_kernel_without_it_gets_uvicorns_own_protocol(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, missing)
    assert sendfile_protocol() == "auto"


@pytest.mark.parametrize("where", sorted(sendfile._USED))
def test_another_uvicorn_gets_its_own_protocol(
    where: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sendfile._USED, where, {"renamed"})
    assert sendfile_protocol() == "auto"


def test_without_httptools_uvicorn_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sendfile, "_UVICORN", "uvicorn.protocols.http.nowhere")
    assert sendfile_protocol() == "auto"


def test_tls_gets_no_extension_and_the_same_bytes(folder: Path, certificate: dict[str, str]) -> None:
    import ssl

    with serving(folder, "sendfile", "asyncio", **certificate) as running:
        context = ssl.create_default_context(cafile=certificate["ssl_certfile"])
        connection = http.client.HTTPSConnection("localhost", running.port, timeout=20, context=context)
        connection.request("GET", "/file")
        body = connection.getresponse().read()
        connection.close()
    assert body == CONTENT
    assert running.offered == [False]


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1)
    builder = builder.not_valid_before(datetime.now(UTC) - timedelta(days=1))
    builder = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(private)
    (tmp_path / "cert.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    return {"ssl_keyfile": str(tmp_path / "key.pem"), "ssl_certfile": str(tmp_path / "cert.pem")}


def expected(wanted: str, data: bytes) -> tuple[int, bytes]:
    """A second, slower reading of RFC 9110 section 14: the status and the bytes."""
    match = re.fullmatch(r"(?i:bytes)=[ \t,]*(\d*)-(\d*)[ \t,]*", wanted, re.ASCII)
    if not match or match.group(1, 2) == ("", ""):
        return 200, data
    first, last = (int(text) if text else None for text in match.groups())
    if first is None:
        assert last is not None
        return (206, data[-last:]) if last else (416, b"")
    if last is not None and last < first:
        return 200, data
    return (
        (206, data[first : (last or 0) + 1 if last is not None else None])
        if first < len(data)
        else (416, b"")
    )


edges = st.sampled_from(
    [0, 1, 99, 65_535, 262_143, 262_144, LAST - 1, LAST, SIZE, SIZE + 1, 2**31, 2**63, 10**30]
)
numbers = st.one_of(st.just(""), edges.map(str), st.integers(0, SIZE + 10).map(str), st.just("007"))
specs = st.tuples(numbers, numbers).map("-".join)
ranges = st.one_of(
    specs.map("bytes={}".format),
    specs.map("BYTES={},".format),
    st.lists(specs, min_size=2, max_size=5).map(lambda found: "bytes=" + ", ".join(found)),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30).map("bytes={}".format),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30),
    st.just("bytes=" + "9" * 4000 + "-"),
)


@pytest.mark.parametrize(("kind", "loop"), [("sendfile", "uvloop"), ("fallback", "asyncio")])
def test_any_range_gets_the_bytes_it_asks_for(folder: Path, kind: str, loop: str) -> None:
    with serving(folder, kind, loop) as running, connected(running) as client:

        @settings(max_examples=80, deadline=None, database=None)
        @given(ranges)
        def agrees(wanted: str) -> None:
            got = client.ask(range=wanted)
            status, body = expected(wanted, CONTENT)
            assert (got.status, got.body == body) == (status, True)

        agrees()


def test_the_loops_under_test_are_the_ones_named(folder: Path) -> None:
    """A server that quietly ran on another loop would make half of this file worthless."""
    found = []

    async def name(scope: Any, receive: Any, send: Any) -> None:
        found.append(type(asyncio.get_running_loop()).__module__)
        await PlainTextResponse("")(scope, receive, send)

    for loop in ("uvloop", "asyncio"):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            config = uvicorn.Config(name, loop=loop, lifespan="off", ws="none", log_config=None)
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            eventually(lambda server=server: server.started)  # type: ignore[misc]
            with connected(Running(listener.getsockname()[1], folder, [], "", server)) as client:
                client.ask("/")
            server.should_exit = True
            thread.join(10)
    assert [module.partition(".")[0] for module in found] == ["uvloop", "asyncio"]


def test_all_requests_of_a_client_that_pipelined_hear_that_it_is_gone() -> None:
    """uvicorn tells the latest only, and goes on writing to the closed connection for the others."""
    kind = protocols("sendfile")
    protocol, cycles = kind.__new__(kind), [Mock(disconnected=False) for _ in range(3)]
    protocol.cycles = set(cycles)
    protocol._tell_all()
    assert all(cycle.disconnected and cycle.message_event.set.called for cycle in cycles)
