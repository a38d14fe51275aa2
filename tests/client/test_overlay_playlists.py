"""Playlists edited here show at once, and the same after the answer."""

import pytest

from tests.client.conftest import MakeDevice
from tests.client.test_overlay import seen, the_same_afterwards, tracks
from tests.support.offline import Device
from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio


async def test_playlists(device: Device) -> None:
    one, two, three, *_ = tracks(device.client)
    record, see = device.client.record, device.client.see
    sunday = record.create_playlist("Sunday", comment="slow")
    a, b, c = record.add_tracks(sunday, [one, two, three])
    record.move_row(sunday, c, 0)
    assert [row.id for row in see.rows(sunday)] == [c, a, b]
    record.remove_rows(sunday, [a])
    record.update_playlist(sunday, name="Monday")
    gone = record.create_playlist("Gone")
    record.add_tracks(gone, [one])
    record.delete_playlist(gone)
    await the_same_afterwards(device)
    assert [row.track_id for row in see.rows(sunday)] == [three, two] and see.rows(gone) == []
    record.move_row(sunday, b, 0)
    record.add_tracks(sunday, [one])
    await the_same_afterwards(device)
    assert see.tracks(sunday) == [two, three, one]
    record.delete_playlist(sunday)
    await the_same_afterwards(device)
    assert see.playlists() == {}


async def test_a_playlist_without_room_is_spread_anew(device: Device) -> None:
    record, see = device.client.record, device.client.see
    crowded = record.create_playlist("Crowded")
    first, second, third = record.add_tracks(crowded, tracks(device.client)[:3])
    tight = "V" * 39
    for id_, position in ((first, tight), (second, f"{tight}1"), (third, "z")):
        record.event("playlist.move", {"playlist_id": crowded, "item_id": id_, "position": position})
    record.move_row(crowded, third, 1)
    assert [row.id for row in see.rows(crowded)] == [first, third, second]
    await the_same_afterwards(device)


async def test_two_devices_edit_one_playlist(
    server: Server, person: Person, device: Device, make_device: MakeDevice
) -> None:
    other = await make_device(server, person)
    sunday = device.client.record.create_playlist("Sunday")
    ids = device.client.record.add_tracks(sunday, tracks(device.client)[:2])
    await device.sync()
    await other.sync()
    device.client.record.add_tracks(sunday, tracks(device.client)[2:3])
    other.client.record.add_tracks(sunday, tracks(device.client)[3:4])
    other.client.record.remove_rows(sunday, ids[:1])
    device.client.record.move_row(sunday, ids[0], 1)
    for each in (device, other, device, other):
        await each.sync()
    assert seen(device.client)["rows"] == seen(other.client)["rows"]
    assert len(device.client.see.rows(sunday)) == 3
