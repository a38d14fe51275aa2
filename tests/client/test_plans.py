"""Music in the form that was asked for, as the server plans it and makes it; and where it does not plan."""

import time
from collections.abc import Callable
from typing import Any

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from mcma.store.tables.renditions import renditions
from mcma_client import BadAnswer, Refused, Wish, items
from mcma_client.serve import Offline
from mcma_client.store import _FIRST, Store
from tests.client.test_files import content, engine, song
from tests.client.test_serve import ask, serving_offline
from tests.support.offline import Device, brought
from tests.support.server import Server

__all__ = ["engine"]
pytestmark = pytest.mark.anyio
OPUS = Wish("opus-128")


def plans(device: Device) -> int:
    return device.wire.asked.count("POST /api/v1/offline/plan")


@pytest.fixture
def patient(device: Device) -> Device:
    """Where the server works, waiting is real, and shorter."""

    def wait(seconds: float) -> None:
        device.slept.append(seconds)
        time.sleep(0.2)

    device.client.sleep = wait
    return device


async def test_what_is_made_is_waited_for_played_and_not_fetched_twice(
    server: Server, patient: Device
) -> None:
    client, here = patient.client, patient.client.files
    [album] = items.found(client.store, "album@1", "first")
    here.pin("album", album.id)
    here.want(OPUS)
    begun = await brought(patient, wait=False)
    assert (len(begun.got) + begun.rest.open, patient.slept) == (3, [])
    came = await brought(patient)
    assert (len(begun.got) + len(came.got), came.failed, came.rest) == (3, [], (0, 0))
    for number in (1, 2, 3):
        path = here.path(song(patient, number))
        assert path is not None and path.read_bytes().startswith(b"OggS") and path.suffix == ".opus"
    with serving_offline(Offline(client.folder)) as offline:
        status, headers, body = ask(offline, f"/music/{song(patient)}")
        assert (status, headers["content-type"], body[:4]) == (200, "audio/ogg", b"OggS")
    async with server.database.write() as transaction:
        await transaction.connection.execute(sa.delete(renditions))
    patient.wire.asked.clear()
    assert (await brought(patient)) == ([], [], (0, 0))
    assert patient.wire.asked == ["POST /api/v1/offline/plan"], "nobody makes or fetches it again"
    here.want(Wish())
    assert len((await brought(patient)).got) == 3
    files = [one for one in here.folder.rglob("*") if one.is_file()]
    assert sorted(one.read_bytes() for one in files) == sorted(content(server, n) for n in (1, 2, 3))


Answers = Callable[[], list[httpx.Response]]
_PENDING = {"code": "rendition_pending", "detail": "It is being made."}
MOMENTS: dict[str, Answers] = {
    "evicted": lambda: [httpx.Response(503, json=_PENDING, headers={"retry-after": "3"}) for _ in range(4)],
    "made anew": lambda: [httpx.Response(200, content=b"other", headers={"etag": '"another"'})],
    "replaced": lambda: [httpx.Response(410, json={"code": "file_changed", "replaced_by": None})],
}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_what_changes_between_plan_and_fetch_is_planned_again(patient: Device, moment: str) -> None:
    patient.client.files.pin("track", song(patient, 2))
    patient.client.files.want(OPUS)
    patient.wire.instead["/renditions/"] = MOMENTS[moment]()
    came = await brought(patient)
    assert ([one.track_id for one in came.got], came.failed) == ([song(patient, 2)], [])
    assert came.got[0].path.read_bytes().startswith(b"OggS")
    assert plans(patient) > 1


async def test_what_cannot_be_turned_into_that_is_said_once(patient: Device) -> None:
    patient.client.files.want(OPUS)
    for number in (2, 3):
        patient.client.files.pin("track", song(patient, number))
    refused = {"code": "rendition_failed", "detail": "ffmpeg could not read it."}
    patient.wire.instead["/renditions/"] = [httpx.Response(415, json=refused)]
    came = await brought(patient)
    assert (len(came.got), len(came.failed)) == (1, 1)
    assert "ffmpeg could not read it" in str(came.failed[0][1])


async def test_a_format_that_there_is_not(device: Device) -> None:
    device.client.files.pin("likes")
    device.client.files.want(Wish("bogus"))
    with pytest.raises(Refused, match="opus-128") as refused:
        await brought(device)
    assert refused.value.status == 422


async def test_a_server_that_does_not_plan(server: Server, device: Device) -> None:
    here = device.client.files
    [album] = items.found(device.client.store, "album@1", "first")
    device.client.record.like("track", song(device, 3))
    here.pin("likes")
    here.pin("album", album.id)
    here.pin("track", "019353a0-0000-7000-8000-00000000000a")
    here.want(Wish(budget=len(content(server, 3)) + len(content(server, 1))))
    none = {"/offline/plan": [httpx.Response(404, json={"code": "not_found"}) for _ in range(3)]}
    device.wire.instead |= none
    came = await brought(device)
    assert [one.track_id for one in came.got] == [song(device, 3), song(device, 1)]
    assert came.rest.left_out == 2
    here.want(OPUS)
    with pytest.raises(Refused):
        await brought(device)
    here.want(Wish())
    changed = "UPDATE items SET data = json_set(data, '$.file_id', '../../x') WHERE type = 'track@1'"
    with device.client.store.write() as connection:
        connection.execute(changed)
    came = await brought(device)
    assert came.got == [] and len(came.failed) == 4, "an id is no path"


ID = "019353a0-0000-7000-8000-00000000000a"
ENTRY = {"track_id": ID, "file_id": ID, "pins": [0], "url": f"/api/v1/files/{ID}/content", "etag": ID,
         "size": 1, "estimated": False, "suffix": "mp3", "state": "ready", "reason": None}  # fmt: skip


def told(entry: dict[str, Any], poll_after: int | None = None) -> httpx.Response:
    plan = {"entries": [ENTRY | entry], "missing": [], "totals": {"left_out": 0}, "poll_after": poll_after}
    return httpx.Response(200, json=plan)


async def test_waiting_is_as_long_as_the_plan_says_and_has_an_end(device: Device) -> None:
    device.client.files.pin("likes")
    making = {"state": "making", "etag": None}
    device.wire.instead["/offline/plan"] = [told(making, 30) for _ in range(50)]
    assert await brought(device, wait=False) == ([], [], (1, 0))
    assert device.slept == []
    assert await brought(device) == ([], [], (1, 0))
    assert device.slept == [30.0] * 10
    failed = {"state": "failed", "reason": "no-ffmpeg"}
    device.wire.instead["/offline/plan"] = [told(making, 30), told(failed)]
    came = await brought(device)
    assert ["no-ffmpeg" in str(error) for _, error in came.failed] == [True]


async def test_what_is_here_stays_through_merges_and_while_its_volume_is_away(device: Device) -> None:
    here = device.client.files
    [artist] = items.found(device.client.store, "artist@1", "ann ash")
    here.pin("artist", artist.id)
    assert len((await brought(device)).got) >= 3
    kept = here.kept(song(device))
    assert kept is not None and kept.pins == f"artist:{artist.id}"
    merged = {"file_id": kept.file_id, "state": "held"}
    away = {"pins": [0], "reason": "file_missing", "track_id": song(device, 2)}
    plan = told(merged).json() | {"missing": [away]}
    device.wire.instead["/offline/plan"] = [httpx.Response(200, json=plan)]
    device.wire.asked.clear()
    came = await brought(device)
    assert (came.got, device.wire.asked) == ([], ["POST /api/v1/offline/plan"])
    assert [named for named, _ in came.failed] == [song(device, 2)]
    assert set(here.here()) == {ID, song(device, 2)}
    assert here.path(ID) is not None and here.path(song(device, 2)) is not None


LIES: list[dict[str, Any]] = [
    {"url": "https://evil.example/file"}, {"url": "/api/v1/files/../users/content"}, {"etag": "../../x"},
    {"suffix": "../x"}, {"etag": None}, {"file_id": "x"}, {"pins": [7]}, {"state": None, "url": None},
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=str)
async def test_addresses_and_names_of_a_plan_are_not_believed(device: Device, lie: dict[str, Any]) -> None:
    device.client.files.pin("likes")
    device.wire.instead["/offline/plan"] = [told(lie)]
    device.wire.asked.clear()
    with pytest.raises(BadAnswer, match="not as the protocol says"):
        await brought(device)
    assert len(device.wire.asked) == 1


def test_a_folder_of_the_first_version_goes_on(tmp_path: Any) -> None:
    with Store(tmp_path / "replica.db") as store, store.write() as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            connection.execute(f"DROP TABLE {name}")
        for statement in _FIRST.split(";\n"):
            connection.execute(statement)
        connection.execute("INSERT INTO files VALUES ('t', 'f', 'aa/f', 5)")
        connection.execute("INSERT INTO pins VALUES ('likes', '')")
        connection.execute("PRAGMA user_version = 1")
    with Store(tmp_path / "replica.db") as store:
        assert store.rows("SELECT * FROM files") == [("t", "f", "aa/f", 5, "f", "original", "", "")]
        assert store.rows("SELECT kind, place FROM pins") == [("likes", 0)]
