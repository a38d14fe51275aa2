"""Every bench, each in a process of its own, as one JSON: `python -m tests.bench.run [--full | --smoke]`.

Prints it and writes it to build/bench.json (not with --smoke). `python -m tests.bench.report` makes
docs/performance.md of it.
"""

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.targets import ROWS, Row
from tests.support.forked import Forked

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "bench.json"
Results = dict[str, Any]
Run = Callable[[str, list[str]], "Ran"]

NORMAL = {
    "calls": [],
    "scan": ["10000", "sqlite"],
    "streaming": ["--full", "24", "--ranged", "400"],
    "parallel": [],
    "reads": ["--tracks", "10000", "100000", "--postgres"],
    "transcoding": [],
    "sync": [],
    "matching": [],
    "enriching": [],
    "fingerprints": [],
    "jobs": ["2000"],
    "peer": [],
}
FULL = NORMAL | {
    "scan_large": ["100000", "sqlite"],
    "fingerprints": ["--kept", "10000", "100000"],
    "reads": ["--tracks", "10000", "100000", "1000000", "--postgres"],
}
SMOKE = {
    "calls": ["--tracks", "120", "--rounds", "2"],
    "scan": ["24", "sqlite"],
    "streaming": ["--full", "1", "--ranged", "8"],
    "parallel": ["--rounds", "1", "--each", "1"],
    "transcoding": ["--seconds", "4", "--rounds", "1"],
    "sync": ["--tracks", "120", "--rounds", "2"],
    "matching": ["--rounds", "1"],
    "enriching": ["--tracks", "60", "--labelled", "60"],
    "fingerprints": ["--files", "1", "--songs", "1", "--seconds", "12", "--kept", "100"],
    "jobs": ["40", "--only", "embedded", "redis", "--workers", "1"],
    "peer": ["--files", "24", "--alone"],
}
PAGES = ("albums_500_name", "albums_500_newest", "search_empty_first_500", "search_empty_last_500",
         "native_tracks_500")  # fmt: skip


class Ran(NamedTuple):
    code: int
    out: str


def run_fresh(module: str, arguments: list[str]) -> Ran:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    return Ran(done.returncode, done.stdout)


def run_forked(module: str, arguments: list[str]) -> Ran:
    """Where nothing is measured in earnest, what all of them load is loaded once."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        code = Forked(arguments, ROOT, os.environ, Path(os.devnull), out, err, module).wait()
        print(err.read_text(), end="", file=sys.stderr)
        return Ran(code, out.read_text())


def measured(name: str, arguments: list[str], run: Run) -> Any:
    """None for one that failed; its own words are on stderr."""
    begun = time.monotonic()
    done = run(f"tests.bench.{name.removesuffix('_large')}", arguments)
    print(f"{name}: {time.monotonic() - begun:.0f} s, {done.code}", file=sys.stderr, flush=True)
    return json.loads(done.out) if done.code == 0 else None


def results_of(plan: dict[str, list[str]], smoke: bool) -> Results:
    run = run_forked if smoke else run_fresh
    with ThreadPoolExecutor(len(plan) if smoke else 1) as pool:
        found = dict(zip(plan, pool.map(partial(measured, run=run), plan, plan.values()), strict=True))
    if found.get("reads"):
        found["reads"]["slowest"] = slowest(found["reads"])
    return found


def slowest(reads: Results) -> float:
    """How many times SQLite's time the worst page takes on PostgreSQL."""
    ours, theirs = reads["sqlite_10000"], reads["postgresql_10000"]
    return float(round(max(theirs[page]["p50_ms"] / ours[page]["p50_ms"] for page in PAGES), 2))


def line(row: Row, results: Results) -> Results:
    value = row.value(results)
    ratio = round(value / row.target, 2) if value is not None and row.target else None
    missing = "not installed" if row.name.startswith(("peer_", "parallel")) else "not measured"
    note = row.note or (missing if value is None else "")
    return {"name": row.name, "what": row.what, "unit": row.unit, "value": value, "target": row.target,
            "ratio": ratio, "note": note}  # fmt: skip


def pace() -> float:
    """Milliseconds that the same piece of Python work takes now, the best of five: what was measured
    at another time or elsewhere is comparable by it."""

    def work() -> float:
        begun = time.perf_counter()
        sorted(str(number) for number in range(200_000))
        return time.perf_counter() - begun

    return round(min(work() for _ in range(5)) * 1000, 1)


def machine() -> Results:
    return {
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 1),
        "pace_before": pace(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def document(plan: dict[str, list[str]], *, smoke: bool = False) -> Results:
    about, begun = machine(), time.monotonic()
    results = results_of(plan, smoke)
    about["load_after"] = round(os.getloadavg()[0], 1)
    about["pace_after"] = pace()
    rows = [line(row, results) for row in ROWS]
    seconds = round(time.monotonic() - begun)
    return {"machine": about, "seconds": seconds, "rows": rows, "benches": results}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="100,000 files and a million tracks as well")
    size.add_argument("--smoke", action="store_true", help="only whether everything runs")
    parser.add_argument("--only", nargs="+", choices=FULL, default=[*FULL])
    options = parser.parse_args()
    plan = SMOKE if options.smoke else FULL if options.full else NORMAL
    chosen = {name: arguments for name, arguments in plan.items() if name in options.only}
    found = document(chosen, smoke=options.smoke)
    written = json.dumps(found, indent=2)
    print(written)
    if not options.smoke:
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(written + "\n")
    if any(result is None for result in found["benches"].values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
