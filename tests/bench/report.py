"""docs/performance.md from build/bench.json: `python -m tests.bench.report`. The words around it are here."""

import json
from typing import Any

from tests.bench.run import KEPT, ROOT

PAGE = ROOT / "docs" / "performance.md"
HEAD = """\
# Performance

This page is made by `python -m tests.bench.report` from what `make bench` measured last. Do not edit it.

## What was measured

{machine}

| what | measured | target | measured / target |
|---|---|---|---|
{rows}

{verdict}

## How to read it

* *ms* is the median of warm requests over one keep-alive connection to a real `mcma serve`, network stack and client
  included; *server CPU* is the processor time of the server's own threads for one request.
* *times* is a ratio of two numbers of the same run. On a shared machine everything may take two or three times as
  long for a while, processor time too; the ratios move far less. *pace* is how long the same piece of Python work took
  then: compare the numbers of two runs by it.
* *measured / target* at most 1 is a target met. Lines without a target are there to be compared over time.
* Rows "against supysonic" are mcma's time over supysonic's, same files, same machine, one after the other: 0.01 is a
  hundred times as fast. Scans there are the whole command, its start included.
* nginx serves the same file to the same clients, in turn with mcma; it is measured where it is installed.
* *The page that grows most* is the worst of all paged calls of the services, its best round at that size over its best at
  10,000 tracks; build/bench.json says which one it was.
* A first scan has real tag readers, commits and feed rows in it; the files are half a second of sound each, so that
  10,000 of them fit in the page cache.

## How it is repeated

```
make bench                                       # all of it, a few minutes; writes build/bench.json
.venv/bin/python -m tests.bench.report           # this page
.venv/bin/python -m tests.bench.peer --install   # once: supysonic {peer} into build/peer, to compare with
.venv/bin/python -m tests.bench.run --full       # 100,000 files and a million tracks as well; a coffee
.venv/bin/python -m tests.bench.run --only calls # one part: calls, scan, streaming, parallel, reads, sync, matching, enriching, fingerprints, jobs, peer
.venv/bin/python -m tests.bench.native           # processor time of native calls, without a network
.venv/bin/python -m tests.bench.subsonic_render  # building and writing an answer, without a database
```

## Why it is fast, and what it costs

* Lists read columns along an index and continue by key; counters are columns. So a page of 500 costs the same at any
  size of the library and at any depth (`store/queries/`).
* On SQLite a statement is one trip to the driver's thread (`store/sqlite_driver.py`); four are usual.
* A start loads what every server needs and nothing else, from byte code that `make setup` has made. A test holds the
  list of what comes later (`tests/system/test_start.py`).
* A query is built and compiled once for its shape and then goes straight to the driver
  (`store/queries/prepared.py`): one trip to SQLite's thread. Views are made column by column.
* `getArtists` is the one answer that grows with the library. Its rows are kept by the revision of the libraries that
  the caller may see; likes and ratings are laid over it for each caller (`services/people/everyone.py`).
* A page of 500 tracks is 22,000 values. Half of its time is SQLite and Python making them; the rest is shaping and
  JSON. That is the floor of this design for the native list.
* PostgreSQL needs to know how much was written: a scan ends with `ANALYZE`. Before that a first page took 16 times
  as long.
* PostgreSQL plans filtered lists for each call (`Prepared(varied=True)`): from the sixth run on it would take one plan
  for whatever the values are, and sort what only has to be walked. Connections say that indexes are cheap to read
  and that plans are not to be compiled (`dialect.prefer_indexes`).
* A play adds to what its artist has; all of an artist's tracks are added up only when plays went, at the first play
  and by a rebuild (`services/listening/artist_counters.py`).
"""
PEER = "0.7.9"


def page(found: dict[str, Any]) -> str:
    rows = "\n".join(_line(row) for row in found["rows"])
    return HEAD.format(machine=_machine(found), rows=rows, verdict=_verdict(found["rows"]), peer=PEER)


def _machine(found: dict[str, Any]) -> str:
    about = found["machine"]
    return (
        f"{about['cores']} cores, {about['system']}, Python {about['python']}, SQLite {about['sqlite']}; "
        f"load {about['load_before']} before and {about['load_after']} after; "
        f"pace {about['pace_before']:g} ms before and {about['pace_after']:g} ms after; {found['seconds']} s."
    )


def _line(row: dict[str, Any]) -> str:
    measured = row["note"] if row["value"] is None else _quantity(row["value"], row["unit"])
    target = "" if row["target"] is None else _quantity(row["target"], row["unit"])
    ratio = "" if row["ratio"] is None else f"{row['ratio']:g}"
    return f"| {row['what']} | {measured} | {target} | {ratio} |"


def _quantity(value: float, unit: str) -> str:
    shown = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"
    return f"{shown} {unit}"


def _verdict(rows: list[dict[str, Any]]) -> str:
    over = [f"{row['what']} ({row['ratio']:g})" for row in rows if (row["ratio"] or 0) > 1]
    return f"Not met in this run: {'; '.join(over)}." if over else "Every target was met in this run."


def main() -> None:
    PAGE.write_text(page(json.loads(KEPT.read_text())))


if __name__ == "__main__":
    main()
