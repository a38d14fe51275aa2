"""What the first start prints, and what later ones do not."""

import ipaddress
import socket
from pathlib import Path

import pytest

from mcma.serving import household
from mcma.serving.first_start import Address, Greeting, greet, greeting
from mcma.settings import Settings
from mcma.wiring import Core

pytestmark = pytest.mark.anyio
HERE = Address("127.0.0.1", 6262)


@pytest.fixture(params=["sqlite"])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_the_first_welcome_makes_an_administrator_and_an_app_password(core: Core) -> None:
    told = await greeting(core, HERE, welcome=True)
    assert told.admin == "admin"
    assert told.password is not None
    assert told.app_password is not None
    caller = await core.services.logins.by_app_password("admin", told.app_password, address="", client="")
    assert caller.is_admin


async def test_the_second_has_no_secrets(core: Core, capsys: pytest.CaptureFixture[str]) -> None:
    first = await greeting(core, HERE, welcome=True)
    second = await greeting(core, HERE, welcome=True)
    assert (second.password, second.app_password, second.setup_token) == (None, None, None)
    greet(second)
    printed = capsys.readouterr().out
    assert "http://127.0.0.1:6262" in printed
    assert "password" not in printed
    assert str(first.password) not in printed


async def test_without_a_welcome_there_is_a_token_that_works_once(core: Core) -> None:
    told = await greeting(core, HERE, welcome=False)
    assert told.password is None
    assert told.setup_token is not None
    made = await core.services.setup.consume_setup_token(told.setup_token, "ada", "correct horse battery")
    assert made.is_admin
    assert (await greeting(core, HERE, welcome=False)).setup_token is None


def test_everything_to_paste_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    greet(Greeting(HERE, "mcma --data-dir data", "admin", "login-secret", "app-secret"))
    out, err = capsys.readouterr()
    for words in ("http://127.0.0.1:6262", "/api/docs", "admin", "login-secret", "app-secret",
                  "mcma --data-dir data user passwd admin"):  # fmt: skip
        assert words in out
    assert err == ""
    assert "login-secret" not in repr(Greeting(HERE, password="login-secret"))


def test_in_the_household_its_addresses_and_the_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mcma.serving.first_start.household_addresses", lambda: ["192.168.1.20"])
    greet(Greeting(Address("0.0.0.0", 7000), "mcma", "admin", "login-secret", "app-secret"))
    out = capsys.readouterr().out
    assert "server     http://192.168.1.20:7000" in out
    assert "HTTPS" in out


def test_alone_there_is_no_household(capsys: pytest.CaptureFixture[str]) -> None:
    greet(Greeting(HERE))
    assert "household" not in capsys.readouterr().out


def test_household_addresses_are_private_and_not_this_machines_own() -> None:
    for address in household.household_addresses():
        parsed = ipaddress.ip_address(address)
        assert parsed.is_private
        assert not parsed.is_loopback


def test_without_a_network_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(household, "_routed", list)
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (2, "docker0")])
    assert household.household_addresses() == []


def test_public_and_strange_addresses_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(household, "_routed", lambda: ["8.8.8.8", "10.0.0.5", "127.0.0.1", "169.254.1.1"])
    monkeypatch.setattr(household, "_of_interfaces", lambda: ["10.0.0.5", "192.168.0.2"])
    assert household.household_addresses() == ["10.0.0.5", "192.168.0.2"]


def test_an_ipv6_address_is_written_in_brackets() -> None:
    assert Address("::1", 6262, "/music").here == "http://[::1]:6262/music"


def test_the_folder_given_is_part_of_the_command(tmp_path: Path) -> None:
    from mcma.serving.first_start import command_of
    from mcma.settings import Settings

    assert "--data-dir '" in command_of(Settings(data_dir=tmp_path / "a b"))


def test_a_folder_is_named_from_the_root_where_the_root_is_where_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mcma.serving.first_start import command_of

    monkeypatch.chdir("/")
    assert command_of(Settings(data_dir=tmp_path)).endswith(f"--data-dir {tmp_path}")
    monkeypatch.chdir(tmp_path)
    assert command_of(Settings(data_dir=tmp_path / "data")).endswith("--data-dir data")
