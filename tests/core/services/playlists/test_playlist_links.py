"""Playlists of a source outside: copied, followed, interrupted at any place, and read again."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from mcma.services.jobs import Jobs
from mcma.services.outside import SourceFault
from mcma.services.playlists.playlist_links import FOLLOW, READ, PlaylistLinks
from mcma.services.playlists.playlists import PlaylistService
from mcma.store.engine import Database
from mcma.store.tables.listening import claims, playlist_items
from mcma.store.tables.machinery import jobs as job_rows
from mcma.store.tables.people import users
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.ids import PlaylistId, TrackId
from mcma_plugins.jobs import JobCancelled, JobContext
from mcma_plugins.testing.fakes import FakeJob
from mcma_plugins.values import Caller
from tests.support.catalogue import a_user, insert, listener_of
from tests.support.scanning import Music
from tests.support.shop import DOWN, LIMITED, PAGE, Shop, open_shop, outside_of
from tests.support.statements import counted

pytestmark = pytest.mark.anyio
LINK = "https://shop.example/playlist/p"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path) as shop:
        shop.add_track("t1", "Song", ["Anna"], fmt=None)
        shop.add_track("t2", "Late", ["Carla"], fmt=None)
        shop.add_track("t3", "Never", ["Nobody"], fmt=None)
        shop.add_playlist("p", "Sunday", ["t1", "t2", "t1", "gone"], url="https://shop.example/playlist/p")
        yield shop


@pytest.fixture
async def music(database: Database, tmp_path: Path) -> Music:
    made = await Music(database, tmp_path / "music").create()
    made.put("Anna/First/01 Song.mp3", title="Song", artist="Anna", album="First")
    await made.scan()
    return made


@pytest.fixture
async def user(database: Database, music: Music) -> Caller:
    return await listener_of(database, music.id)


@pytest.fixture
def links(database: Database, shop: Shop) -> PlaylistLinks:
    outside, _ = outside_of(shop=shop)
    return PlaylistLinks(database, Jobs(database, EmbeddedDoorbell()), outside)


@pytest.fixture
def service(database: Database) -> PlaylistService:
    return PlaylistService(database)


async def read(links: PlaylistLinks, id_: PlaylistId, job: JobContext | None = None) -> None:
    [kind] = [one for one in links.job_kinds() if one.name == READ]
    await kind.handler(job or FakeJob({"playlist_id": str(id_)}))


async def titles(service: PlaylistService, caller: Caller, id_: PlaylistId) -> list[str]:
    entries = await service.entries(caller, id_)
    return [one.track.title if one.track else f"({one.claim and one.claim.title})" for one in entries]


async def test_a_copy_has_all_rows_in_their_order_and_is_its_owners(
    music: Music, user: Caller, links: PlaylistLinks, service: PlaylistService
) -> None:
    made = await links.make(user, LINK)
    assert (made.made, made.playlist.name, made.playlist.song_count) == (True, "Sunday", 0)
    id_, job = made.playlist.id, FakeJob({"playlist_id": str(made.playlist.id)})
    await read(links, id_, job)
    assert await titles(service, user, id_) == ["Song", "(Late)", "Song", "(Gone)"]
    assert job.steps[-1][0] == 4
    view = await service.playlist(user, id_)
    assert view.origin is not None
    assert view.song_count == 2
    assert (view.origin["source"], view.origin["url"]) == ("shop", LINK)
    assert (view.origin["error"], view.follows) == (None, False)
    assert view.origin["read_at"].endswith("Z")
    await service.clear(user, id_)
    with pytest.raises(Conflict):
        await links.refresh(user, id_)
    music.put("Carla/x.mp3", title="Late", artist="Carla", album="C")
    again = await links.make(user, LINK)
    assert (again.made, again.playlist.id != id_) == (True, True), "a copy is made anew"


async def test_what_it_waits_for_arrives(
    music: Music, user: Caller, links: PlaylistLinks, service: PlaylistService
) -> None:
    id_ = (await links.make(user, LINK, follow=True)).playlist.id
    await read(links, id_)
    music.put("Carla/x.mp3", title="Late", artist="Carla", album="C")
    await music.scan()
    assert await titles(service, user, id_) == ["Song", "Late", "Song", "(Gone)"]


async def test_one_that_follows_has_the_rows_of_its_origin(
    database: Database, shop: Shop, user: Caller, links: PlaylistLinks, service: PlaylistService
) -> None:
    made = await links.make(user, LINK, follow=True)
    id_ = made.playlist.id
    await read(links, id_)
    before = {one.id for one in await service.entries(user, id_)}
    shop.holds["playlist", "p"] = [("track", one) for one in ("t3", "t1", "gone", "t2")]
    again = await links.make(user, LINK, follow=True)
    assert (again.made, again.playlist.id, again.job_id) == (False, id_, made.job_id), "asked twice: one job"
    await read(links, id_)
    assert await titles(service, user, id_) == ["(Never)", "Song", "(Gone)", "(Late)"]
    assert (await service.playlist(user, id_)).song_count == 1
    after = {one.id for one in await service.entries(user, id_)}
    assert len(after & before) == 3, "rows that stay are the same rows"
    shop.holds["playlist", "p"] = []
    await read(links, id_)
    assert await titles(service, user, id_) == []


async def test_nobody_changes_the_rows_of_one_that_follows(
    music: Music, user: Caller, links: PlaylistLinks, service: PlaylistService
) -> None:
    id_ = (await links.make(user, LINK, follow=True)).playlist.id
    await read(links, id_)
    song = await music.track("Song")
    [row, *_] = await service.entries(user, id_)
    for change in (
        service.edit(user, id_, add=[TrackId(song.id)]), service.edit(user, id_, remove_at=[0]),
        service.replace(user, id_, []), service.clear(user, id_), service.remove(user, id_, [row.id]),
        service.dedupe(user, id_),
    ):  # fmt: skip
        with pytest.raises(Forbidden) as refused:
            await change
        assert refused.value.stable_code == "playlist_follows"
    assert (await service.edit(user, id_, name="My name", public=True)).name == "My name"
    second = (await service.entries(user, id_))[1]
    await service.decide(user, id_, second.id, TrackId(song.id))
    copy = await service.duplicate(user, id_)
    assert (copy.follows, copy.song_count) == (False, 3)
    freed = await links.stop_following(user, id_)
    assert not freed.follows
    await service.remove(user, id_, [row.id])
    await read(links, id_)
    assert len(await service.entries(user, id_)) == 3, "it is not read any more"


class Stopping(FakeJob):
    """Something happens when so much is read."""

    def on_progress(self, then: Callable[[], None]) -> "Stopping":
        self._then = then
        return self

    async def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        await super().progress(done, total, note)
        self._then()


def cancel() -> None:
    raise JobCancelled


@pytest.mark.parametrize("follow", [False, True])
async def test_a_reading_that_breaks_off_goes_on_and_doubles_nothing(
    shop: Shop, user: Caller, links: PlaylistLinks, service: PlaylistService, *, follow: bool
) -> None:
    many = [f"t{number % 150 + 1}" for number in range(7 * PAGE + 50)]
    for id_ in dict.fromkeys(many):
        shop.add_track(id_, f"Title {id_}", ["Somebody"], fmt=None)
    shop.add_playlist("p", "Long", many, track_count=len(many))
    made = await links.make(user, LINK, follow=follow)
    payload = {"playlist_id": str(made.playlist.id)}
    with suppress(JobCancelled):
        await read(links, made.playlist.id, Stopping(payload).on_progress(cancel))
    assert len(await service.entries(user, made.playlist.id)) == PAGE

    def fail() -> None:
        shop.fault, shop.retry_after = LIMITED, "30"

    with pytest.raises(RetryLater) as later:
        await read(links, made.playlist.id, Stopping(payload).on_progress(fail))
    assert later.value.after == 30
    assert PAGE <= len(await service.entries(user, made.playlist.id)) < len(many)
    view = await service.playlist(user, made.playlist.id)
    assert view.origin is not None
    assert view.origin["read_at"] is None
    assert view.origin["error"]
    same = await links.make(user, LINK, follow=follow)
    assert (same.made, same.playlist.id) == (False, made.playlist.id), "it is the one that is being read"
    shop.fault = None
    links._outside.pauses.forget("shop")
    await read(links, made.playlist.id)
    entries = await service.entries(user, made.playlist.id)
    assert [one.claim and one.claim.title for one in entries] == [f"Title {id_}" for id_ in many]
    view = await service.playlist(user, made.playlist.id)
    assert (view.origin or {})["error"] is None


async def test_what_somebody_takes_out_of_a_copy_stays_out(
    shop: Shop, user: Caller, links: PlaylistLinks, service: PlaylistService
) -> None:
    id_ = (await links.make(user, LINK)).playlist.id
    with suppress(JobCancelled):
        await read(links, id_, Stopping({"playlist_id": str(id_)}).on_progress(cancel))
    _, second, *_ = await service.entries(user, id_)
    await service.remove(user, id_, [second.id])
    await read(links, id_)
    assert await titles(service, user, id_) == ["Song", "Song", "(Gone)"]


async def test_nothing_is_removed_unless_the_end_was_reached(
    shop: Shop, user: Caller, links: PlaylistLinks, service: PlaylistService
) -> None:
    id_ = (await links.make(user, LINK, follow=True)).playlist.id
    await read(links, id_)
    before = await titles(service, user, id_)
    shop.fault = DOWN
    with pytest.raises(RetryLater):
        await read(links, id_)
    shop.fault = None
    del shop.things["playlist", "p"]
    with pytest.raises(PermanentError):
        await read(links, id_)
    assert await titles(service, user, id_) == before
    view = await service.playlist(user, id_)
    assert "no such thing" in (view.origin or {})["error"]


async def test_what_is_deleted_or_let_go_meanwhile_is_read_no_further(
    database: Database, user: Caller, links: PlaylistLinks, service: PlaylistService
) -> None:
    id_ = (await links.make(user, LINK, follow=True)).playlist.id
    await service.delete(user, id_)
    await read(links, id_)
    async with database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(playlist_items)) == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [("https://elsewhere.example/playlist/p", "unknown_link"), ("file:///etc/passwd", "unknown_link"),
     ("https://shop.example/playlist/-p", "unknown_link"), ("--exec", "unknown_link"),
     ("https://shop.example/track/t1", "not_a_playlist"), ("https://shop.example/playlist/p\n", None)],
)  # fmt: skip
async def test_only_addresses_that_a_source_knows_are_taken(
    shop: Shop, user: Caller, links: PlaylistLinks, text: str, code: str | None
) -> None:
    if code is None:
        assert (await links.make(user, text)).playlist.name == "Sunday"
        return
    with pytest.raises(InvalidInput) as refused:
        await links.make(user, text)
    assert refused.value.stable_code == code
    assert shop.count() == 0, "nobody is asked"


async def test_a_source_that_cannot_leaves_no_playlist_behind(
    shop: Shop, user: Caller, links: PlaylistLinks, service: PlaylistService
) -> None:
    with pytest.raises(NotFound):
        await links.make(user, "https://shop.example/playlist/unknown")
    shop.fault = DOWN
    with pytest.raises(SourceFault):
        await links.make(user, LINK)
    assert await service.playlists(user) == []


async def test_all_that_follow_are_read_every_day(
    database: Database, user: Caller, links: PlaylistLinks, service: PlaylistService
) -> None:
    followed = (await links.make(user, LINK, follow=True)).playlist.id
    copied = (await links.make(user, LINK)).playlist.id
    await read(links, followed)
    await read(links, copied)
    async with database.write() as transaction:
        await transaction.connection.execute(sa.delete(job_rows))
    [kind] = [one for one in links.job_kinds() if one.name == FOLLOW]
    await kind.handler(FakeJob())
    async with database.read() as connection:
        payloads = list(await connection.scalars(sa.select(job_rows.c.payload)))
    assert payloads == [{"playlist_id": str(followed)}]


@pytest.fixture
async def others(database: Database) -> AsyncIterator[Caller]:
    row, caller = a_user("other")
    async with database.write() as transaction:
        await insert(transaction.connection, users, [row])
    yield caller


async def test_others_may_not_have_it_read(
    user: Caller, others: Caller, links: PlaylistLinks, service: PlaylistService
) -> None:
    id_ = (await links.make(user, LINK, follow=True)).playlist.id
    with pytest.raises(NotFound):
        await links.refresh(others, id_)
    await service.edit(user, id_, public=True)
    for refused in (links.refresh(others, id_), links.stop_following(others, id_)):
        with pytest.raises(Forbidden):
            await refused
    theirs = await links.make(others, LINK, follow=True)
    assert theirs.made


async def test_a_page_takes_a_fixed_number_of_statements(
    database: Database, shop: Shop, user: Caller, links: PlaylistLinks
) -> None:
    for number in range(3 * PAGE):
        shop.add_track(f"n{number}", f"Title {number}", ["Somebody"], fmt=None)
    shop.add_playlist("p", "Long", [f"n{number}" for number in range(3 * PAGE)])
    id_ = (await links.make(user, LINK)).playlist.id
    with counted(database) as statements:
        await read(links, id_)
    assert len(statements) < 3 * 25 + 25
    async with database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(claims)) == 3 * PAGE
