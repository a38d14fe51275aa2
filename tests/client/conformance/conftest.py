"""The suite in front of a server on a real port, in threads of its own: the server runs in the loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count

import httpx2 as httpx
import pytest

from mcma_client.conformance.account import Account, entered
from mcma_client.conformance.driver import Reference
from mcma_client.conformance.drivers import Start
from mcma_client.conformance.run import play
from mcma_client.conformance.scenario import SHIPPED, Scenario
from mcma_client.conformance.suite import Hand, Suite
from tests.core.api.conftest import engine, own_server, prepared, server
from tests.support.listening import listening
from tests.support.server import Person, Server

__all__ = ["engine", "own_server", "prepared", "server"]
Play = Callable[..., Awaitable[list[str]]]
_NUMBERS = count()


def token(person: Person) -> str:
    return person.headers["authorization"].removeprefix("Bearer ")


async def account(url: str, person: Person, transport: httpx.BaseTransport | None = None) -> Account:
    assert person.caller is not None
    name, key = person.caller.name, token(person)

    def enter() -> Account:
        return entered(url, name, password=None, token=key, transport=transport)

    return await asyncio.to_thread(enter)


@pytest.fixture(scope="module")
async def url(server: Server) -> AsyncIterator[str]:
    async with listening(server) as address:
        yield address


@pytest.fixture
def plays(server: Server, url: str) -> Play:
    """`await plays("push-like", transport=..., start=...)`, as somebody new. What could not be tidied up."""

    async def one(
        name: str, *, transport: httpx.BaseTransport | None = None, start: Start = Reference,
        hand: Hand | None = None, hands: tuple[str, ...] = (),
    ) -> list[str]:  # fmt: skip
        number = next(_NUMBERS)
        person, other = [await server.person(f"{which}{number}") for which in ("a", "b")]
        main, second = await account(url, person, transport), await account(url, other, transport)
        suite = Suite(main, second, plays=True, hand=hand, hands=hands)
        try:
            return await asyncio.to_thread(play, suite, Scenario.read(SHIPPED / f"{name}.toml"), start)
        finally:
            for each in (main, second):
                await asyncio.to_thread(each.leave)

    return one
