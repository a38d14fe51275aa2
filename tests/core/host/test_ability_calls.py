"""What a source raises, as core hears it."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from mcma.host.abilities import Abilities
from mcma.host.ability_calls import AbilityCalls
from mcma.host.loading import Hosted
from mcma.host.settings import Secrets
from mcma.host.states import PluginRecord, PluginState
from mcma_plugins import AuthorisationNeeded, PermanentError, Plugin, PluginSettings, RetryLater, SourceHealth
from mcma_plugins.errors import OutOfSpace

pytestmark = pytest.mark.anyio
SECRET = "s3cr3t-value"


class Shop:
    name = "shop"

    async def health(self) -> SourceHealth:
        return SourceHealth(True, "ready")


class ShopPlugin(Plugin[PluginSettings]):
    name = "shop"


@pytest.fixture
def calls() -> AbilityCalls:
    secrets, abilities = Secrets(frozenset({SECRET})), Abilities(sources=(Shop(),))
    hosted = Hosted(PluginRecord("shop"), ShopPlugin(PluginSettings()), secrets, abilities)
    return AbilityCalls(lambda: [hosted])


@pytest.mark.parametrize("error", [RetryLater, PermanentError, AuthorisationNeeded, OutOfSpace])
async def test_errors_of_the_contract_come_through(calls: AbilityCalls, error: Any) -> None:
    """A full disk is among them: core waits for room, and does not blame the source."""

    async def fetch() -> AsyncGenerator[Path, None]:
        yield Path("a")
        raise error(f"no {SECRET}")

    with pytest.raises(error) as caught:
        _ = [one async for one in calls.stream("shop", "fetch", fetch, 5)]
    assert SECRET not in caught.value.message


def limited(said: str) -> RetryLater:
    return RetryLater(said, code="limited")


@pytest.mark.parametrize(
    ("error", "degraded"), [(PermanentError, False), (RetryLater, True), (limited, False)]
)
async def test_what_is_said_of_a_thing_is_nothing_against_the_plugin(error: Any, degraded: bool) -> None:
    async def fingerprint() -> None:
        raise error("It is too short.")

    record = PluginRecord("shop", PluginState.RUNNING)
    hosted = Hosted(record, ShopPlugin(PluginSettings()), Secrets(), Abilities(sources=(Shop(),)))
    with pytest.raises((PermanentError, RetryLater)):
        await AbilityCalls(lambda: [hosted], answers=(PermanentError,)).call("shop", "x", fingerprint, 5)
    assert (record.degraded, record.hook("sources").calls) == (degraded, 1)


@pytest.mark.parametrize("error", [ValueError, KeyError, AssertionError, SystemExit])
async def test_all_else_is_one_kind(calls: AbilityCalls, error: Any) -> None:
    async def search() -> None:
        raise error(f"no {SECRET}")

    with pytest.raises(RuntimeError) as caught:
        await calls.call("shop", "search", search, 5)
    assert SECRET not in str(caught.value)
