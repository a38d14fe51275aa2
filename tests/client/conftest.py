"""Devices in front of a server of the tests of the API: one for each module and engine, or one's own."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from tests.core.api.conftest import engine, prepared, server
from tests.support.offline import Device, device_of
from tests.support.server import Person, Server

__all__ = ["engine", "prepared", "server"]
MakeDevice = Callable[..., Awaitable[Device]]


@pytest.fixture
async def make_device(tmp_path: Path) -> AsyncIterator[MakeDevice]:
    """`await make_device(server, person)`: each in a folder of its own."""
    made: list[Device] = []

    async def make(server: Server, person: Person) -> Device:
        folder = tmp_path / f"device{len(made)}"
        made.append(await device_of(server, person, folder))
        return made[-1]

    yield make
    for device in made:
        device.client.close()
        shutil.rmtree(device.client.folder)


@pytest.fixture
async def person(server: Server) -> Person:
    """Somebody new."""
    return await server.person(f"p{uuid4().hex[:12]}")


@pytest.fixture
async def device(server: Server, person: Person, make_device: MakeDevice) -> Device:
    """Of theirs, with a copy."""
    made = await make_device(server, person)
    await made.sync()
    return made
