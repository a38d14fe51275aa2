"""A plugin with tables: installed from a wheel, used, uninstalled, installed again in a newer version."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import START_SECONDS
from tests.support.forked import Forked

PROJECT = Path(__file__).parents[1] / "support" / "notes_plugin"

SECOND_REVISION = '''
"""Notes get a colour."""
import sqlalchemy as sa
from alembic import op
revision = "0002"
down_revision = "0001"
def upgrade() -> None:
    op.add_column("plugin_notes_note", sa.Column("colour", sa.Text(), nullable=True))
'''


def build_wheel(project: Path, into: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    [wheel] = into.glob("*.whl")
    return wheel


def install(wheel: Path, site: Path) -> None:
    shutil.rmtree(site, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)


def run_core(url: str, folder: Path, site: Path | None) -> dict[str, Any]:
    """Opens a core in a process of its own, as every start is."""
    environment = {**os.environ, "PYTHONPATH": str(site) if site else "", "HOME": str(folder)}
    out, err = folder / "out", folder / "err"
    arguments = (str(folder / "data"), url)
    ran = Forked(arguments, folder, environment, Path(os.devnull), out, err, "tests.support.opened_core")
    assert ran.wait(START_SECONDS) == 0, err.read_text()[-3000:]
    answer: dict[str, Any] = json.loads(out.read_text().strip().splitlines()[-1])
    return answer


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, so that building leaves nothing in the checkout."""
    return Path(shutil.copytree(PROJECT, tmp_path_factory.mktemp("notes") / "project"))


@pytest.fixture(scope="module")
def first_wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(project, tmp_path_factory.mktemp("wheel1"))


@pytest.fixture(scope="module")
def second_wheel(project: Path, first_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    versions = project / "src" / "mcma_notes" / "migrations" / "versions"
    (versions / "0002_colour.py").write_text(SECOND_REVISION)
    return build_wheel(project, tmp_path_factory.mktemp("wheel2"))


def test_its_data_survives_an_uninstall_and_an_upgrade(
    database_url: str, tmp_path: Path, first_wheel: Path, second_wheel: Path
) -> None:
    site = tmp_path / "site"
    install(first_wheel, site)
    used = run_core(database_url, tmp_path, site)
    assert used["states"]["notes"] == ["running", None]
    assert used["notes"] == ["started"]

    without = run_core(database_url, tmp_path, None)
    assert "notes" not in without["states"]
    assert without["notes"] == ["started"], "uninstalling a plugin must not lose its rows"
    assert without["core"] == used["core"]
    assert (used["told"], without["told"]) == (["put"], ["del"]), "clients follow them with the plugin alone"

    install(second_wheel, site)
    again = run_core(database_url, tmp_path, site)
    assert again["states"]["notes"] == ["running", None]
    assert again["notes"] == ["started", "started"]
    assert again["told"] == ["put", "put"], "a migration in between or not"

    install(first_wheel, site)
    older = run_core(database_url, tmp_path, site)
    assert older["states"]["notes"][0] == "schema_newer"
    assert older["notes"] == ["started", "started"]
    assert older["told"] == ["del", "del"]
    assert older["core"] == used["core"]


def test_a_wrong_declaration_turns_off_that_plugin_alone(
    database_url: str, tmp_path: Path, first_wheel: Path
) -> None:
    site = tmp_path / "site"
    install(first_wheel, site)
    module = site / "mcma_notes" / "__init__.py"
    right = module.read_text()
    for wrong, said in (('"shared", columns=["colour"]', "no column 'colour'"),
                        ('"mine", columns=["words"]', "none of me, catalog, shared")):  # fmt: skip
        module.write_text(right.replace('"shared", columns=["track_id", "words"]', wrong))
        state, reason = run_core(database_url, tmp_path, site)["states"]["notes"]
        assert (state, said in reason) == ("bad_contract", True), reason
    [revision] = (site / "mcma_notes" / "migrations" / "versions").glob("0001*.py")
    lines = revision.read_text().splitlines(keepends=True)
    revision.write_text("".join(line for line in lines if "track_id" not in line))
    module.write_text(right)
    found = run_core(database_url, tmp_path, site)
    assert found["states"]["notes"] == [
        "bad_contract",
        "synced_tables(): plugin_notes_note has no column track_id",
    ]
    assert found["states"]["local"][0] == "running"


def test_a_failing_migration_turns_off_that_plugin_alone(
    database_url: str, tmp_path: Path, first_wheel: Path
) -> None:
    site = tmp_path / "site"
    install(first_wheel, site)
    [revision] = (site / "mcma_notes" / "migrations" / "versions").glob("0001*.py")
    revision.write_text(
        revision.read_text().replace("def upgrade() -> None:", "def upgrade() -> None:\n    1 / 0")
    )
    found = run_core(database_url, tmp_path, site)
    state, reason = found["states"]["notes"]
    assert state == "migration_failed"
    assert "ZeroDivisionError" in reason
    assert found["notes"] is None
    assert found["states"]["local"][0] == "running"
