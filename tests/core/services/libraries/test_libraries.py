"""Libraries: what they are called, and found by."""

from pathlib import Path

import pytest

from mcma.domain.errors import Conflict
from mcma.services.callers import SYSTEM
from mcma.services.libraries.libraries import Libraries
from mcma.store.engine import Database

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("two\nlines", "two\\x0alines"), ("no \udcff", "no \\xff"), ("x" * 200, "x" * 64),
        (" Music ", "Music"),
        ("\u202eback", "\\x202eback"),
    ],
)  # fmt: skip
async def test_any_folder_has_a_name_of_its_own(
    database: Database, tmp_path: Path, folder: str, name: str
) -> None:
    (tmp_path / folder).mkdir()
    made = await Libraries(database).add(SYSTEM, tmp_path / folder)
    assert made.name == name


async def test_a_folder_is_found_however_it_is_written(database: Database, tmp_path: Path) -> None:
    libraries = Libraries(database)
    path = tmp_path / "no \udcff"
    path.mkdir()
    made = await libraries.add(SYSTEM, path, "Music")
    for said in (
        "Music",
        "1",
        str(made.id),
        str(path),
        f"{path}/",
        f"{tmp_path}/./{path.name}",
        made.root or "",
    ):
        assert (await libraries.find(SYSTEM, said)).id == made.id


async def test_a_folder_and_a_link_to_it_are_one_library(database: Database, tmp_path: Path) -> None:
    libraries = Libraries(database)
    (tmp_path / "real" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    made = await libraries.add(SYSTEM, tmp_path / "real")
    assert (await libraries.add(SYSTEM, tmp_path / "link")).id == made.id
    with pytest.raises(Conflict):
        await libraries.add(SYSTEM, tmp_path / "link" / "inner")
