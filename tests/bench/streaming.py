"""What a streamed file costs the server, by sendfile, in pieces, by starlette's FileResponse, as a ZIP: JSON.

`kernel` is a bare loop around os.sendfile, the floor on this machine; `empty` is a request for nothing,
without which no answer can be had. The best of several rounds; compare ways within one run.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from mcma.api.sendfile import sendfile_protocol
from mcma_plugins.streams import Archive, Packed
from mcma_plugins.values import StreamFile
from mcma_plugins.web import archive_response, file_response

SIZE = 30 * 1024 * 1024
RANGE = 64 * 1024
ROUNDS = 8
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
WAYS = ("sendfile", "fallback", "starlette")


def application(path: Path) -> Starlette:
    async def ours(request: Request) -> Response:
        return file_response(request, path=str(path), size=SIZE, etag="bench", content_type="audio/flac")

    async def starlettes(request: Request) -> Response:
        return FileResponse(path, media_type="audio/flac")

    async def zipped(request: Request) -> Response:
        file = StreamFile(bytes(path), SIZE, "bench", "audio/flac", "flac", MOMENT, "bench.flac")
        return archive_response(request, Archive("bench", [Packed("bench.flac", file, MOMENT)]))

    async def cpu(request: Request) -> Response:
        return JSONResponse({"ns": time.process_time_ns(), "rss": resident()})

    async def empty(request: Request) -> Response:
        return Response()

    named = {"/ours": ours, "/starlette": starlettes, "/zip": zipped, "/cpu": cpu, "/empty": empty}
    return Starlette(routes=[Route(path, endpoint) for path, endpoint in named.items()])


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def kernel(path: Path, full: int, ranged: int) -> dict[str, float]:
    """Processor time of this process for os.sendfile alone, into a connection that a child reads from."""
    with socket.socket() as listener, path.open("rb") as file:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        child = subprocess.Popen([sys.executable, __file__, "--sink", str(listener.getsockname()[1])])
        with listener.accept()[0] as wire:
            found = {"full_30_mib": floor(wire, file.fileno(), SIZE, full)}
            found["range_64_kib"] = floor(wire, file.fileno(), RANGE, ranged)
        child.wait(10)
    return found


def floor(wire: socket.socket, descriptor: int, size: int, times: int) -> float:
    return min(bare_round(wire, descriptor, size, max(times // ROUNDS, 1)) for _ in range(ROUNDS + 1))


def bare_round(wire: socket.socket, descriptor: int, size: int, times: int) -> float:
    before = time.process_time_ns()
    for _ in range(times):
        offset = 0
        while offset < size:
            offset += os.sendfile(wire.fileno(), descriptor, offset, size - offset)
    return round((time.process_time_ns() - before) / times / 1e6, 3)


def sink(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as wire:
        buffer = bytearray(1 << 20)
        while wire.recv_into(buffer):
            pass


def serve(path: Path, way: str, descriptor: int) -> None:
    http = sendfile_protocol() if way == "sendfile" else "httptools"
    config = uvicorn.Config(
        application(path), fd=descriptor, http=http, loop="uvloop", ws="none", log_level="error"
    )
    uvicorn.Server(config).run()


@contextmanager
def server(path: Path, way: str) -> Iterator[tuple[int, int]]:
    """Its port and its process."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        command = [
            sys.executable,
            __file__,
            "--serve",
            way,
            "--file",
            str(path),
            "--fd",
            str(listener.fileno()),
        ]
        process = subprocess.Popen(command, pass_fds=[listener.fileno()])
        try:
            yield listener.getsockname()[1], process.pid
        finally:
            process.terminate()
            process.wait(10)


class Reader:
    """A client as cheap as Python allows: one buffer, no copies."""

    def __init__(self, port: int) -> None:
        self.wire = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.buffer = memoryview(bytearray(1 << 20))

    def get(self, target: str, header: str = "") -> None:
        """Read the answer and drop it."""
        self.wire.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n{header}\r\n".encode())
        first = b""
        while b"\r\n\r\n" not in first:
            first += self.wire.recv(65536)
        head, _, body = first.partition(b"\r\n\r\n")
        left = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]) - len(body)
        while left:
            left -= self.wire.recv_into(self.buffer, min(left, len(self.buffer)))


def usage(port: int) -> dict[str, int]:
    with urlopen(f"http://127.0.0.1:{port}/cpu") as answer:
        found: dict[str, int] = json.load(answer)
    return found


def measure(port: int, target: str, header: str, times: int) -> dict[str, float]:
    """The best round: what other processes took from this machine is not what is measured."""
    reader, rounds = Reader(port), max(times // ROUNDS, 1)
    found = [one_round(reader, port, target, header, rounds) for _ in range(ROUNDS + 1)]
    return {"cpu_ms": min(cpu for cpu, _ in found), "wall_ms": min(wall for _, wall in found)}


def one_round(reader: Reader, port: int, target: str, header: str, times: int) -> tuple[float, float]:
    before, start = usage(port)["ns"], time.perf_counter()
    for _ in range(times):
        reader.get(target, header)
    wall = time.perf_counter() - start
    return round((usage(port)["ns"] - before) / times / 1e6, 3), round(wall / times * 1e3, 3)


def compare(path: Path, full: int, ranged: int) -> dict[str, Any]:
    found: dict[str, Any] = {"kernel_cpu_ms": kernel(path, full, ranged)}
    for way in WAYS:
        target = "/starlette" if way == "starlette" else "/ours"
        with server(path, way) as (port, _):
            found[way] = {
                "full_30_mib": measure(port, target, "", full),
                "range_64_kib": measure(
                    port, target, f"Range: bytes=1000000-{1000000 + RANGE - 1}\r\n", ranged
                ),
                "empty": measure(port, "/empty", "", ranged),
                "rss_mib": usage(port)["rss"] // 2**20,
            }
    with server(path, "sendfile") as (port, _):
        packed = measure(port, "/zip", "", full)
        found["zip"] = {"full_30_mib": packed, "rss_mib": usage(port)["rss"] // 2**20}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", type=int, default=60, help="requests for the whole file")
    parser.add_argument("--ranged", type=int, default=1000, help="requests for 64 KiB")
    parser.add_argument("--serve", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--sink", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.sink:
        sink(args.sink)
        return
    if args.serve:
        serve(args.file, args.serve, args.fd)
        return
    with tempfile.NamedTemporaryFile() as file:
        file.write(os.urandom(SIZE))
        file.flush()
        print(json.dumps(compare(Path(file.name), args.full, args.ranged), indent=2))


if __name__ == "__main__":
    main()
