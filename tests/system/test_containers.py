"""What the images do, done without Docker: the same script, environment and command, as another user."""

import asyncio
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcma.settings import PREFIX, Settings
from tests.conftest import TEMPLATE, empty_postgres
from tests.support.audio import make_audio
from tests.support.command import Served, clean_environment, port_of
from tests.support.postgres import Postgres
from tests.support.redis import RedisServer

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
NOBODY = 65534


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first stage of the image makes, with two plugins alone."""
    folder = tmp_path_factory.mktemp("image")
    folder.parent.chmod(0o755)
    folder.chmod(0o755)
    subprocess.run([ROOT / "docker" / "install", folder / "mcma", "local archive"], check=True, cwd="/")
    return folder / "mcma"


def instructions(stage: int | None = None) -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    stages: list[list[tuple[str, str]]] = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            if word == "FROM":
                stages.append([])
            stages[-1].append((word, rest.strip()))
    return [one for part in stages for one in part] if stage is None else stages[stage]


def test_the_image_is_built_by_the_script_alone_and_runs_nothing_at_the_end() -> None:
    built = [rest for word, rest in instructions(0) if word == "RUN"]
    assert built == ['/src/docker/install /opt/mcma "$PLUGINS"', "install -d -m 0700 /empty"]
    assert [rest for word, rest in instructions(1) if word == "RUN"] == []
    assert ("USER", "1000:1000") in instructions(1)


@pytest.mark.parametrize("name", ["compose.yaml", "compose.scaled.yaml"])
def test_compose_files_name_settings_that_exist_and_keep_their_ports_to_themselves(name: str) -> None:
    services = yaml.safe_load((ROOT / name).read_text())["services"]
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    given = {one for service in services.values() for one in service.get("environment", {})}
    assert {one for one in given if one.startswith(PREFIX)} <= known
    for which, service in services.items():
        assert ("ports" in service) == (which == "mcma")
        if "build" in service:
            assert service["read_only"]
            assert service["cap_drop"] == ["ALL"]
            assert service["stop_grace_period"] == "20s"


def test_the_simple_compose_file_stays_simple() -> None:
    assert len((ROOT / "compose.yaml").read_text().splitlines()) <= 20


def test_only_what_was_asked_for_is_installed(prefix: Path) -> None:
    listed = sorted(path.name.split("-")[0] for path in prefix.glob("lib/*/site-packages/mcma*.dist-info"))
    assert listed == ["mcma", "mcma_archive", "mcma_local", "mcma_plugins"]
    assert not list(prefix.glob("lib/*/site-packages/pip"))
    assert not list(prefix.glob("lib/*/site-packages/hatchling"))


def test_an_unknown_plugin_is_named(tmp_path: Path) -> None:
    command = [str(ROOT / "docker" / "install"), str(tmp_path / "mcma"), "local nonsense"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, "'nonsense'" in ran.stderr) == (2, True)
    assert not (tmp_path / "mcma").exists()


def environment(prefix: Path, home: Path, more: Mapping[str, str] = {}) -> dict[str, str]:
    """The image's own, its folders moved to where this test may write."""
    [given] = [rest for word, rest in instructions(1) if word == "ENV"]
    moved = {"/opt/mcma": str(prefix), "/tmp": str(home), "/data": str(home / "data")}
    pairs = dict(part.split("=", 1) for part in shlex.split(given))
    pairs = {name: moved.get(value, value.replace("/opt/mcma", str(prefix))) for name, value in pairs.items()}
    found = clean_environment(**{**pairs, "MCMA_HOST": "127.0.0.1", "TMPDIR": str(home), **more})
    found["PATH"] = pairs["PATH"].replace("$PATH", os.environ["PATH"])
    return found


@contextmanager
def container(
    prefix: Path, home: Path, *command: str, name: str = "mcma", more: Mapping[str, str] = {}
) -> Iterator[Served]:
    """The image's entry point, as a user who may write to its data and temporary folders alone."""
    [entry] = [yaml.safe_load(rest) for word, rest in instructions(1) if word == "ENTRYPOINT"]
    out, err = home / f"{name}.out", home / f"{name}.err"
    with out.open("wb") as to_out, err.open("wb") as to_err:
        process = subprocess.Popen(
            [prefix / "bin" / entry[0], *command], stdout=to_out, stderr=to_err, cwd="/",
            env=environment(prefix, home, more), **_another_user(),
        )  # fmt: skip
    served = Served(process, out, err)
    try:
        if command[0] == "serve":
            served.port = port_of(served)
        yield served
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@cache
def _another_user() -> dict[str, Any]:
    """Root becomes nobody, unless this Python lies where only root can reach it."""
    nobody: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    if os.geteuid() != 0:
        return {}
    try:
        subprocess.run([Path(sys.executable).resolve(), "-c", ""], check=True, cwd="/", **nobody)
    except PermissionError:
        return {}
    return nobody


@pytest.fixture
def home() -> Iterator[Path]:
    """A short path that another user may enter."""
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    folder.chmod(0o755)
    (folder / "data").mkdir(mode=0o700)
    if _another_user():
        for one in (folder, folder / "data"):
            os.chown(one, NOBODY, NOBODY)
    yield folder
    shutil.rmtree(folder)


def health(prefix: Path, home: Path, port: int | None = None) -> "subprocess.CompletedProcess[str]":
    [asked] = [yaml.safe_load(rest.partition("CMD ")[2]) for word, rest in instructions(1)
               if word == "HEALTHCHECK"]  # fmt: skip
    command = [prefix / "bin" / asked[0], *asked[1:]]
    given = environment(prefix, home) | ({"MCMA_PORT": str(port)} if port else {})
    return subprocess.run(command, env=given, cwd="/", capture_output=True, text=True, check=False,
                          **_another_user())  # fmt: skip


def test_the_container_serves_a_read_only_folder_and_stops_in_time(prefix: Path, home: Path) -> None:
    music = home / "music"
    make_audio(music / "a.flac", fmt="flac", tags={"title": "One", "artist": "Ann"})
    music.chmod(0o555)
    with container(prefix, home, "serve", "--library", str(music), "--port", "0") as served:
        checked = health(prefix, home)
        assert checked.returncode == 0, checked
        assert re.search(r"database\s+ready", checked.stdout)
        listed = home / "data" / "mcma.db"
        assert listed.stat().st_mode & 0o777 == 0o600
        assert served.stop(signal.SIGTERM, 15) == 0
    assert health(prefix, home, served.port).returncode == 1


async def test_the_scaled_file_makes_a_server_and_workers(
    prefix: Path, home: Path, postgres: Postgres, redis: RedisServer
) -> None:
    services = yaml.safe_load((ROOT / "compose.scaled.yaml").read_text())["services"]
    music = home / "music"
    make_audio(music / "a.flac", fmt="flac", tags={"title": "One", "artist": "Ann"})
    music.chmod(0o555)
    serve = [str(music) if word == "/music" else word for word in services["mcma"]["command"]]
    async with empty_postgres(postgres, TEMPLATE) as name:
        more = {"MCMA_DATABASE_URL": postgres.url(name), "MCMA_REDIS_URL": redis.url}
        assert all(set(services[one]["environment"]) == set(more) for one in ("mcma", "worker"))
        with ExitStack() as stack:
            served = stack.enter_context(container(prefix, home, *serve, "--port", "0", more=more))
            command = services["worker"]["command"]
            workers = [
                stack.enter_context(container(prefix, home, *command, name=f"worker{number}", more=more))
                for number in range(services["worker"]["deploy"]["replicas"])
            ]
            await _until(lambda: all(" is ready" in one.printed for one in workers))
            await _until(lambda: "alive 2" in health(prefix, home, served.port).stdout)
            await _until(lambda: '"event":"scanned"' in served.logged)
            assert '"added":1' in served.logged


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - other processes tell no event
            await asyncio.sleep(0.2)


def test_health_names_who_does_not_answer(prefix: Path, home: Path) -> None:
    checked = health(prefix, home, 1)
    assert checked.returncode == 1
    assert "No server answers at http://127.0.0.1:1/health/ready" in checked.stderr
