"""Music that is fetched whole, goes on where it was, and is found by its track."""

import asyncio
import errno
import hashlib
import os
from pathlib import Path

import httpx2 as httpx
import pytest

from mcma_client import BadAnswer, Client, ClientError, DiskFull, items
from mcma_client.files import Fetched, Files
from mcma_client.login import Login
from tests.support.offline import Device
from tests.support.server import Server

pytestmark = pytest.mark.anyio


def of(device: Device) -> Files:
    return Files(device.client.store, device.client.folder / "music")


def song(device: Device, number: int = 1) -> str:
    [found] = items.found(device.client.store, "track@1", f"song {number}")
    return found.id


async def fetched(device: Device) -> tuple[list[Fetched], list[tuple[str, ClientError]]]:
    failed: list[tuple[str, ClientError]] = []
    api = device.client._api(Login.read(device.client.folder))
    got = await asyncio.to_thread(lambda: list(of(device).fetch(api, lambda *one: failed.append(one))))
    api.close()
    return got, failed


async def test_what_is_pinned_comes_and_goes(server: Server, device: Device) -> None:
    here = of(device)
    [album] = items.found(device.client.store, "album@1", "first")
    here.pin("album", album.id)
    device.client.record.like("track", song(device))
    here.pin("likes")
    here.pin("track", song(device, 2))
    got, failed = await fetched(device)
    assert len(got) == 3 and failed == []
    for number in (1, 2, 3):
        path = here.path(song(device, number))
        assert path is not None
        assert path.read_bytes() == (server.music / "Ann" / f"{number}.flac").read_bytes()
    assert await fetched(device) == ([], [])
    here.unpin("album", album.id)
    assert here.tidy() == 1
    assert here.path(song(device, 3)) is None and here.path(song(device, 1)) is not None
    assert len([one for one in here.folder.rglob("*") if one.is_file()]) == 2


def half_of(path: Path) -> bytes:
    content = path.read_bytes()
    return content[: len(content) // 2]


async def test_it_goes_on_where_it_was_cut(server: Server, device: Device) -> None:
    of(device).pin("track", song(device))
    ranges: list[str | None] = []
    original = device.wire.inner.handle_request

    def noting(request: httpx.Request) -> httpx.Response:
        if "/files/" in request.url.path:
            ranges.append(request.headers.get("range"))
        return original(request)

    device.wire.inner.handle_request = noting  # type: ignore[method-assign]
    device.wire.fails("cut", "cut", at="/content")
    [got], _ = await fetched(device)
    whole = (server.music / "Ann" / "1.flac").read_bytes()
    assert got.path.read_bytes() == whole
    half = len(whole) // 2
    assert ranges == [None, f"bytes={half}-", f"bytes={half + (len(whole) - half) // 2}-"]


async def test_killed_before_the_name_and_before_the_note(server: Server, device: Device) -> None:
    here, track = of(device), song(device)
    here.pin("track", track)
    [got], _ = await fetched(device)
    part = got.path.with_name(f"{got.path.name}.part")
    with device.client.store.write() as connection:
        connection.execute("DELETE FROM files")
    device.wire.asked.clear()
    [again], _ = await fetched(device)
    assert again == got and device.wire.asked == [], "a name is a whole file"
    with device.client.store.write() as connection:
        connection.execute("DELETE FROM files")
    got.path.rename(part)
    [again], _ = await fetched(device)
    assert again.path.read_bytes() == (server.music / "Ann" / "1.flac").read_bytes()
    assert not part.exists()


@pytest.mark.parametrize("rotten", [b"not this at all", b"x" * 100_000])
async def test_a_wrong_part_is_found_out(server: Server, device: Device, rotten: bytes) -> None:
    here, track = of(device), song(device)
    found = items.get(device.client.store, "track@1", track)
    assert found is not None
    file_id = str(found.data["file_id"])
    with device.client.store.write() as connection:
        true = hashlib.sha256((server.music / "Ann" / "1.flac").read_bytes()).hexdigest()
        change = (
            "UPDATE items SET data = json_set(data, '$.sha256', ?) WHERE type = 'track_file@1' AND id = ?"
        )
        connection.execute(change, (true, file_id))
    part = here.folder / file_id[-2:] / f"{file_id}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(rotten)
    here.pin("track", track)
    got, [(failed, error)] = await fetched(device)
    assert (got, failed) == ([], track) and isinstance(error, BadAnswer)
    [again], _ = await fetched(device)
    assert again.path.read_bytes() == (server.music / "Ann" / "1.flac").read_bytes()


async def test_a_file_that_was_replaced(server: Server, device: Device) -> None:
    here, track = of(device), song(device)
    here.pin("track", track)
    stale = "019353a0-0000-7000-8000-00000000000a"
    change = "UPDATE items SET data = json_set(data, '$.file_id', ?) WHERE type = 'track@1' AND id = ?"
    found = items.get(device.client.store, "track@1", track)
    assert found is not None
    with device.client.store.write() as connection:
        connection.execute(change, (stale, track))
    original = device.wire.inner.handle_request

    def moved(request: httpx.Request) -> httpx.Response:
        if stale in request.url.path:
            return httpx.Response(410, json={"code": "file_changed", "replaced_by": found.data["file_id"]})
        return original(request)

    device.wire.inner.handle_request = moved  # type: ignore[method-assign]
    [got], _ = await fetched(device)
    assert got.path.read_bytes() == (server.music / "Ann" / "1.flac").read_bytes()


async def test_one_that_cannot_be_had_does_not_stop_the_others(device: Device) -> None:
    here = of(device)
    here.pin("track", "019353a0-0000-7000-8000-00000000000a")
    here.pin("track", song(device))
    got, failed = await fetched(device)
    assert [one.track_id for one in got] == [song(device)]
    assert ["no such track" in str(error) for _, error in failed] == [True]


async def test_a_full_disk_keeps_what_came(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    of(device).pin("track", song(device))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(DiskFull, match="kept"):
            await fetched(device)
    device.wire.asked.clear()
    [got], _ = await fetched(device)
    assert got.path.is_file()


async def test_an_id_is_no_path(device: Device) -> None:
    change = "UPDATE items SET data = json_set(data, '$.file_id', '../../x') WHERE type = 'track@1'"
    with device.client.store.write() as connection:
        connection.execute(change)
    of(device).pin("track", song(device))
    got, [(_, error)] = await fetched(device)
    assert got == [] and "no id" in str(error)


def test_what_can_be_pinned(tmp_path: Path) -> None:
    with Client(tmp_path) as client, pytest.raises(ClientError, match="album"):
        Files(client.store, tmp_path).pin("mood", "x")
