"""Another rule for which file is played: followed by what comes, and by what is there."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mcma.services.indexing.preferred_rule import OPTION
from mcma.services.indexing.preferring import PREFER, Preferring
from mcma.store.engine import Database
from mcma.store.tables.catalogue import track_files
from tests.support.catalogue_truth import check
from tests.support.jobs import Workshop
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio
PLACE: dict[str, Any] = {"artist": "Anna", "album": "First", "track": "1"}


@pytest.fixture
async def workshop(database: Database) -> AsyncIterator[Workshop]:
    made = Workshop(database)
    yield made
    await made.stop()


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    made = await Music(database, tmp_path / "music").create()
    made.put("a/1.mp3", title="From the MP3", **PLACE)
    await made.scan()
    made.put("a/1.flac", fmt="flac", title="From the MP3", genre="Loud", **PLACE)
    await made.scan()
    return made


async def played(music: Music) -> str:
    [track] = (await music.tracks()).values()
    [file] = await music.rows(track_files, track_files.c.id == track.file_id)
    return str(file.codec)


async def settle(workshop: Workshop, *rule: str) -> Any:
    """As at a start with this rule."""
    workshop.database.know(**{OPTION: rule})
    service = Preferring(workshop.database, workshop.jobs)
    if not await service.settle():
        return None
    runner = await workshop.runner(*service.job_kinds(), lease=30.0)
    view = await workshop.over(await workshop.jobs.submit(PREFER, {}, dedup_key=PREFER))
    await runner.stop(0)
    assert view.state == "succeeded", view
    return (await workshop.row(view.id)).result


async def test_what_is_there_follows_another_rule(music: Music, workshop: Workshop) -> None:
    assert await played(music) == "flac"
    assert await settle(workshop, "best") is None, "it was in force"
    assert await settle(workshop, "smallest") == {"tracks": 1, "changed": 1}
    assert await played(music) == "mp3"
    await check(workshop.database)
    assert await settle(workshop, "smallest") is None, "it is remembered"
    assert await settle(workshop, "flac", "mp3") == {"tracks": 1, "changed": 1}
    assert await played(music) == "flac"
    await check(workshop.database)


@pytest.mark.parametrize("by_rule", [True, False], ids=["by the rule", "by what is gone"])
async def test_an_album_that_the_file_played_now_does_not_name_is_gone(
    music: Music, workshop: Workshop, by_rule: bool
) -> None:
    music.retag("a/1.mp3", album=None)
    await music.scan()
    assert (await music.albums()).keys() == {"First"}, "another one is played"
    if by_rule:
        await settle(workshop, "smallest")
    else:
        music.remove("a/1.flac")
        await music.scan(accept_missing=True)
    assert await played(music) == "mp3" and await music.albums() == {}
    await check(workshop.database)


async def test_what_comes_follows_the_rule(music: Music, workshop: Workshop) -> None:
    workshop.database.know(**{OPTION: ("opus", "best")})
    music.put("a/1.opus", fmt="opus", title="From the MP3", **PLACE)
    await music.scan()
    assert await played(music) == "opus"
    music.put("b/2.mp3", title="Two", **{**PLACE, "track": "2"})
    music.put("b/2.opus", fmt="opus", title="Two", **{**PLACE, "track": "2"})
    await music.scan()
    track = await music.track("Two")
    [file] = await music.rows(track_files, track_files.c.id == track.file_id)
    assert file.codec == "opus", "also of a new track"
    music.remove("a/1.opus")
    await music.scan(accept_missing=True)
    track = await music.track("From the MP3")
    [file] = await music.rows(track_files, track_files.c.id == track.file_id)
    assert file.codec == "flac", "what is there goes before what is wanted"
