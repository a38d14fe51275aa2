"""The adapter over the fake services, as core mounts it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from mcma_subsonic import SubsonicPlugin, SubsonicSettings
from tests.subsonic.fakeserver import API_KEY, FakeServer, services

Ask = Callable[..., Any]


def mounted(server: FakeServer, **settings: Any) -> Starlette:
    (adapter,) = SubsonicPlugin(SubsonicSettings(**settings)).adapters()
    return Starlette(routes=[Mount(adapter.mount, adapter.build(server))])


@pytest.fixture
def music_file(tmp_path: Path) -> Path:
    path = tmp_path / "song.flac"
    path.write_bytes(bytes(range(256)) * 4)
    return path


@pytest.fixture
def server(music_file: Path) -> FakeServer:
    return services(music_file)


@pytest.fixture
def client(server: FakeServer) -> Iterator[TestClient]:
    with TestClient(mounted(server)) as opened:
        yield opened


@pytest.fixture
def ask(client: TestClient) -> Ask:
    """The content of the envelope, asked for as JSON with good credentials."""

    def call(method: str, **params: Any) -> Any:
        query = {"apiKey": API_KEY, "f": "json", "c": "test", **params}
        response = client.get(f"/rest/{method}", params=query)
        assert response.status_code == 200
        return response.json()["subsonic-response"]

    return call
