"""The archive searched, browsed and fetched from over real HTTP, on good days and on bad ones."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mcma_archive import OpenCollections
from mcma_plugins import (
    Fetched,
    FetchProgress,
    FetchWish,
    PermanentError,
    PluginError,
    RetryLater,
    SourceKind,
)
from tests.archive.conftest import settings_of
from tests.support.archive import LICENCE, PICTURE, FakeArchive, file_id, ranged, record
from tests.support.webserver import Answer, Request, Write, saying

pytestmark = pytest.mark.anyio
TRACK, ALBUM = SourceKind.TRACK, SourceKind.ALBUM
ID = "night-songs-2019"
SONG = file_id(ID, "01 - First Light.flac")
WISH = FetchWish(50_000_000, 30)


async def silent(_: Request, __: Write) -> None:
    await asyncio.Event().wait()


async def test_albums(source: OpenCollections, archive: FakeArchive) -> None:
    archive.add("other-2020", title="Day Songs", creator="Bob", licenseurl=LICENCE)
    [found] = await source.search("  ASH, night! ", ALBUM, 10)
    assert (found.source_id, found.title, found.artists, found.year) == (
        ID,
        "Night Songs",
        ("Ann Ash",),
        2019,
    )
    assert found.extra == {"licence": LICENCE}
    assert found.url == f"{archive.url}/details/{ID}"
    (asked,) = archive.web.asked
    assert asked.target.startswith("/advancedsearch.php?q=%22ash%22+AND+%22night%22+AND+mediatype")
    assert asked.headers["user-agent"].startswith("mcma-archive/")
    assert len(await source.search("songs", ALBUM, 10)) == 2
    assert len(await source.search("songs", ALBUM, 1)) == 1


@pytest.mark.parametrize(("text", "words"), [
    ('night" OR title:*', '"night" AND "or" AND "title"'), ("night (songs", '"night" AND "songs"'),
    ("[* TO night_2]\\", '"to" AND "night" AND "2"'), ("ночь 夜", '"ночь" AND "夜"'), ("a a A", '"a"'),
])  # fmt: skip
async def test_what_people_type_is_no_query(
    source: OpenCollections, archive: FakeArchive, text: str, words: str
) -> None:
    await source.search(text, ALBUM, 5)
    [query] = parse_qs(urlsplit(archive.web.asked[0].target).query)["q"]
    assert query == f"{words} AND mediatype:(audio OR etree) AND licenseurl:*"


async def test_nothing_is_asked_for_nothing(source: OpenCollections, archive: FakeArchive) -> None:
    for text in ("", "  ", "!?", '""'):
        assert await source.search(text, ALBUM, 5) == ()
    assert not archive.web.asked


@pytest.mark.parametrize(("more", "found"), [
    ({}, ["free"]),
    ({"licensed_only": False}, ["free", "unsaid", "live"]),
    ({"licensed_only": False, "collections": "etree, other"}, ["live"]),
])  # fmt: skip
async def test_where_it_looks(archive: FakeArchive, more: Mapping[str, Any], found: list[str]) -> None:
    archive.add("free", title="Moon", licenseurl=LICENCE)
    archive.add("unsaid", title="Moon")
    archive.add("live", title="Moon", mediatype="etree", collection=["etree", "Somebody"])
    archive.add("film", title="Moon", mediatype="movies", licenseurl=LICENCE)
    source = OpenCollections(settings_of(archive, **more), "1")
    assert [one.source_id for one in await source.search("moon", ALBUM, 9)] == found
    await source.aclose()


async def test_tracks(source: OpenCollections, archive: FakeArchive) -> None:
    [song] = await source.search("ash first light", TRACK, 10)
    assert (song.source_id, song.title, song.album, song.track_number) == (
        SONG,
        "First Light",
        "Night Songs",
        1,
    )
    assert (song.duration_ms, song.fetchable) == (2000, True)
    assert [one.title for one in await source.search("night songs", TRACK, 10)] == ["First Light", "Übermut"]
    assert [one.title for one in await source.search("night ÜBERMUT", TRACK, 10)] == ["Übermut"]
    assert [one.title for one in await source.search("ash UBERMUT", TRACK, 10)] == ["Übermut"]
    assert await source.search("ash first darkness", TRACK, 10) == []
    assert await source.search("nobody", TRACK, 10) == []


async def test_items_that_name_their_songs_come_first(source: OpenCollections, archive: FakeArchive) -> None:
    await source.search("night songs", TRACK, 10)
    assert [one.path for one in archive.web.asked] == ["/advancedsearch.php", f"/metadata/{ID}"]
    archive.web.asked.clear()
    await source.search("ash first", TRACK, 10)
    queries = [parse_qs(urlsplit(one.target).query)["q"][0] for one in archive.web.asked]
    assert [one.partition(" AND media")[0] for one in queries] == ['"ash" AND "first"', '("ash" OR "first")']


async def test_items_are_opened_once(source: OpenCollections, archive: FakeArchive) -> None:
    await source.search("night songs", TRACK, 10)
    await source.show(ALBUM, ID)
    assert [page async for page in source.contents(ALBUM, ID)]
    assert sum(one.path.startswith("/metadata/") for one in archive.web.asked) == 1


async def test_a_search_for_tracks_opens_a_few_items(archive: FakeArchive, tmp_path: Path) -> None:
    for number in range(5):
        archive.add(f"i{number}", title=f"Moon {number}", licenseurl=LICENCE)
    source = OpenCollections(settings_of(archive, track_items=2), "1")
    assert await source.search("moon", TRACK, 10) == []
    assert sum(one.path.startswith("/metadata/") for one in archive.web.asked) == 2
    await source.aclose()
    off = OpenCollections(settings_of(archive, track_items=0), "1")
    assert off.searches == {ALBUM}


async def test_items_that_cannot_be_opened_are_left_out(
    source: OpenCollections, archive: FakeArchive, tmp_path: Path
) -> None:
    record(archive, tmp_path, "broken")
    archive.faults["/metadata/broken"] = saying(500)
    assert {one.album_id for one in await source.search("night songs", TRACK, 10)} == {ID}
    with pytest.raises(RetryLater):
        await source.search("night darkness", TRACK, 10)
    archive.faults["/metadata/"] = saying(500)
    fresh = OpenCollections(settings_of(archive), "1")
    with pytest.raises(RetryLater):
        await fresh.search("night songs", TRACK, 10)
    await fresh.aclose()


async def test_items_that_are_slow_are_left_out(
    source: OpenCollections, archive: FakeArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await source.show(ALBUM, ID)
    monkeypatch.setattr("mcma_archive.source._OPENING", 1.0)
    record(archive, tmp_path, "slow")
    archive.faults["/metadata/slow"] = silent
    assert {one.album_id for one in await source.search("night songs", TRACK, 10)} == {ID}


async def test_late_items_are_no_empty_answer(
    source: OpenCollections, archive: FakeArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcma_archive.source._OPENING", 0.1)
    archive.faults["/metadata/"] = silent
    with pytest.raises(RetryLater, match="too long"):
        await source.search("night", TRACK, 10)


async def test_an_item_and_what_it_holds(source: OpenCollections) -> None:
    item = await source.show(ALBUM, ID)
    assert (item.title, item.track_count, item.fetchable) == ("Night Songs", 2, True)
    assert item.extra == {"licence": LICENCE, "uploader": "ann"}
    [page] = [page async for page in source.contents(ALBUM, ID)]
    assert [(one.title, one.track_number, one.source_id) for one in page] == [
        ("First Light", 1, SONG),
        ("Übermut", 2, file_id(ID, "02 - Übermut.flac")),
    ]
    assert (await source.show(TRACK, SONG)).title == "First Light"


async def test_many_files_come_in_pages(source: OpenCollections, archive: FakeArchive) -> None:
    files = [{"name": f"{n}.mp3", "source": "original", "format": "VBR MP3"} for n in range(1, 251)]
    archive.add("long", files)
    assert [len(page) async for page in source.contents(ALBUM, "long")] == [100, 100, 50]


@pytest.mark.parametrize("dark", [{}, {"is_dark": True, "metadata": {"identifier": "gone"}}])
async def test_what_is_gone(source: OpenCollections, archive: FakeArchive, dark: dict[str, Any]) -> None:
    archive.items["gone"] = dark
    for asking in (source.show(ALBUM, "gone"), anext(source.contents(ALBUM, "gone"))):
        with pytest.raises(PermanentError) as caught:
            await asking
        assert caught.value.stable_code == "not_found"
    assert (await source.health()).ok, "that says nothing of the archive"


async def fetched(source: OpenCollections, into: Path, song: str = SONG) -> Fetched:
    last = [step async for step in source.fetch(song, into, WISH)][-1]
    assert isinstance(last, Fetched)
    return last


async def test_fetching(source: OpenCollections, archive: FakeArchive, tmp_path: Path) -> None:
    done = await fetched(source, tmp_path / "made")
    assert done.path.name == "sound.flac"
    assert done.path.read_bytes() == archive.content[f"{ID}/01 - First Light.flac"]
    assert done.cover is not None and done.cover.read_bytes() == PICTURE
    assert done.item is not None
    assert (done.item.source_id, done.item.title, done.item.artists) == (SONG, "First Light", ("Ann Ash",))
    assert any(one.path.endswith("Front%20Cover.png") for one in archive.web.asked)
    archive.web.asked.clear()
    await fetched(source, tmp_path / "made")
    assert not any("flac" in one.path for one in archive.web.asked), "it is there already"


async def test_half_a_file_is_gone_on_with(
    source: OpenCollections, archive: FakeArchive, tmp_path: Path
) -> None:
    content = archive.content[f"{ID}/01 - First Light.flac"]
    archive.faults["/21/"] = ranged(content, upto=len(content) // 2)
    with pytest.raises(RetryLater) as caught:
        await fetched(source, tmp_path)
    assert caught.value.stable_code == "incomplete"
    archive.faults.clear()
    archive.web.asked.clear()
    steps = [step async for step in source.fetch(SONG, tmp_path, WISH)]
    assert steps[0] == FetchProgress(len(content) // 2, len(content))
    assert (tmp_path / "sound.flac").read_bytes() == content


async def test_what_is_another_file_is_not_kept(
    source: OpenCollections, archive: FakeArchive, tmp_path: Path
) -> None:
    archive.content[f"{ID}/01 - First Light.flac"] = b"x" * 1000
    with pytest.raises(RetryLater):
        await fetched(source, tmp_path)
    assert list(tmp_path.glob("sound*")) == []


async def test_the_picture_of_the_item_when_it_has_none_of_its_own(
    source: OpenCollections, archive: FakeArchive, tmp_path: Path
) -> None:
    files = archive.items[ID]["files"]
    files[:] = [one for one in files if one["format"] != "PNG"]
    done = await fetched(source, tmp_path)
    assert done.cover is not None and done.cover.read_bytes() == PICTURE
    assert f"/services/img/{ID}" in [one.path for one in archive.web.asked]


async def test_without_a_picture(source: OpenCollections, archive: FakeArchive, tmp_path: Path) -> None:
    archive.faults |= {"/services": saying(500), f"/21/items/{ID}/Front": saying(404)}
    assert (await fetched(source, tmp_path)).cover is None


async def test_too_large_is_known_beforehand(
    source: OpenCollections, archive: FakeArchive, tmp_path: Path
) -> None:
    with pytest.raises(PermanentError) as caught:
        async for _ in source.fetch(SONG, tmp_path, FetchWish(10, 5)):
            pass
    assert caught.value.stable_code == "too_large"
    assert not any(one.path.startswith("/download") for one in archive.web.asked)


async def test_what_is_not_for_everybody(
    source: OpenCollections, archive: FakeArchive, tmp_path: Path
) -> None:
    archive.items[ID]["metadata"]["access-restricted-item"] = "true"
    with pytest.raises(PermanentError) as caught:
        await fetched(source, tmp_path)
    assert caught.value.stable_code == "forbidden"
    assert not any(one.path.startswith("/download") for one in archive.web.asked)


@pytest.mark.parametrize(("status", "kind", "state"), [
    (403, PermanentError, "ready"), (404, PermanentError, "ready"), (500, RetryLater, "ready"),
    (429, RetryLater, "rate_limited"),
])  # fmt: skip
async def test_a_file_that_is_refused_says_nothing_of_the_archive(
    source: OpenCollections, archive: FakeArchive, tmp_path: Path, status: int, kind: type, state: str
) -> None:
    archive.faults["/21/"] = saying(status)
    with pytest.raises(kind):
        await fetched(source, tmp_path)
    assert (await source.health()).state == state


@pytest.mark.parametrize(("answer", "state", "kind"), [
    (saying(500), "unreachable", RetryLater),
    (saying(503, retry_after="60"), "unreachable", RetryLater),
    (saying(429, retry_after="60"), "rate_limited", RetryLater),
    (saying(429), "rate_limited", RetryLater),
    (saying(403), "blocked", RetryLater),
    (saying(200, b"<html>Sign in", content_type="text/html"), "degraded", RetryLater),
    (saying(200, b'{"error": "bad query"}', content_type="application/json"), "degraded", RetryLater),
    (saying(200, b"[]", content_type="application/json"), "degraded", RetryLater),
    (saying(302, location="http://127.0.0.1:1/"), "misconfigured", PermanentError),
])  # fmt: skip
async def test_states(
    source: OpenCollections, archive: FakeArchive, answer: Answer, state: str, kind: type[PluginError]
) -> None:
    assert (await source.health())[:2] == (True, "ready")
    archive.faults["/advancedsearch"] = answer
    with pytest.raises(kind):
        await source.search("night", ALBUM, 5)
    health = await source.health()
    assert (health.ok, health.state) == (False, state)
    assert health.reason
    archive.faults.clear()
    if "until" not in health.details:
        await source.search("night", ALBUM, 5)
        assert (await source.health()).ok


@pytest.mark.parametrize(("status", "state"), [(429, "rate_limited"), (503, "unreachable")])
async def test_it_is_left_alone_when_it_asks_for_it(
    source: OpenCollections, archive: FakeArchive, status: int, state: str
) -> None:
    archive.faults["/advancedsearch"] = saying(status, retry_after="120")
    for _ in range(2):
        with pytest.raises(RetryLater) as caught:
            await source.search("night", ALBUM, 5)
        assert caught.value.stable_code == state
        assert 100 < (caught.value.after or 0) <= 120
    assert len(archive.web.asked) == 1
    health = await source.health()
    assert health.state == state
    assert isinstance(health.details["until"], str)


async def test_nobody_there(archive: FakeArchive) -> None:
    port = {"base_url": "http://127.0.0.1:1", "allowed_hosts": ["127.0.0.1:1"]}
    source = OpenCollections(settings_of(archive, **port), "1")
    with pytest.raises(RetryLater):
        await source.search("night", ALBUM, 5)
    assert (await source.health()).state == "unreachable"


async def test_a_mirror_at_home_has_to_be_allowed(archive: FakeArchive) -> None:
    source = OpenCollections(settings_of(archive, allowed_hosts=[]), "1")
    with pytest.raises(PermanentError) as caught:
        await source.search("night", ALBUM, 5)
    assert (caught.value.stable_code, caught.value.hint) == (
        "misconfigured",
        "MCMA_PLUGIN_ARCHIVE_ALLOWED_HOSTS=host:port",
    )
    assert (await source.health()).state == "misconfigured"
    assert not archive.web.asked
