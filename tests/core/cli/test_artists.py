"""mcma artists, on both engines: by name and by id."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mcma.control.operations import perform
from mcma.domain.errors import InvalidInput, NotFound
from mcma.services.callers import SYSTEM
from mcma.wiring import Core
from tests.support.server import make_music

pytestmark = pytest.mark.anyio


async def ask(core: Core, operation: str, /, **arguments: Any) -> Any:
    async def tell(event: Mapping[str, Any]) -> None:
        pass

    return await perform(core, operation, arguments, tell)


async def test_from_a_merge_to_its_undoing(core: Core, tmp_path: Path) -> None:
    library = await core.services.libraries.add(SYSTEM, make_music(tmp_path / "music"), "Music")
    [job] = await core.services.scans.request(SYSTEM, [library.id])
    await core.services.jobs.wait(job, 60)
    made = await ask(core, "artist.merge", artist="bob birch", into="Ann Ash")
    assert (made["loser"], made["winner"], made["undone"]) == ("Bob Birch", "Ann Ash", False)
    names = await ask(core, "artist.aliases", artist=made["winner_id"])
    assert [(one["name"], one["origin"]) for one in names] == [("Bob Birch", "merge")]
    assert (await ask(core, "artist.undo", merge=made["id"]))["undone"]
    split = await ask(core, "artist.split", artist="Bob Birch", names=["Bob", "Birch"])
    assert split["winner"] == "Bob"
    for artist in ("nobody", "Bo"):
        with pytest.raises(NotFound):
            await ask(core, "artist.aliases", artist=artist)
    with pytest.raises(InvalidInput):
        await ask(core, "artist.undo", merge="x")
