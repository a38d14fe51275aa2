"""What each process of a server takes from the queue."""

from pathlib import Path
from typing import Any

import pytest

from mcma.domain.errors import InvalidInput
from mcma.part import Part, offered
from mcma.secrets import ConfigError
from mcma.settings import load_settings
from mcma_plugins.jobs import JobContext, JobKind

POSTGRES = {"database_url": "postgresql+asyncpg://nowhere/x"}
REDIS = {**POSTGRES, "redis_url": "redis://nowhere"}


async def run(_: JobContext) -> None: ...


KINDS = {
    name: JobKind(name, run, host_only=name == "transcode")
    for name in ("scan", "transcode", "demo.a", "demo.b")
}


@pytest.mark.parametrize(
    ("given", "part", "takes"),
    [
        ({}, Part(), ["scan", "transcode", "demo.a", "demo.b"]),
        (POSTGRES, Part(), ["scan", "transcode", "demo.a", "demo.b"]),
        (REDIS, Part(), ["transcode"]),
        ({**REDIS, "serve_jobs": "yes"}, Part(), ["scan", "transcode", "demo.a", "demo.b"]),
        ({**POSTGRES, "serve_jobs": "no"}, Part(), ["transcode"]),
        (REDIS, Part("worker"), ["scan", "demo.a", "demo.b"]),
        (REDIS, Part("worker", kinds=("demo.a", "scan")), ["scan", "demo.a"]),
        (REDIS, Part("worker", plugins=("demo",)), ["demo.a", "demo.b"]),
        (REDIS, Part("worker", plugins=("core", "other")), ["scan"]),
        (REDIS, Part("worker", plugins=("demo",), kinds=("demo.b",)), ["demo.b"]),
    ],
)
def test_who_takes_what(tmp_path: Path, given: dict[str, Any], part: Part, takes: list[str]) -> None:
    assert offered(part, load_settings(data_dir=tmp_path, **given), KINDS) == takes


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (Part("worker", kinds=("nothing",)), "no kind of job 'nothing'"),
        (Part("worker", kinds=("transcode",)), "in no worker"),
        (Part("worker", plugins=("demo",), kinds=("scan",)), "offers a kind"),
    ],
)
def test_a_worker_that_could_do_nothing_is_refused(tmp_path: Path, part: Part, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        offered(part, load_settings(data_dir=tmp_path, **REDIS), KINDS)
    assert caught.value.stable_code == "usage"


@pytest.mark.parametrize(
    ("processes", "slots", "each"), [(1, 4, 4), (2, 4, 2), (4, 4, 2), (3, 16, 6), (1, 1, 2)]
)
def test_serving_processes_share_the_slots(tmp_path: Path, processes: int, slots: int, each: int) -> None:
    settings = load_settings(data_dir=tmp_path, processes=processes, job_slots=slots, **POSTGRES)
    assert Part().slots_of(settings) == each
    assert Part("worker").slots_of(settings) == slots


def test_with_sqlite_the_server_runs_the_jobs(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="MCMA_SERVE_JOBS"):
        load_settings(data_dir=tmp_path, serve_jobs="no")
