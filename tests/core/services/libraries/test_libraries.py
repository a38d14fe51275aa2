"""Libraries: what they are called, and found by."""

from pathlib import Path

import pytest

from mcma.domain.errors import Conflict, NotFound
from mcma.services.callers import SYSTEM
from mcma.services.libraries.libraries import Libraries
from mcma.services.libraries.managed import ManagedLibraries
from mcma.store.clock import new_id
from mcma.store.engine import Database
from tests.support.household import household

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


async def test_a_new_folder_is_for_those_who_see_all_others(database: Database, tmp_path: Path) -> None:
    people, libraries = household(database), Libraries(database)
    for name in ("music", "records"):
        (tmp_path / name).mkdir()
    before = await people.person("before")
    music = await libraries.add(SYSTEM, tmp_path / "music")
    assert await people.users.libraries(before, before.user_id) == [music.id], "there was nothing else to see"

    child, boss = await people.person("child"), await people.person("boss", admin=True)
    await people.users.set_libraries(boss, child.user_id, [])
    records = await libraries.add(SYSTEM, tmp_path / "records")
    assert set(await people.users.libraries(before, before.user_id)) == {music.id, records.id}
    assert await people.users.libraries(child, child.user_id) == []

    managed = ManagedLibraries(database, tmp_path / "managed")
    imported = await managed.place()
    assert await people.users.libraries(child, child.user_id) == [imported.id], "what is handed in is for all"


async def test_a_library_that_is_none_takes_none_away(database: Database, tmp_path: Path) -> None:
    people, libraries = household(database), Libraries(database)
    music = await libraries.add(SYSTEM, tmp_path)
    child, boss = await people.person("child"), await people.person("boss", admin=True)
    with pytest.raises(NotFound):
        await people.users.set_libraries(boss, child.user_id, [new_id()])
    assert await people.users.libraries(child, child.user_id) == [music.id]
