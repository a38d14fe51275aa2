"""What several devices say of one playlist comes out the same, in whatever order they are heard."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.claiming import Said
from mcma.domain.errors import McmaError, NotFound
from mcma.domain.positions import spread
from mcma.domain.smartrules import parsed
from mcma.domain.stamps import Stamp
from mcma.services.claims.lookup import Wanted
from mcma.services.identity.merging import record_merge
from mcma.services.playlists.playlist_changes import LATE, STANDS, PlaylistChanges, Took
from mcma.services.playlists.playlist_columns import KEPT
from mcma.services.playlists.playlist_counts import recount_all
from mcma.services.playlists.playlist_edit import MOST
from mcma.services.playlists.playlist_locks import lock_playlists
from mcma.services.playlists.playlist_places import Place
from mcma.services.playlists.playlist_rows import NewItem
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.playlists.smart_playlists import SmartPlaylists
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import hold_catalogue
from mcma.store.engine import Database
from mcma.store.tables.listening import playlist_libraries, playlists
from mcma_plugins.ids import PlaylistId, PlaylistItemId, TrackId
from mcma_plugins.values import Caller
from tests.support.catalogue import EPOCH, Seeded, seed, set_row
from tests.support.statements import counted

pytestmark = pytest.mark.anyio
Step = Callable[[PlaylistChanges], Took]
PLACES = spread(6)


@pytest.fixture
async def lib(database: Database) -> Seeded:
    return await seed(database, tracks=12)


@pytest.fixture
def service(database: Database) -> PlaylistService:
    return PlaylistService(database)


def at(minutes: int) -> Stamp:
    return Stamp(EPOCH + timedelta(minutes=minutes), new_id())


class Device:
    """Says things of one playlist, each batch in a transaction of its own."""

    def __init__(self, database: Database, lib: Seeded, caller: Caller | None = None) -> None:
        self.database, self.lib, self.caller = database, lib, caller or lib.user
        self.anew()

    def anew(self) -> None:
        """Rows to be added, of no playlist yet."""
        self.rows = [PlaylistItemId(new_id()) for _ in PLACES]

    async def say(self, id_: UUID, *steps: Step) -> list[Took | str]:
        """What became of each; the code of those that were refused."""
        async with self.database.write() as transaction:
            await hold_catalogue(transaction.connection)
            await lock_playlists(transaction.connection, [id_])
            changes = PlaylistChanges(transaction.connection, self.caller)
            await changes.read([id_], self.rows, self.lib.tracks)
            found = [_taken(changes, step) for step in steps]
            await changes.write()
        return found

    def item(self, row: int, track: int | None = None, title: str = "Some song") -> NewItem:
        if track is not None:
            return NewItem(TrackId(self.lib.tracks[track]), None, self.rows[row], PLACES[row])
        wanted = Wanted(Said(title, ("Somebody",), None, 200_000))
        return NewItem(None, None, self.rows[row], PLACES[row], wanted)


def _taken(changes: PlaylistChanges, step: Step) -> Took | str:
    try:
        return step(changes)
    except McmaError as error:
        return error.stable_code


@pytest.fixture
def device(database: Database, lib: Seeded) -> Device:
    return Device(database, lib)


def renamed(id_: UUID, stamp: Stamp, fields: dict[str, Any]) -> Step:
    return lambda it: it.update(id_, stamp, fields)


def moved(id_: UUID, row: UUID, place: str, stamp: Stamp) -> Step:
    return lambda it: it.move(id_, row, place, stamp)


def added(id_: UUID, *items: NewItem) -> Step:
    return lambda it: it.add(id_, items)


def deleted(id_: UUID) -> Step:
    return lambda it: it.delete(id_)


async def made(service: PlaylistService, device: Device, *tracks: int) -> PlaylistId:
    id_ = PlaylistId(new_id())
    items = [device.item(row, track) for row, track in enumerate(tracks)]
    assert await device.say(
        id_, lambda it: it.create(id_, "Mix", None, public=False), lambda it: it.add(id_, items)
    ) == [STANDS, STANDS]
    return id_


async def order(service: PlaylistService, device: Device, id_: PlaylistId) -> list[int]:
    entries = await service.entries(device.caller, id_)
    assert (await service.playlist(device.caller, id_)).song_count == sum(1 for one in entries if one.track)
    return [device.rows.index(one.id) for one in entries]


async def test_a_playlist_is_made_and_made_again(service: PlaylistService, device: Device) -> None:
    id_ = await made(service, device, 0, 1, 1)
    view = await service.playlist(device.caller, id_)
    assert (view.name, view.comment, view.public, view.song_count) == ("Mix", None, False, 3)
    again = [device.item(row, track) for row, track in enumerate((0, 1, 1))]
    assert await device.say(
        id_, lambda it: it.create(id_, "Other", "x", public=True), lambda it: it.add(id_, again)
    ) == [LATE, STANDS]
    assert (await service.playlist(device.caller, id_))._replace(rev=0) == view._replace(rev=0)


async def test_the_last_name_counts_whoever_comes_first(service: PlaylistService, device: Device) -> None:
    said: list[tuple[Stamp, dict[str, Any]]] = [
        (at(1), {"name": "First", "comment": "so"}), (at(3), {"name": "Last"}),
        (at(2), {"name": "Middle", "comment": "but"}),
    ]  # fmt: skip
    for turns in permutations(said):
        id_ = await made(service, device)
        for stamp, fields in turns:
            await device.say(id_, renamed(id_, stamp, fields))
        view = await service.playlist(device.caller, id_)
        assert (view.name, view.comment) == ("Last", "but")


async def test_what_is_said_to_the_server_is_said_now(service: PlaylistService, device: Device) -> None:
    id_ = await made(service, device, 0, 1, 2)
    await service.edit(device.caller, id_, name="Here")
    await service.move(device.caller, id_, [device.rows[0]], Place(after=device.rows[2]))
    late = [
        renamed(id_, at(9), {"name": "There", "public": True}),
        moved(id_, device.rows[0], PLACES[0], at(9)),
    ]
    assert await device.say(id_, *late) == [LATE, LATE]
    view = await service.playlist(device.caller, id_)
    assert (view.name, view.public) == ("Here", True)
    assert await order(service, device, id_) == [1, 2, 0]
    now = Stamp(utcnow(), new_id())
    assert await device.say(id_, lambda it: it.update(id_, now, {"name": "Now"})) == [STANDS]


async def test_moves_of_one_row_cross(service: PlaylistService, device: Device) -> None:
    same = EPOCH + timedelta(minutes=5)
    low, high = sorted((new_id(), new_id()))
    moves = [(PLACES[5], Stamp(same, low)), ("1", Stamp(same, high)), (PLACES[4], at(4))]
    for turns in permutations(moves):
        device.anew()
        id_ = await made(service, device, 0, 1, 2, 3)
        for place, stamp in turns:
            await device.say(id_, moved(id_, device.rows[2], place, stamp))
        assert await order(service, device, id_) == [2, 0, 1, 3], "of two at one time the greater id"


@pytest.mark.parametrize("removed_first", [True, False])
async def test_a_removal_beats_moves_and_stays(
    service: PlaylistService, device: Device, *, removed_first: bool
) -> None:
    id_ = await made(service, device, 0, 1)
    steps: list[Step] = [
        lambda it: it.remove(id_, [device.rows[0], device.rows[5]]),
        lambda it: it.move(id_, device.rows[0], PLACES[4], at(9)),
    ]
    found = await device.say(id_, *(steps if removed_first else reversed(steps)))
    assert found == ([STANDS, LATE] if removed_first else [STANDS, STANDS])
    assert await order(service, device, id_) == [1]
    back = device.item(0, 0)
    assert await device.say(id_, lambda it: it.add(id_, [back])) == [Took(False, (device.rows[0],))]
    assert await order(service, device, id_) == [1]


async def test_both_of_two_that_add_stay(
    database: Database, lib: Seeded, service: PlaylistService, device: Device
) -> None:
    id_ = await made(service, device, 0)
    other = Device(database, lib)
    await other.say(id_, lambda it: it.add(id_, [other.item(1, 5)]))
    await device.say(id_, lambda it: it.add(id_, [device.item(1, 5)]))
    entries = await service.entries(lib.user, id_)
    assert entries[0].id == device.rows[0]
    assert {one.id for one in entries[1:]} == {device.rows[1], other.rows[1]}
    assert (await service.playlist(lib.user, id_)).song_count == 3


async def test_two_edit_while_a_third_deletes(service: PlaylistService, device: Device) -> None:
    for turns in permutations(range(3)):
        device.anew()
        id_ = await made(service, device, 0)
        edits = [renamed(id_, at(90), {"name": "Later"}), added(id_, device.item(1, 1)), deleted(id_)]
        gone = False
        for turn in turns:
            assert await device.say(id_, edits[turn]) == ["playlist_gone" if gone else STANDS]
            gone = gone or turn == 2
        with pytest.raises(NotFound):
            await service.playlist(device.caller, id_)
        assert await device.say(id_, deleted(id_)) == [STANDS]


async def test_after_thirty_days_it_never_was(
    database: Database, service: PlaylistService, device: Device
) -> None:
    id_ = await made(service, device)
    await device.say(id_, lambda it: it.delete(id_))
    await set_row(database, playlists, id_, deleted_at=utcnow() - KEPT - timedelta(hours=1))
    said: list[Step] = [
        lambda it: it.update(id_, at(1), {"name": "So"}), lambda it: it.add(id_, []),
        lambda it: it.create(id_, "Again", None, public=False),
    ]  # fmt: skip
    assert await device.say(id_, *said) == ["not_found", "not_found", "playlist_gone"]


def everything(id_: PlaylistId, device: Device) -> list[Step]:
    return [
        lambda it: it.update(id_, at(1), {"name": "Mine"}),
        lambda it: it.add(id_, [device.item(5, 1)]),
        lambda it: it.move(id_, device.rows[0], PLACES[3], at(1)),
        lambda it: it.remove(id_, [device.rows[0]]),
        lambda it: it.delete(id_),
    ]


async def test_those_of_others(
    database: Database, lib: Seeded, service: PlaylistService, device: Device
) -> None:
    id_ = await made(service, device, 0)
    stranger = (await seed(database, tracks=12, seed=2)).user
    other = Device(database, lib, stranger)
    other.rows = device.rows
    assert await other.say(id_, *everything(id_, other)) == ["not_found"] * 5
    assert await other.say(id_, lambda it: it.create(id_, "Mine", None, public=True)) == ["id_taken"]
    await device.say(id_, lambda it: it.update(id_, at(0), {"public": True}))
    assert await other.say(id_, *everything(id_, other)) == ["forbidden"] * 5
    nowhere = PlaylistId(new_id())
    assert await other.say(nowhere, *everything(nowhere, other)) == ["not_found"] * 5
    admin = Device(database, lib, lib.admin)
    assert await admin.say(id_, lambda it: it.update(id_, at(1), {"name": "Tidied"})) == [STANDS]
    assert (await service.playlist(lib.user, id_)).name == "Tidied"
    assert await order(service, device, id_) == [0]


async def test_rows_of_another_playlist(service: PlaylistService, device: Device) -> None:
    first, second = await made(service, device, 0), PlaylistId(new_id())
    steps: list[Step] = [
        lambda it: it.create(second, "Second", None, public=False),
        lambda it: it.add(second, [device.item(1, 1), device.item(0, 0)]),
        lambda it: it.move(second, device.rows[0], PLACES[3], at(1)),
        lambda it: it.remove(second, [device.rows[0]]),
    ]
    assert await device.say(second, *steps) == [STANDS, "id_taken", "not_found", STANDS]
    assert await order(service, device, first) == [0]
    assert await service.entries(device.caller, second) == []


async def test_smart_ones_fill_themselves(
    database: Database, service: PlaylistService, device: Device
) -> None:
    rules = parsed({"all": [{"field": "genre", "op": "is", "value": "Jazz"}]})
    view = await SmartPlaylists(database, service).create(device.caller, "Jazz", rules)
    refused = ["smart_playlist"] * 3
    update, *rows, delete = everything(view.id, device)
    assert await device.say(view.id, update, *rows, delete) == [STANDS, *refused, STANDS]


async def test_what_is_too_much(service: PlaylistService, device: Device) -> None:
    id_ = await made(service, device, 0)
    many = [new_id() for _ in range(MOST + 1)]
    item = device.item(1, 1)
    steps: list[Step] = [
        lambda it: it.add(id_, [item._replace(id=PlaylistItemId(one)) for one in many]),
        lambda it: it.remove(id_, many),
    ]
    assert await device.say(id_, *steps) == ["too_large", "too_large"]
    assert await order(service, device, id_) == [0]


async def test_a_track_that_is_gone_costs_no_other_its_row(
    database: Database, lib: Seeded, service: PlaylistService, device: Device
) -> None:
    id_ = await made(service, device)
    unseen = (await seed(database, tracks=12, seed=2)).tracks[0]
    lost = device.item(1, 1)._replace(track_id=TrackId(unseen))
    both = [device.item(0, 0), lost]
    assert await device.say(id_, lambda it: it.add(id_, both)) == [Took(False, (device.rows[1],))]
    assert await device.say(id_, lambda it: it.add(id_, [lost])) == ["not_found"]
    assert await order(service, device, id_) == [0]


async def test_a_track_that_was_merged_is_its_winner(
    database: Database, lib: Seeded, service: PlaylistService, device: Device
) -> None:
    id_ = await made(service, device, 0, 1)
    async with database.write() as transaction:
        await record_merge(transaction.connection, "track", lib.tracks[0], lib.tracks[2], "test")
    await device.say(
        id_,
        lambda it: it.add(id_, [device.item(2, 0)]),
        lambda it: it.move(id_, device.rows[0], PLACES[4], at(1)),
    )
    entries = await service.entries(lib.user, id_)
    assert [one.track and lib.tracks.index(one.track.id) for one in entries] == [1, 2, 2]
    assert await order(service, device, id_) == [1, 2, 0]


async def test_what_is_claimed_keeps_its_place(lib: Seeded, service: PlaylistService, device: Device) -> None:
    id_ = await made(service, device, 0)
    known = (await service.entries(lib.user, id_))[0].track
    assert known is not None
    said = Said(known.title, tuple(one.name for one in known.artists), known.album, known.duration_ms)
    here = device.item(3)._replace(wanted=Wanted(said))
    claimed = [device.item(1, title="Nowhere"), here]
    for _ in range(2):
        assert await device.say(id_, lambda it: it.add(id_, claimed)) == [STANDS]
    first, waits, found = await service.entries(lib.user, id_)
    assert first.claim is None
    assert waits.track is None
    assert waits.claim is not None
    assert waits.claim.title == "Nowhere"
    assert found.track == first.track
    assert found.claim is not None
    assert (await service.playlist(lib.user, id_)).song_count == 2


async def test_many_events_are_written_at_once(
    database: Database, lib: Seeded, service: PlaylistService, device: Device
) -> None:
    id_ = await made(service, device)
    places = spread(300)
    device.rows = [PlaylistItemId(new_id()) for _ in places]
    items = [
        NewItem(TrackId(lib.tracks[place % 12]), None, row, position)
        for place, (row, position) in enumerate(zip(device.rows, places, strict=True))
    ]
    with counted(database) as statements:
        found = await device.say(id_, *(lambda it, one=one: it.add(id_, [one]) for one in items))
    assert found == [STANDS] * 300
    assert len(statements) < 40
    assert await order(service, device, id_) == list(range(300))
    async with database.read() as connection:
        before = (await connection.execute(sa.select(playlist_libraries))).all()
    await recount_all(database)
    async with database.read() as connection:
        assert (await connection.execute(sa.select(playlist_libraries))).all() == before
