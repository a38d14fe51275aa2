"""Shares: what is asked of the services, and how it is told."""

from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from mcma_plugins.values import ItemKind, ItemRef
from tests.subsonic import fakedata as data
from tests.subsonic.fakeserver import API_KEY, FakeServer
from tests.subsonic.fakeshares import FIRST, LOST

SONG, ALBUM = f"tr-{data.track_id(1)}", f"al-{data.ALBUMS[0].id}"
SHARE = f"sh-{FIRST}"


def call(client: TestClient, method: str, **params: Any) -> dict[str, Any]:
    query = {"apiKey": API_KEY, "c": "test", "f": "json", **params}
    found: dict[str, Any] = client.get(f"/rest/{method}", params=query).json()["subsonic-response"]
    return found


def test_the_link_is_a_whole_address(client: TestClient) -> None:
    first, lost = call(client, "getShares")["shares"]["share"]
    assert (first["id"], first["url"]) == (SHARE, "http://testserver/share/abc")
    assert first["expires"] == first["lastVisited"] == "2026-01-02T03:04:05.000Z"
    assert (first["visitCount"], first["username"], len(first["entry"])) == (3, "admin", 2)
    assert (lost["id"], lost["url"]) == (f"sh-{LOST}", "")
    assert lost.keys() & {"expires", "lastVisited"} == set()


def test_many_ids_of_any_kind(client: TestClient, server: FakeServer) -> None:
    made = call(client, "createShare", id=[ALBUM, "nonsense", SONG], description="x", expires="1000")
    items = (ItemRef(ItemKind.ALBUM, data.ALBUMS[0].id), ItemRef(ItemKind.TRACK, data.track_id(1)))
    assert server.shares.told == [(items, "x", datetime.fromtimestamp(1, UTC))]
    [share] = made["shares"]["share"]
    assert share["expires"] == "1970-01-01T00:00:01.000Z"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, (None, None, False)),
        ({"expires": "0"}, (None, None, True)),
        ({"expires": ""}, (None, None, False)),
        ({"description": ""}, ("", None, False)),
        ({"description": "y", "expires": "2000"}, ("y", datetime.fromtimestamp(2, UTC), False)),
    ],
)
def test_what_is_left_out_stays(
    client: TestClient, server: FakeServer, sent: dict[str, str], told: tuple[object, ...]
) -> None:
    assert call(client, "updateShare", id=SHARE, **sent)["status"] == "ok"
    assert server.shares.told == [told]


@pytest.mark.parametrize(
    ("method", "sent", "code"),
    [
        ("createShare", {}, 10),
        ("createShare", {"id": "nonsense"}, 70),
        ("createShare", {"id": SONG, "expires": "soon"}, 0),
        ("createShare", {"id": SONG, "expires": "-1"}, 0),
        ("updateShare", {}, 10),
        ("updateShare", {"id": "sh-"}, 70),
        ("updateShare", {"id": ALBUM}, 70),
        ("deleteShare", {"id": "sh-019353a0-0000-7000-8000-000000000001"}, 70),
        ("deleteShare", {"id": "x" * 5000}, 0),
    ],
)
def test_what_cannot_be_done_is_said(
    client: TestClient, method: str, sent: dict[str, str], code: int
) -> None:
    answer = call(client, method, **sent)
    assert (answer["status"], answer["error"]["code"]) == ("failed", code)
