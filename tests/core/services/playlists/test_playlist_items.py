"""Operations on rows: against a plain list, with ids of clients, in crowded places, in long playlists."""

import os
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcma.domain.errors import Conflict, InvalidInput, NotFound, TooLarge
from mcma.domain.positions import LONGEST, between
from mcma.services.identity.merging import record_merge
from mcma.services.playlists.playlist_counts import recount_all
from mcma.services.playlists.playlist_edit import MOST
from mcma.services.playlists.playlist_places import END, START, Place
from mcma.services.playlists.playlist_rows import NewItem
from mcma.services.playlists.playlists import PlaylistService
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import claims, playlist_items, playlist_libraries
from mcma_plugins.ids import ClaimId, PlaylistId, PlaylistItemId, TrackId
from mcma_plugins.values import PlaylistEntry
from tests.support.catalogue import EPOCH, Seeded, insert, seed, set_row

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lib(database: Database) -> Seeded:
    return await seed(database, tracks=24)


@pytest.fixture
def service(database: Database) -> PlaylistService:
    return PlaylistService(database)


def of(lib: Seeded, *places: int) -> list[NewItem]:
    return [NewItem(TrackId(lib.tracks[place])) for place in places]


async def rows(service: PlaylistService, lib: Seeded, id_: PlaylistId) -> list[tuple[PlaylistItemId, int]]:
    found = await service.entries(lib.user, id_)
    return [(one.id, lib.tracks.index(one.track.id)) for one in found if one.track]


async def order(service: PlaylistService, lib: Seeded, id_: PlaylistId) -> list[int]:
    return [place for _, place in await rows(service, lib, id_)]


async def made(service: PlaylistService, lib: Seeded, *places: int) -> PlaylistId:
    return (await service.create(lib.user, "Mix", [TrackId(lib.tracks[place]) for place in places])).id


async def a_claim(database: Database, title: str = "Some song") -> ClaimId:
    id_ = ClaimId(new_id())
    row = {"id": id_, "title": title, "created_at": EPOCH, "updated_at": EPOCH}
    async with database.write() as transaction:
        await insert(transaction.connection, claims, [row])
    return id_


async def positions(database: Database, playlist: PlaylistId) -> list[str]:
    query = sa.select(playlist_items.c.position).where(
        playlist_items.c.playlist_id == playlist, playlist_items.c.deleted_at.is_(None)
    )
    async with database.read() as connection:
        return sorted(await connection.scalars(query))


async def test_places(lib: Seeded, service: PlaylistService) -> None:
    id_ = await made(service, lib, 0, 1, 2)
    ids = [row for row, _ in await rows(service, lib, id_)]
    await service.add(lib.user, id_, of(lib, 3), START)
    await service.add(lib.user, id_, of(lib, 4), END)
    await service.add(lib.user, id_, of(lib, 5, 6), Place(after=ids[0]))
    await service.add(lib.user, id_, of(lib, 7), Place(before=ids[0]))
    assert await order(service, lib, id_) == [3, 7, 0, 5, 6, 1, 2, 4]
    await service.add(lib.user, id_, of(lib, 8, 9), Place(at=2))
    await service.add(lib.user, id_, of(lib, 10), Place(at=99))
    assert await order(service, lib, id_) == [3, 7, 8, 9, 0, 5, 6, 1, 2, 4, 10]
    await service.move(lib.user, id_, [ids[2], ids[1]], START)
    assert await order(service, lib, id_) == [2, 1, 3, 7, 8, 9, 0, 5, 6, 4, 10]
    await service.move(lib.user, id_, [ids[0], ids[2]], Place(after=ids[2]))
    assert await order(service, lib, id_) == [0, 2, 1, 3, 7, 8, 9, 5, 6, 4, 10]
    await service.move(lib.user, id_, [ids[0]], Place(before=ids[0]))
    await service.move(lib.user, id_, [ids[1]], Place(at=10))
    assert await order(service, lib, id_) == [0, 2, 3, 7, 8, 9, 5, 6, 4, 10, 1]
    for place in (Place(after=ids[0], at=1), Place(before=PlaylistItemId(new_id()))):
        with pytest.raises((InvalidInput, NotFound)):
            await service.add(lib.user, id_, of(lib, 0), place)
    with pytest.raises(NotFound):
        await service.move(lib.user, id_, [ids[0], PlaylistItemId(new_id())], END)
    assert await order(service, lib, id_) == [0, 2, 3, 7, 8, 9, 5, 6, 4, 10, 1]


OPS = st.one_of(
    st.tuples(st.just("add"), st.lists(st.integers(0, 23), max_size=4), st.integers(0, 9)),
    st.tuples(st.just("move"), st.lists(st.integers(0, 9), min_size=1, max_size=3), st.integers(0, 9)),
    st.tuples(st.just("remove"), st.lists(st.integers(0, 9), max_size=3), st.just(0)),
    st.tuples(st.just("replace"), st.lists(st.integers(0, 23), max_size=6), st.just(0)),
    st.tuples(st.just("remove_at"), st.lists(st.integers(0, 9), max_size=3), st.just(0)),
    st.tuples(st.sampled_from(["clear", "dedupe"]), st.just([]), st.just(0)),
)


class Model:
    """A playlist as a plain list of (row, track)."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, int]] = []

    def add(self, tracks: Sequence[int], at: int) -> None:
        self.rows[at:at] = [(None, track) for track in tracks]

    def move(self, ids: Sequence[Any], at: int) -> None:
        held = dict(self.rows)
        rest = [row for row in self.rows if row[0] not in ids]
        self.rows = [*rest[:at], *((id_, held[id_]) for id_ in dict.fromkeys(ids)), *rest[at:]]

    def remove(self, ids: Sequence[Any]) -> None:
        self.rows = [row for row in self.rows if row[0] not in ids]

    def dedupe(self) -> None:
        seen: set[int] = set()
        self.rows = [row for row in self.rows if not (row[1] in seen or seen.add(row[1]))]  # type: ignore[func-returns-value]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ops=st.lists(OPS, max_size=8))
async def test_like_a_plain_list(
    database: Database, lib: Seeded, service: PlaylistService, ops: list[tuple[str, list[int], int]]
) -> None:
    id_, model = await made(service, lib), Model()
    for name, values, at in ops:
        await applied(service, lib, id_, model, name, values, at)
        found = await rows(service, lib, id_)
        assert [track for _, track in found] == [track for _, track in model.rows]
        kept = [(row, track) for row, track in model.rows if row is not None]
        assert [one for one in found if one in kept] == kept, "rows keep their ids"
        model.rows = list(found)
    view = await service.playlist(lib.user, id_)
    assert view.song_count == len(model.rows)
    assert view.duration_ms == await durations(database, [lib.tracks[track] for _, track in model.rows])


async def applied(
    service: PlaylistService,
    lib: Seeded,
    id_: PlaylistId,
    model: Model,
    name: str,
    values: list[int],
    at: int,
) -> None:
    """The same to both."""
    chosen = [model.rows[value][0] for value in values if value < len(model.rows)]
    if name == "add":
        await service.add(lib.user, id_, of(lib, *values), Place(at=at))
        model.add(values, at)
    elif name == "move" and chosen:
        await service.move(lib.user, id_, chosen, Place(at=at))
        model.move(chosen, at)
    elif name == "remove":
        await service.remove(lib.user, id_, chosen)
        model.remove(chosen)
    elif name == "remove_at":
        await service.edit(lib.user, id_, remove_at=values)
        model.remove(chosen)
    elif name == "replace":
        await service.replace(lib.user, id_, [TrackId(lib.tracks[value]) for value in values])
        model.rows = [(None, value) for value in values]
    elif name == "clear":
        await service.clear(lib.user, id_)
        model.rows = []
    elif name == "dedupe":
        await service.dedupe(lib.user, id_)
        model.dedupe()


async def durations(database: Database, tracks: Sequence[UUID]) -> int:
    query = sa.select(c.tracks.c.id, c.tracks.c.duration_ms).where(c.tracks.c.id.in_(tracks))
    async with database.read() as connection:
        held: dict[Any, int] = {row[0]: row[1] for row in await connection.execute(query)}
    return sum(held[track] for track in tracks)


async def test_ids_and_positions_of_clients(
    database: Database, lib: Seeded, service: PlaylistService
) -> None:
    id_ = await made(service, lib, 0, 1)
    low, high = await positions(database, id_)
    mine = NewItem(TrackId(lib.tracks[5]), None, PlaylistItemId(new_id()), between(low, high))
    added = await service.add(lib.user, id_, [mine, mine])
    again = await service.add(lib.user, id_, [mine])
    assert (await order(service, lib, id_), again.rev) == ([0, 5, 1], added.rev)
    assert mine.id is not None
    await service.remove(lib.user, id_, [mine.id])
    await service.add(lib.user, id_, [mine])
    assert await order(service, lib, id_) == [0, 1], "remove beats add"
    other = await made(service, lib)
    with pytest.raises(Conflict):
        await service.add(lib.user, other, [mine])
    for position in ("0", "V0", "ä", "V" * (LONGEST + 1), ""):
        with pytest.raises(InvalidInput):
            await service.add(lib.user, id_, [NewItem(TrackId(lib.tracks[0]), None, None, position)])


async def test_two_devices_insert_at_one_spot(
    database: Database, lib: Seeded, service: PlaylistService
) -> None:
    """Rows at the very same position: by id, and there is still room between them."""
    id_ = await made(service, lib, 0, 1, 2)
    ids = [row for row, _ in await rows(service, lib, id_)]
    [first, *_] = await positions(database, id_)
    await set_row(database, playlist_items, ids[1:], position=first)
    before = await order(service, lib, id_)
    spot = (await rows(service, lib, id_))[0][0]
    await service.add(lib.user, id_, of(lib, 9), Place(after=spot))
    assert await order(service, lib, id_) == [before[0], 9, *before[1:]]


async def test_one_spot_may_be_crowded(database: Database, lib: Seeded, service: PlaylistService) -> None:
    id_ = await made(service, lib, *range(20))
    spot, following = [row for row, _ in await rows(service, lib, id_)][10:12]
    low = (await positions(database, id_))[10]
    await set_row(database, playlist_items, following, position=f"{low}{'0' * 30}1")
    for number in range(60):
        await service.add(lib.user, id_, of(lib, number % 24), Place(after=spot))
    places = await positions(database, id_)
    assert len(set(places)) == len(places) == 80
    assert max(map(len, places)) <= LONGEST
    wanted = [*range(11), *(number % 24 for number in reversed(range(60))), *range(11, 20)]
    assert await order(service, lib, id_) == wanted


async def test_many_rows_at_one_spot_keep_short_positions(
    database: Database, lib: Seeded, service: PlaylistService
) -> None:
    id_ = await made(service, lib, 0, 1)
    await service.add(lib.user, id_, of(lib, *range(24)) * 40, Place(at=1))
    assert max(map(len, await positions(database, id_))) <= 10
    assert (await order(service, lib, id_))[:26] == [0, *range(24), 0]


async def test_pages_continue_by_key(database: Database, lib: Seeded, service: PlaylistService) -> None:
    id_ = await made(service, lib, *range(24))
    claim = await a_claim(database)
    await service.add(lib.user, id_, [NewItem(claim_id=claim)], Place(at=7))
    seen: list[PlaylistEntry] = []
    after = None
    while True:
        page = await service.page(lib.user, id_, after, 5)
        seen += page.items
        if len(seen) == 10:
            await service.remove(lib.user, id_, [seen[0].id, seen[9].id])
        after = page.next
        if after is None:
            break
    assert len(seen) == 25
    [waits] = [one for one in seen if one.track is None]
    assert waits.claim is not None
    assert (seen.index(waits), waits.claim.id, waits.claim.title) == (7, claim, "Some song")


async def test_waiting_rows_move_and_are_counted_by_index(
    database: Database, lib: Seeded, service: PlaylistService
) -> None:
    id_ = await made(service, lib, 0, 1, 2)
    await service.add(lib.user, id_, [NewItem(claim_id=await a_claim(database))], Place(at=1))
    await service.add(lib.user, id_, of(lib, 3), Place(at=2))
    await service.edit(lib.user, id_, remove_at=[1])
    shown = [one.track and lib.tracks.index(one.track.id) for one in await service.entries(lib.user, id_)]
    assert shown == [0, None, 1, 2]
    assert (await service.playlist(lib.user, id_)).song_count == 3
    await service.clear(lib.user, id_)
    assert await service.entries(lib.user, id_) == []


async def test_a_copy(database: Database, lib: Seeded, service: PlaylistService) -> None:
    other = await seed(database, tracks=12, seed=2)
    theirs = [TrackId(lib.tracks[0]), TrackId(other.tracks[0]), TrackId(lib.tracks[0])]
    view = await service.create(lib.admin, "Theirs", theirs, "so", public=True)
    await service.add(lib.admin, view.id, [NewItem(claim_id=await a_claim(database))])
    copy = await service.duplicate(lib.user, view.id)
    assert (copy.name, copy.comment, copy.owner, copy.public, copy.song_count) == (
        "Theirs", "so", lib.user.name, False, 2,
    )  # fmt: skip
    entries = await service.entries(lib.user, copy.id)
    assert [one.track is not None for one in entries] == [True, True, False]
    theirs_waits, waits = (await service.entries(lib.admin, view.id))[-1].claim, entries[-1].claim
    assert theirs_waits is not None
    assert waits is not None
    assert (waits.title, waits.id == theirs_waits.id) == (theirs_waits.title, False)
    again = await service.entries(lib.user, (await service.duplicate(lib.user, copy.id)).id)
    assert again[-1].claim == waits, "one's own stays the same"
    assert (await service.duplicate(lib.user, view.id, "Mine")).name == "Mine"
    assert (await service.playlist(lib.admin, view.id)).song_count == 3


async def test_what_is_too_much(lib: Seeded, service: PlaylistService) -> None:
    id_ = await made(service, lib, 0)
    with pytest.raises(TooLarge):
        await service.add(lib.user, id_, of(lib, 0) * (MOST + 1))
    with pytest.raises(TooLarge):
        await service.remove(lib.user, id_, [PlaylistItemId(new_id())] * (MOST + 1))
    assert await order(service, lib, id_) == [0]


async def test_nothing_done_is_no_change(lib: Seeded, service: PlaylistService) -> None:
    view = await service.create(lib.user, "Mix", [TrackId(lib.tracks[0])])
    await service.add(lib.user, view.id, [NewItem(TrackId(new_id()))])
    await service.remove(lib.user, view.id, [PlaylistItemId(new_id())])
    await service.move(lib.user, view.id, [], START)
    assert await service.dedupe(lib.user, view.id) == view


async def test_replacing_moves_few_rows(database: Database, lib: Seeded, service: PlaylistService) -> None:
    id_ = await made(service, lib, *range(20))
    wanted = [19, *range(10), 23, *range(10, 19)]
    await service.replace(lib.user, id_, [TrackId(lib.tracks[place]) for place in wanted])
    assert await order(service, lib, id_) == wanted
    query = sa.select(playlist_items.c.rev).where(playlist_items.c.playlist_id == id_)
    async with database.read() as connection:
        assert sorted(await connection.scalars(query)) == [1] * 20 + [2]


async def test_merged_tracks_are_counted_as_the_winner(
    database: Database, lib: Seeded, service: PlaylistService
) -> None:
    id_ = await made(service, lib, 0, 1)
    async with database.write() as transaction:
        await record_merge(transaction.connection, "track", lib.tracks[0], lib.tracks[1], "test")
    view = await service.playlist(lib.user, id_)
    assert view.duration_ms == 2 * await durations(database, [lib.tracks[1]])
    deduped = await service.dedupe(lib.user, id_)
    assert (deduped.song_count, deduped.duration_ms) == (1, view.duration_ms // 2)


async def test_counts_can_be_made_anew(database: Database, lib: Seeded, service: PlaylistService) -> None:
    id_ = await made(service, lib, 0, 1, 2)
    view = await service.playlist(lib.user, id_)
    async with database.write() as transaction:
        await transaction.connection.execute(sa.delete(playlist_libraries))
    assert (await service.playlist(lib.user, id_)).song_count == 0
    await recount_all(database)
    assert await service.playlist(lib.user, id_) == view


@pytest.mark.soak
async def test_long_playlists(lib: Seeded, service: PlaylistService, database: Database) -> None:
    """An insertion in the middle writes one row, whatever the length."""
    parts = 10 if os.environ.get("MCMA_SOAK") else 1
    id_ = await made(service, lib)
    for _ in range(parts):
        await service.add(lib.user, id_, of(lib, *(number % 24 for number in range(MOST))))
    assert (await service.playlist(lib.user, id_)).song_count == parts * MOST
    await service.add(lib.user, id_, of(lib, 23), Place(at=parts * MOST // 2))
    [entry] = (await service.page(lib.user, id_, None, 1)).items
    await service.move(lib.user, id_, [entry.id], Place(at=parts * MOST - 5))
    await service.remove(lib.user, id_, [entry.id])
    query = sa.select(sa.func.count()).where(playlist_items.c.rev > 1, playlist_items.c.playlist_id == id_)
    async with database.read() as connection:
        assert await connection.scalar(query) == 1
    assert (await service.playlist(lib.user, id_)).song_count == parts * MOST
