"""mcma tags, as docs/tags.md shows it: every command of the page is run, and says what is written there."""

import json
import re
from pathlib import Path

import pytest

from mcma.domain.tagfields import KEYS
from tests.core.cli.conftest import Mcma
from tests.support.audio import make_audio

PAGE = Path(__file__).parents[3] / "docs" / "tags.md"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCMA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MCMA_WRITE_TAGS", "all")
    return tmp_path / "data"


def shown() -> list[tuple[str, str]]:
    """Commands and what they print."""
    [block] = re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.S)
    return re.findall(r"^\$ mcma (.*)\n((?:(?!\$ ).*\n)*)", block, re.M)


def album_of(mcma: Mcma, tmp_path: Path) -> str:
    """An imported album of one track, which a person has edited."""
    tags = {"title": "One", "artist": "Anna", "album": "First", "tracknumber": 1}
    make_audio(tmp_path / "inbox" / "1.mp3", tags=tags)
    assert mcma("import", str(tmp_path / "inbox"), "--wait").code == 0
    return edited(tmp_path / "data")


def edited(data: Path) -> str:
    import asyncio

    import sqlalchemy as sa

    from mcma.services.callers import SYSTEM
    from mcma.settings import load_settings
    from mcma.store.tables.catalogue import tracks
    from mcma.wiring import opened

    async def edit() -> str:
        async with opened(load_settings(data_dir=data), running_jobs=False) as core:
            async with core.database.read() as connection:
                row = (await connection.execute(sa.select(tracks.c.id, tracks.c.album_id))).one()
            said = {"title": "Uno", "genres": ["Folk"]}
            return str((await core.services.edits.edit_track(SYSTEM, row.id, said)).album_id)

    return asyncio.run(edit())


def test_the_page_is_true(mcma: Mcma, tmp_path: Path, data: Path) -> None:
    file = data / "music" / "Imported" / "Anna" / "First" / "01 One.mp3"
    album, id_ = album_of(mcma, tmp_path), "ID"
    content = file.read_bytes()
    commands = shown()
    assert len(commands) == 4
    for command, printed in commands:
        ran = mcma(*command.replace("ALBUM", album).replace("ID", id_).split())
        if command == "tags list":
            id_ = json.loads(mcma("tags", "list", "--json").out)[0]["id"]
        assert (ran.code, ran.out) == (0, printed.replace("ID", id_)), ran.err
    assert file.read_bytes() == content
    listed = mcma("tags", "list", "--limit", "2").out.splitlines()
    assert [line.split("\t")[2] for line in listed] == ["takes back", "undone"]
    assert mcma("tags", "undo", id_).code == 1
    assert mcma("tags", "undo", "nothing").code == 1


def test_every_field_is_on_the_page() -> None:
    [fields] = re.findall(r"## Fields\n\n(.*?)\n\n", PAGE.read_text(), re.S)
    assert sorted(re.findall(r"`(\w+)`", fields)) == sorted(KEYS)


def test_wrong_use_and_a_setting_that_is_off(mcma: Mcma, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mcma("tags", "write").code == 2
    assert mcma("tags", "write", "--library", "Nowhere").code == 1
    some = "019353a0-0000-7000-8000-000000000001"
    assert "managed" in mcma("tags", "write", "--track", some).err
    assert mcma("tags", "write", "--track", some, "--dry-run").err.strip() == (
        "Files of managed libraries say what the library says; others are never written to."
    )
    assert mcma("tags", "list").err.strip() == "Nothing was written into any file."
    monkeypatch.setenv("MCMA_WRITE_TAGS", "tempo")
    assert "'tempo' is no field" in mcma("tags", "list").err
    monkeypatch.setenv("MCMA_WRITE_TAGS", "")
    assert "off" in mcma("tags", "write", "--track", some).err
