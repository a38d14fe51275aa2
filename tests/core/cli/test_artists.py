"""mcma artists and mcma labels, on both engines: by name and by id."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mcma.control.operations import perform
from mcma.domain.errors import InvalidInput, NotFound
from mcma.services.callers import SYSTEM
from mcma.services.catalogue.filters import Filters
from mcma.wiring import Core
from mcma_plugins.ids import ArtistId
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
    assert await ask(core, "artist.aliases", artist="bob birch") == names, "the name leads to who it is"
    await core.services.artist_edits.edit(
        SYSTEM, ArtistId(UUID(made["winner_id"])), {"sort_name": "Ash, Ann"}
    )
    assert await ask(core, "artist.aliases", artist="ann ash") == names
    assert (await ask(core, "artist.undo", merge=made["id"]))["undone"]
    split = await ask(core, "artist.split", artist="Bob Birch", names=["Bob", "Birch"])
    assert (split["winner"], split["names"]) == ("Bob", ["Bob", "Birch"])
    for artist in ("nobody", "Bo"):
        with pytest.raises(NotFound):
            await ask(core, "artist.aliases", artist=artist)
    with pytest.raises(InvalidInput):
        await ask(core, "artist.undo", merge="x")


async def test_labels_are_listed_merged_and_parted(core: Core, tmp_path: Path) -> None:
    library = await core.services.libraries.add(SYSTEM, make_music(tmp_path / "music"), "Music")
    [job] = await core.services.scans.request(SYSTEM, [library.id])
    await core.services.jobs.wait(job, 60)
    [little] = await ask(core, "label.list")
    assert (little["name"], little["albums"], little["aliases"]) == ("Little Records", 1, [])
    track = (await core.services.browse.list_tracks(SYSTEM, Filters(q="Song 1"))).items[0]
    await core.services.edits.edit_track(SYSTEM, track.id, {"labels": ["Little Rec."]})
    made = await ask(core, "label.merge", label="little rec.", into="Little Records")
    assert (made["loser"], made["winner"], made["undone"]) == ("Little Rec.", "Little Records", False)
    assert [one["aliases"] for one in await ask(core, "label.list")] == [["Little Rec."]]
    assert (await ask(core, "label.undo", merge=made["id"]))["undone"]
    assert [one["name"] for one in await ask(core, "label.list")] == ["Little Rec.", "Little Records"]
    with pytest.raises(NotFound):
        await ask(core, "label.merge", label="Little", into="Little Records")
    with pytest.raises(InvalidInput):
        await ask(core, "label.undo", merge="x")
