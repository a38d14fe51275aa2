"""Music that is fetched whole, goes on where it was, and is found by its track."""

import errno
import hashlib
import os
from pathlib import Path

import httpx2 as httpx
import pytest

from mcma_client import BadAnswer, Client, ClientError, DiskFull, items
from mcma_client.files import Files
from mcma_client.plans import Wish
from tests.support.offline import Device, brought
from tests.support.server import Server

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def engine() -> str:
    """What differs between engines is the server's, and tested there."""
    return "sqlite"


def song(device: Device, number: int = 1) -> str:
    [found] = items.found(device.client.store, "track@1", f"song {number}")
    return found.id


def content(server: Server, number: int = 1) -> bytes:
    return (server.music / "Ann" / f"{number}.flac").read_bytes()


async def test_what_is_pinned_comes_and_goes(server: Server, device: Device) -> None:
    here = device.client.files
    [album] = items.found(device.client.store, "album@1", "first")
    here.pin("album", album.id)
    device.client.record.like("track", song(device))
    here.pin("likes")
    here.pin("track", song(device, 2))
    await device.sync()
    came = await brought(device)
    assert len(came.got) == 3 and came.failed == []
    for number in (1, 2, 3):
        path = here.path(song(device, number))
        assert path is not None and path.read_bytes() == content(server, number)
    assert (await brought(device)).got == []
    assert here.unpin("album", album.id) == 1, "without a connection"
    assert here.path(song(device, 3)) is None and here.path(song(device, 1)) is not None
    assert len([one for one in here.folder.rglob("*") if one.is_file()]) == 2
    device.client.record.like("track", song(device), False)
    await device.sync()
    assert (await brought(device)).got == []
    assert here.here() == [song(device, 2)], "what pins have lost goes as well"


async def test_what_was_pinned_first_matters_most(server: Server, device: Device) -> None:
    here = device.client.files
    for number in (3, 1, 2):
        here.pin("track", song(device, number))
    here.want(Wish(budget=len(content(server, 3)) + len(content(server, 1))))
    came = await brought(device)
    assert [one.track_id for one in came.got] == [song(device, 3), song(device, 1)]
    assert came.rest == (0, 1)
    here.want(Wish(budget=len(content(server, 3))))
    await brought(device)
    assert here.here() == [song(device, 3)]


async def test_music_of_a_track_that_was_merged_is_that_of_the_other(device: Device) -> None:
    here, one, two = device.client.files, song(device, 1), song(device, 2)
    here.pin("track", one)
    [got] = (await brought(device)).got
    line = {"type": "track@1", "scope": "me", "rev": 2, "id": one, "op": "del", "reason": "merged"}
    with device.client.store.write() as connection:
        items.take(connection, [{**line, "replaced_by": two}], {})
        connection.execute("DELETE FROM items WHERE type = 'track@1' AND id = ?", (one,))
    assert here.here() == [two]
    assert here.path(one) == here.path(two) == got.path


async def test_it_goes_on_where_it_was_cut(server: Server, device: Device) -> None:
    device.client.files.pin("track", song(device))
    ranges: list[str | None] = []
    original = device.wire.inner.handle_request

    def noting(request: httpx.Request) -> httpx.Response:
        if "/files/" in request.url.path:
            ranges.append(request.headers.get("range"))
        return original(request)

    device.wire.inner.handle_request = noting  # type: ignore[method-assign]
    device.wire.fails("cut", "cut", at="/content")
    [got] = (await brought(device)).got
    assert got.path.read_bytes() == content(server)
    size = len(content(server))
    half = size // 2
    assert ranges == [None, f"bytes={half}-", f"bytes={half + (size - half) // 2}-"]


async def test_killed_before_the_name_and_before_the_note(server: Server, device: Device) -> None:
    device.client.files.pin("track", song(device))
    [got] = (await brought(device)).got
    part = got.path.with_name(f"{got.path.name}.part")
    with device.client.store.write() as connection:
        connection.execute("DELETE FROM files")
    device.wire.asked.clear()
    assert (await brought(device)).got == [got]
    assert device.wire.asked == ["POST /api/v1/offline/plan"], "a name is a whole file"
    with device.client.store.write() as connection:
        connection.execute("DELETE FROM files")
    got.path.rename(part)
    [again] = (await brought(device)).got
    assert again.path.read_bytes() == content(server)
    assert not part.exists()


@pytest.mark.parametrize("rotten", [b"not this at all", b"x" * 100_000])
async def test_a_wrong_part_is_found_out(server: Server, device: Device, rotten: bytes) -> None:
    here, track = device.client.files, song(device)
    found = items.get(device.client.store, "track@1", track)
    assert found is not None
    file_id = str(found.data["file_id"])
    with device.client.store.write() as connection:
        true = hashlib.sha256(content(server)).hexdigest()
        change = (
            "UPDATE items SET data = json_set(data, '$.sha256', ?) WHERE type = 'track_file@1' AND id = ?"
        )
        connection.execute(change, (true, file_id))
    part = here.folder / file_id[-2:] / f"{file_id}.flac.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(rotten)
    stray = part.with_name("019353a0-0000-7000-8000-00000000000a.flac.part")
    stray.write_bytes(b"of a file that nobody wants now")
    here.pin("track", track)
    came = await brought(device)
    [(failed, error)] = came.failed
    assert (came.got, failed) == ([], track) and isinstance(error, BadAnswer)
    assert not stray.exists()
    [again] = (await brought(device)).got
    assert again.path.read_bytes() == content(server)


async def test_a_file_that_was_replaced(server: Server, device: Device) -> None:
    device.client.files.pin("track", song(device))
    [first, second] = (items.get(device.client.store, "track@1", song(device, n)) for n in (1, 2))
    assert first is not None and second is not None
    changed = {"code": "file_changed", "replaced_by": second.data["file_id"]}
    device.wire.instead[first.data["file_id"]] = [httpx.Response(410, json=changed)]
    [got] = (await brought(device)).got
    assert (got.track_id, got.path.read_bytes()) == (song(device), content(server, 2))


async def test_one_that_cannot_be_had_does_not_stop_the_others(device: Device) -> None:
    nothing = "019353a0-0000-7000-8000-00000000000a"
    device.client.files.pin("track", nothing)
    device.client.files.pin("track", song(device))
    came = await brought(device)
    assert [one.track_id for one in came.got] == [song(device)]
    [(named, error)] = came.failed
    assert named == nothing and "no such thing" in str(error)


async def test_a_full_disk_keeps_what_came(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    device.client.files.pin("track", song(device))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(DiskFull, match="kept"):
            await brought(device)
    [got] = (await brought(device)).got
    assert got.path.is_file()


def test_what_can_be_pinned(tmp_path: Path) -> None:
    with Client(tmp_path) as client:
        for kind, id_ in (("mood", "x"), ("likes", "x"), ("album", "")):
            with pytest.raises(ClientError, match="album:ID"):
                client.files.pin(kind, id_)
        with pytest.raises(ClientError, match="'Pastel Blues' is no id"):
            client.files.pin("album", "Pastel Blues")
        assert client.files.pins() == []


def test_two_tracks_that_became_one_share_a_file(tmp_path: Path) -> None:
    here = Files(Client(tmp_path).store, tmp_path)
    (tmp_path / "aa").mkdir()
    (tmp_path / "aa" / "song").write_bytes(b"music")
    with here.store.write() as connection:
        for track in ("loser", "winner"):
            columns = "INSERT INTO files (track_id, file_id, name, size, pins) VALUES (?, ?, 'aa/song', 5, ?)"
            connection.execute(columns, (track, track, f"track:{track}"))
    assert here.unpin("track", "loser") == 1
    assert here.path("winner") is not None
    here.store.connection.close()
