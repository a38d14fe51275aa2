"""Start to first answer, on a data folder that is there: `python -m tests.bench.start`. Prints JSON."""

import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.support.command import Mcma, clean_environment

REPEAT = 5


def started(mcma: Mcma) -> dict[str, float]:
    began = time.monotonic()
    with mcma.serving() as served:
        urllib.request.urlopen(f"http://127.0.0.1:{served.port}/health", timeout=60).read()
        answered = time.monotonic()
        spent = processor_seconds(served.process.pid)
        stopping = time.monotonic()
        served.stop(signal.SIGTERM)
    return {"seconds": answered - began, "cpu_seconds": spent, "stop_seconds": time.monotonic() - stopping}


def processor_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / 100


def importing(modules: str) -> float:
    """What the libraries alone cost, to read the rest against."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", f"import {modules}"], check=True, env=clean_environment())
    return time.monotonic() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        mcma = Mcma(Path(folder) / "data", Path(folder), fresh=True)
        started(mcma)
        runs = [started(mcma) for _ in range(REPEAT)]
    libraries = statistics.median(importing("sqlmodel, fastapi, uvicorn, structlog") for _ in range(REPEAT))
    found = {name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]}
    ratio = round(found["seconds"] / libraries, 2)
    print(json.dumps({**found, "libraries_alone_seconds": round(libraries, 2), "ratio": ratio}))


if __name__ == "__main__":
    main()
