"""Every way in: who is let in, and that refusals say and cost the same."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.domain.errors import NotAuthenticated, TooManyRequests
from mcma.services.callers import SYSTEM
from mcma.services.people.accounts import Accounts
from mcma.services.people.logins import Logins
from mcma.services.people.passwords import Passwords
from mcma.services.people.secretbox import SecretBox
from mcma.store.engine import Database
from mcma.store.tables.people import app_passwords, users
from mcma_plugins.people import Logins as LoginsContract
from mcma_plugins.values import Caller
from tests.support.household import KEY, PASSWORD, Household, household

pytestmark = pytest.mark.anyio

HERE: dict[str, Any] = {"address": "192.0.2.1", "client": "DSub"}
ODD = ["", "nobody", "é", "密码" * 500, "\x00", "\ud800", "jo\x00", "x" * 10_000]


def token_of(secret: str, salt: str) -> str:
    return hashlib.md5((secret + salt).encode()).hexdigest()


async def statements_of(home: Household, call: Any) -> int:
    seen: list[str] = []

    def listen(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    both = (home.database._reader.sync_engine, home.database._writer.sync_engine)
    engines = {id(engine.pool): engine for engine in both}.values()
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", listen)
    try:
        await call
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", listen)
    return len(seen)


async def test_core_keeps_the_contract(database: Database) -> None:
    contract: LoginsContract = household(database).logins
    with pytest.raises(NotAuthenticated):
        await contract.by_api_key("unknown", **HERE)


async def test_every_way_in_gives_the_same_caller(database: Database) -> None:
    home = household(database)
    jo = replace(await home.person("Jo"), client="DSub")
    secret = (await home.app_passwords.create(jo, "phone")).secret
    await home.app_passwords.create(jo, "tablet")
    token = token_of(secret, "salt é")
    assert await home.logins.by_password("JO", PASSWORD, **HERE) == jo
    app = replace(jo, by_app=True)
    assert await home.logins.by_app_password("ｊｏ", secret, **HERE) == app
    assert await home.logins.by_token(" jo ", token, "salt é", **HERE) == app
    assert await home.logins.by_api_key(secret, **HERE) == app
    await home.logins.close()


async def test_the_account_password_never_opens_the_other_ways(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    await home.app_passwords.create(jo, "phone")
    with pytest.raises(NotAuthenticated):
        await home.logins.by_app_password("jo", PASSWORD, **HERE)
    with pytest.raises(NotAuthenticated):
        await home.logins.by_token("jo", token_of(PASSWORD, "s"), "s", **HERE)
    with pytest.raises(NotAuthenticated):
        await home.logins.by_api_key(PASSWORD, **HERE)


async def test_refusals_say_the_same_for_everybody(database: Database) -> None:
    home = household(database)
    jo, gone = await home.person("jo"), await home.person("gone")
    await home.person("appsonly", password=None)
    secrets = {one.name: (await home.app_passwords.create(one, "p")).secret for one in (jo, gone)}
    await home.users.disable(SYSTEM, gone.user_id)
    said: set[object] = set()
    for n, (name, password) in enumerate(
        [("jo", "wrong"), ("nobody", "wrong"), ("gone", PASSWORD), ("appsonly", ""), ("appsonly", "x")]
    ):
        with pytest.raises(NotAuthenticated) as refusal:
            await home.logins.by_password(name, password, address=f"192.0.2.{n}", client="")
        said.add((refusal.value.message, refusal.value.hint, refusal.value.stable_code))
    assert len(said) == 1
    said.clear()
    for name, password in [("jo", "wrong"), ("nobody", "wrong"), ("gone", secrets["gone"])]:
        with pytest.raises(NotAuthenticated) as refusal:
            await home.logins.by_app_password(name, password, **HERE)
        said.add(refusal.value.message)
        with pytest.raises(NotAuthenticated) as refusal:
            await home.logins.by_token(name, token_of(password, "s"), "s", **HERE)
        said.add(refusal.value.message)
    with pytest.raises(NotAuthenticated) as refusal:
        await home.logins.by_api_key(secrets["gone"], **HERE)
    assert {*said, refusal.value.message} == {"Wrong name or app password."}


@pytest.mark.parametrize("odd", ODD, ids=lambda text: ascii(text)[:12])
async def test_odd_input_is_refused_like_any_other(database: Database, odd: str) -> None:
    home = household(database)
    await home.app_passwords.create(await home.person("jo"), "phone")
    tries: list[Callable[[str], Awaitable[Caller]]] = [
        lambda where: home.logins.by_password(odd, odd, address=where, client=odd),
        lambda where: home.logins.by_password("jo", odd, address=where, client=odd),
        lambda where: home.logins.by_app_password(odd, odd, address=where, client=odd),
        lambda where: home.logins.by_app_password("jo", odd, address=where, client=odd),
        lambda where: home.logins.by_token(odd, odd, odd, address=where, client=odd),
        lambda where: home.logins.by_token("jo", odd, odd, address=where, client=odd),
        lambda where: home.logins.by_api_key(odd, address=where, client=odd),
    ]
    for n, attempt in enumerate(tries):
        with pytest.raises(NotAuthenticated):
            await attempt(f"192.0.2.{n}")
        with pytest.raises(NotAuthenticated):
            await attempt(odd)


async def test_what_a_client_says_about_itself_is_made_safe(database: Database) -> None:
    home = household(database)
    secret = (await home.app_passwords.create(await home.person("jo"), "phone")).secret
    caller = await home.logins.by_api_key(secret, address="::1", client="a\x00b\ud800c\n" + "x" * 500)
    assert caller.client == "abc" + "x" * 61
    await home.logins.close()
    assert await home.count(app_passwords, app_passwords.c.last_client == caller.client) == 1


async def test_guessing_a_password_is_slowed_down_before_it_is_hashed(database: Database) -> None:
    home = household(database)
    await home.person("jo")
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            await home.logins.by_password("jo", "wrong", **HERE)
    with pytest.raises(TooManyRequests) as refusal:
        await home.logins.by_password("JO", PASSWORD, **HERE)
    assert 0 < refusal.value.retry_after <= 2
    await home.logins.by_password("jo", PASSWORD, address="192.0.2.9", client="")


async def test_guesses_in_parallel_count_as_well(database: Database) -> None:
    home = household(database)
    await home.person("jo")
    tries = (home.logins.by_password("jo", f"wrong {n}", **HERE) for n in range(30))
    answers = [type(one) for one in await asyncio.gather(*tries, return_exceptions=True)]
    assert answers.count(NotAuthenticated) == 5
    assert answers.count(TooManyRequests) == 25


async def test_a_device_with_a_revoked_password_locks_nobody_out(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    secret = (await home.app_passwords.create(jo, "phone")).secret
    answers = []
    for _ in range(40):
        with pytest.raises((NotAuthenticated, TooManyRequests)) as refusal:
            await home.logins.by_app_password("jo", "the revoked one", **HERE)
        answers.append(refusal.type)
    assert answers == [NotAuthenticated] * 5 + [TooManyRequests] * 35
    await home.logins.by_app_password("jo", secret, **HERE)
    await home.logins.by_api_key(secret, **HERE)
    await home.logins.by_password("jo", PASSWORD, **HERE)
    await home.logins.close()


async def test_a_hash_of_old_parameters_is_renewed_at_login(database: Database) -> None:
    home = household(database)
    await home.person("jo")
    stronger = Passwords(time_cost=2, memory_kib=16, parallelism=1)
    logins = Logins(database, home.accounts, stronger, home.tokens)
    await logins.by_password("jo", PASSWORD, **HERE)
    async with database.read() as connection:
        stored = await connection.scalar(sa.select(users.c.password_hash))
    assert stored and not stronger.is_outdated(stored)
    await logins.by_password("jo", PASSWORD, **HERE)


async def test_a_request_costs_one_query_and_then_none(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    secret = (await home.app_passwords.create(jo, "phone")).secret
    token = (await home.sessions.open(jo)).access.value
    calls: list[Callable[[], Awaitable[Caller]]] = [
        lambda: home.logins.by_token("jo", token_of(secret, "s"), "s", **HERE),
        lambda: home.logins.by_api_key(secret, **HERE),
        lambda: home.logins.by_access_token(token),
    ]
    await calls[0]()
    await home.logins.close()
    home.accounts.forget()
    for call in calls:
        assert await statements_of(home, call()) == 1
        assert await statements_of(home, call()) == 0


async def test_a_known_token_is_checked_in_a_fraction_of_a_millisecond(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    secret = (await home.app_passwords.create(jo, "first of ten")).secret
    for n in range(9):
        await home.app_passwords.create(jo, f"device {n}")
    token = token_of(secret, "s")
    await home.logins.by_token("jo", token, "s", **HERE)
    await home.logins.close()
    best = 1.0
    for _ in range(5):
        start = time.process_time()
        for _ in range(100):
            await home.logins.by_token("jo", token, "s", **HERE)
        best = min(best, (time.process_time() - start) / 100)
    assert best < 0.0003


async def test_another_process_is_heard_after_the_cache_has_aged(database: Database) -> None:
    home, now = household(database), [0.0]
    accounts = Accounts(database, SecretBox(KEY), ttl=30, clock=lambda: now[0])
    logins = Logins(database, accounts, home.passwords, home.tokens, usage=home.usage)
    jo = await home.person("jo")
    secret = (await home.app_passwords.create(jo, "phone")).secret
    await logins.by_api_key(secret, **HERE)
    await home.users.disable(SYSTEM, jo.user_id)
    await logins.by_api_key(secret, **HERE)
    now[0] = 30.0
    with pytest.raises(NotAuthenticated):
        await logins.by_api_key(secret, **HERE)
    await logins.close()


async def test_an_answer_read_before_a_change_is_not_kept(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    secret = (await home.app_passwords.create(jo, "phone")).secret
    real = home.accounts._load

    async def overtaken(query: Any, value: Any) -> Any:
        found = await real(query, value)
        await home.users.disable(SYSTEM, jo.user_id)
        return found

    home.accounts._load = overtaken  # type: ignore[method-assign]
    await home.logins.by_api_key(secret, **HERE)
    home.accounts._load = real  # type: ignore[method-assign]
    with pytest.raises(NotAuthenticated):
        await home.logins.by_api_key(secret, **HERE)
    await home.logins.close()


async def test_remembering_is_bounded(database: Database) -> None:
    home = household(database)
    accounts = Accounts(database, SecretBox(KEY), capacity=10)
    await home.person("jo")
    for n in range(30):
        await accounts.by_name(f"name {n}")
    assert len(accounts._kept) == 10


async def test_the_last_use_is_written_once_in_five_minutes(database: Database) -> None:
    home = household(database)
    secret = (await home.app_passwords.create(await home.person("jo"), "phone")).secret
    for client in ("first", "second", "third"):
        await home.logins.by_api_key(secret, address="::1", client=client)
    await home.logins.close()
    async with database.read() as connection:
        row = (await connection.execute(sa.select(app_passwords))).one()
    assert row.last_client == "first"
    assert row.last_used_at is not None


async def test_a_note_that_cannot_be_written_breaks_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    home = household(database)
    secret = (await home.app_passwords.create(await home.person("jo"), "phone")).secret

    def full() -> Any:
        raise OSError("the disk is full")

    monkeypatch.setattr(database, "write", full)
    await home.logins.by_api_key(secret, **HERE)
    await home.logins.close()
    assert "was not written: OSError" in caplog.text


async def test_no_secret_is_ever_shown_or_logged(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="mcma")
    home = household(database)
    jo = await home.person("jo")
    made = await home.app_passwords.create(jo, "phone")
    pair = await home.sessions.open(jo)
    found = await home.accounts.by_name("jo")
    await home.logins.by_app_password("jo", made.secret, **HERE)
    raised = []
    for attempt in (
        home.logins.by_password("jo", "my wrong guess", **HERE),
        home.logins.by_app_password("jo", "my wrong guess", **HERE),
        home.sessions.refresh("my wrong guess"),
        home.logins.by_access_token("my wrong guess"),
    ):
        with pytest.raises(NotAuthenticated) as refusal:
            await attempt
        raised.append(repr(refusal.value))
    await home.logins.close()
    box = SecretBox(KEY)
    everything = repr([made, pair, found, home.logins, home.accounts, box, vars(box), *raised]) + caplog.text
    for secret in (made.secret, pair.refresh, pair.access.value, KEY.decode(), "my wrong guess", PASSWORD):
        assert secret not in everything
