"""From the options to a suite, and from files to tests."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mcma_client.api import address
from mcma_client.conformance.account import Account, entered
from mcma_client.conformance.drivers import Command, Start, starting
from mcma_client.conformance.errors import Unmet
from mcma_client.conformance.scenario import SHIPPED, scenarios
from mcma_client.conformance.suite import Suite


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "scenario" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("mcma_scenarios")
        driven = metafunc.function.__name__ == "test_device"
        found = [one for one in scenarios(Path(chosen) if chosen else SHIPPED) if one.driven == driven]
        metafunc.parametrize("scenario", found, ids=[one.name for one in found])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of scenarios that are all of one kind, the test of the other kind has none."""
    items[:] = [one for one in items if not one.name.endswith("[NOTSET]")]


@pytest.fixture(scope="session")
def suite(pytestconfig: pytest.Config) -> Iterator[Suite]:
    option = pytestconfig.getoption
    url, user, second = option("mcma_url"), option("mcma_user"), option("mcma_second_user")
    if not url or not user:
        pytest.exit("Which server, and whose account? --mcma-url http://127.0.0.1:6262 --mcma-user NAME", 4)
    hand = _Hand(option("mcma_server_command"))
    try:
        main = _entered(url, user, "", option("mcma_password_file"), option("mcma_token_file"))
        other = _entered(url, second, "SECOND_", None, None) if second else None
    except Unmet as error:
        pytest.exit(str(error), 4)
    yield Suite(main, other, option("mcma_leave_plays"), option("mcma_as_admin"), hand, hand.can)
    hand.close()
    for account in (main, other):
        if account is not None:
            account.leave()


@pytest.fixture(scope="session")
def start(pytestconfig: pytest.Config) -> Start:
    return starting(pytestconfig.getoption("mcma_client_command"))


def _entered(url: str, name: str, which: str, password_file: str | None, token_file: str | None) -> Account:
    password = _secret(f"MCMA_CONFORMANCE_{which}PASSWORD", password_file)
    token = _secret(f"MCMA_CONFORMANCE_{which}TOKEN", token_file)
    if password is None and token is None:
        raise Unmet(f"the password of {name} is to be in MCMA_CONFORMANCE_{which}PASSWORD")
    return entered(address(url), name, password=password, token=token)


def _secret(name: str, file: str | None) -> str | None:
    if file is not None:
        return Path(file).read_text(encoding="utf-8").strip()
    return os.environ.get(name) or None


class _Hand:
    """`--mcma-server-command`: it says on `hello` what it `can` do."""

    def __init__(self, command: str | None) -> None:
        self._command = None if command is None else Command(command)
        told = {} if self._command is None else self._command.answer({"ask": "hello"})
        self.can = tuple(told.get("can", ()))

    def __call__(self, what: str, given: dict[str, Any]) -> dict[str, Any]:
        assert self._command is not None
        return self._command.answer({"ask": what, **given})

    def close(self) -> None:
        if self._command is not None:
            self._command.kill()
