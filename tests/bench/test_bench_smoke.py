"""The benches run, and whatever has a target is in their answer and on the page."""

import json
import subprocess
import sys

import pytest

from tests.bench.parallel import nginx
from tests.bench.report import PAGE, page
from tests.bench.run import ROOT, line, machine
from tests.bench.targets import ROWS, Row

ELSEWHERE = (
    "fingerprints_fpcalc",
    "scaled",
    "growth_",
    "jobs_polling_",
    "job_start_polling",
    "jobs_redis_2",
    "jobs_redis_4",
)
"""Need fpcalc, a PostgreSQL, more workers or a large library, which would take most of the time there is."""


def test_everything_is_measured() -> None:
    command = [sys.executable, "-m", "tests.bench.run", "--smoke"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [row["name"] for row in found["rows"]] == [row.name for row in ROWS]
    empty = {row["name"] for row in found["rows"] if row["value"] is None}
    others = ELSEWHERE + (("peer_",) if nginx() else ("peer_", "parallel"))
    assert empty == {row.name for row in ROWS if row.note or row.name.startswith(others)}
    assert found["machine"]["cores"] > 0
    assert found["machine"]["pace_after"] > 0


def test_every_row_is_on_the_page() -> None:
    shown = PAGE.read_text()
    assert [row.what for row in ROWS if f"| {row.what} |" not in shown] == []


@pytest.mark.parametrize(
    ("results", "value", "ratio", "note"),
    [
        ({"a": {"b": 6, "c": 3}}, 6.0, 3.0, ""),
        ({"a": {}}, None, None, "not measured"),
        ({"a": None}, None, None, "not measured"),
    ],
)
def test_a_row(results: dict[str, object], value: float, ratio: float, note: str) -> None:
    made = line(Row("some", "something", "ms", 2, "a.b"), results)
    assert (made["value"], made["ratio"], made["note"]) == (value, ratio, note)


def test_a_row_of_two_numbers() -> None:
    made = line(Row("some", "something", "times", None, "a.b", "a.c"), {"a": {"b": 6, "c": 3}})
    assert (made["value"], made["ratio"]) == (2.0, None)


def test_the_page_says_what_was_not_met() -> None:
    rows = [
        line(Row("one", "too slow", "ms", 2, "a"), {"a": 3}),
        line(Row("two", "fine", "ms", 2, "a"), {"a": 1}),
    ]
    told = page({"machine": machine() | {"load_after": 0.0, "pace_after": 1.0}, "seconds": 1, "rows": rows})
    assert "Not met in this run: too slow (1.5)." in told
    assert "| fine | 1 ms | 2 ms | 0.5 |" in told
