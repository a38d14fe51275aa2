"""mcma duplicates: what was merged by it is taken back by it."""

import sys
from pathlib import Path

import pytest

from mcma.cli.output import table
from mcma.domain.errors import NotFound
from mcma.services.callers import SYSTEM
from mcma.store.clock import new_id
from mcma.store.tables.catalogue import track_files
from mcma.wiring import Core
from mcma_plugins.enrichers import Fingerprint
from tests.core.cli.test_artists import ask
from tests.support.server import make_music

pytestmark = pytest.mark.anyio
ALIKE = Fingerprint(bytes(place * place * 31 % 253 for place in range(1200)), 60_000)


async def test_a_merge_is_taken_back_by_the_id_that_it_prints(core: Core, tmp_path: Path) -> None:
    library = await core.services.libraries.add(SYSTEM, make_music(tmp_path / "music"), "Music")
    [job] = await core.services.scans.request(SYSTEM, [library.id])
    await core.services.jobs.wait(job, 60)
    async with core.database.read() as connection:
        files = (await connection.execute(track_files.select())).all()[:2]
    for file in files:
        await core.services.sounds.soundalikes.fingerprinted(file.id, ALIKE)
    [group] = await ask(core, "duplicate.list", kind=None, dismissed=False, limit=9)
    [merge] = (await ask(core, "duplicate.merge", group=str(group["id"]), into=None))["merges"]
    assert merge["by_user"] is None, "nobody in particular"
    assert await ask(core, "duplicate.list", kind=None, dismissed=False, limit=9) == []
    assert (await ask(core, "duplicate.undo", id=str(merge["id"])))["undone_at"]
    [again] = await ask(core, "duplicate.list", kind=None, dismissed=False, limit=9)
    await ask(core, "duplicate.dismiss", group=str(again["id"]))
    assert (await ask(core, "duplicate.undo", id=str(again["id"])))["dismissed_at"] is None
    with pytest.raises(NotFound):
        await ask(core, "duplicate.undo", id=str(new_id()))


def test_what_is_copied_from_a_table_stays_in_one_piece(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    id_, words = str(new_id()), "words " * 30
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    table(("Answer", "About"), [(id_, words)], "none")
    assert id_ in capsys.readouterr().out
