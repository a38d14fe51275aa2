"""Internet radio and pictures of people, as apps ask for them."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.subsonic.conftest import Ask
from tests.subsonic.fakepeople import ONE
from tests.subsonic.fakeserver import API_KEY, PASSWORD, FakeServer

HERE = f"ra-{ONE.id}"
TWO = {"name": "Two", "streamUrl": "https://two.example/live", "homepageUrl": "https://two.example/"}


def listed(ask: Ask) -> Any:
    return ask("getInternetRadioStations")["internetRadioStations"]["internetRadioStation"]


def test_a_station_comes_changes_and_goes(ask: Ask) -> None:
    [one] = listed(ask)
    assert one == {"id": HERE, "name": ONE.name, "streamUrl": ONE.stream_url, "homePageUrl": ONE.homepage_url}
    assert ask("createInternetRadioStation", **TWO)["status"] == "ok"
    two = listed(ask)[1]
    assert (two["name"], two["streamUrl"], two["homePageUrl"]) == tuple(TWO.values())
    ask("updateInternetRadioStation", id=two["id"], name="Zwei", streamUrl="https://zwei.example/")
    changed = listed(ask)[1]
    assert (changed["id"], changed["name"], changed["homePageUrl"]) == (two["id"], "Zwei", TWO["homepageUrl"])
    ask("deleteInternetRadioStation", id=HERE)
    assert [each["id"] for each in listed(ask)] == [two["id"]]


def test_without_a_home_page_there_is_none(ask: Ask, server: FakeServer) -> None:
    server.stations.views[ONE.id] = ONE._replace(homepage_url=None)
    assert "homePageUrl" not in listed(ask)[0]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("createInternetRadioStation", TWO),
        ("updateInternetRadioStation", {"id": HERE, **TWO}),
        ("deleteInternetRadioStation", {"id": HERE}),
    ],
)
def test_administrators_write(client: TestClient, method: str, params: dict[str, Any]) -> None:
    query = {"u": "gäst", "p": PASSWORD, "f": "json", **params}
    assert client.get(f"/rest/{method}", params=query).json()["subsonic-response"]["error"]["code"] == 50


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("createInternetRadioStation", {"name": "x"}, 10),
        ("createInternetRadioStation", {"streamUrl": "https://x.example/"}, 10),
        ("updateInternetRadioStation", TWO, 10),
        ("updateInternetRadioStation", {"id": "ra-x", **TWO}, 70),
        ("updateInternetRadioStation", {"id": "ra-00000000-0000-0000-0000-000000000000", **TWO}, 70),
        ("deleteInternetRadioStation", {}, 10),
        ("deleteInternetRadioStation", {"id": "tr-1"}, 70),
        ("getAvatar", {}, 10),
        ("getAvatar", {"username": "nobody"}, 70),
    ],
)
def test_mistakes(ask: Ask, method: str, params: dict[str, Any], code: int) -> None:
    assert ask(method, **params)["error"]["code"] == code


@pytest.mark.parametrize("name", ["admin", "gäst"])
def test_pictures_are_kept_until_they_change(client: TestClient, name: str) -> None:
    query = {"apiKey": API_KEY, "username": name}
    first = client.get("/rest/getAvatar.view", params=query)
    assert (first.headers["content-type"], first.content) == ("image/jpeg", f"picture of {name}".encode())
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get("/rest/getAvatar", params=query, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head("/rest/getAvatar", params=query).content == b""
