"""Several listeners at once, from mcma and from nginx in turn: `python -m tests.bench.parallel`. Prints JSON.

nginx is measured where it is installed, else null. Compare the two within one run: both wait for the same
clients on the same processors.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.peer import free_port
from tests.bench.served import cpu_ns
from tests.bench.streaming import SIZE, Reader, server

CLIENTS = 8
_NGINX = """\
daemon off; master_process off; pid {home}/pid; error_log {home}/log;
events {{ worker_connections 64; }}
http {{
  access_log off; sendfile on; keepalive_requests 100000;
  client_body_temp_path {home}/1; proxy_temp_path {home}/2; fastcgi_temp_path {home}/3;
  uwsgi_temp_path {home}/4; scgi_temp_path {home}/5;
  server {{ listen 127.0.0.1:{port}; root {home}; }}
}}
"""


class Server(NamedTuple):
    port: int
    pid: int
    target: str


def nginx() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def theirs(program: str, home: Path) -> Iterator[Server]:
    port = free_port()
    (home / "nginx.conf").write_text(_NGINX.format(home=home, port=port))
    process = subprocess.Popen([program, "-p", home, "-c", home / "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        _answers(port)
        yield Server(port, process.pid, "/file")
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            Reader(port).wire.close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def one_round(serving: Server, each: int) -> dict[str, float]:
    def listen(_: int) -> None:
        reader = Reader(serving.port)
        for _ in range(each):
            reader.get(serving.target)
        reader.wire.close()

    before, begun = cpu_ns(serving.pid), time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(listen, range(CLIENTS)))
    files = CLIENTS * each
    wall, cpu = time.perf_counter() - begun, (cpu_ns(serving.pid) - before) / 1e6
    return {"mib_per_s": files * SIZE / 2**20 / wall, "cpu_ms": cpu / files, "wall_ms": wall * 1000 / files}


def compare(path: Path, rounds: int, each: int) -> dict[str, Any]:
    program = nginx()
    with ExitStack() as stack:
        port, pid = stack.enter_context(server(path, "sendfile"))
        serving = {"mcma": Server(port, pid, "/ours")}
        if program is not None:
            serving["nginx"] = stack.enter_context(theirs(program, path.parent))
        found: dict[str, list[dict[str, float]]] = {name: [] for name in serving}
        for one in serving.values():
            one_round(one, 1)
        for _ in range(rounds):
            for name, one in serving.items():
                found[name].append(one_round(one, each))
    return {"clients": CLIENTS, "mcma": _median(found["mcma"]), "nginx": _median(found.get("nginx", []))}


def _median(rounds: list[dict[str, float]]) -> dict[str, float] | None:
    if not rounds:
        return None
    return {name: round(statistics.median(one[name] for one in rounds), 3) for name in rounds[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--each", type=int, default=4, help="files for each client and round")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / "file"
        path.write_bytes(os.urandom(SIZE))
        print(json.dumps(compare(path, options.rounds, options.each), indent=2))


if __name__ == "__main__":
    main()
