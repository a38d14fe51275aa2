"""The first administrator: made once, by whoever sits at the console."""

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Gone, InvalidInput, NotAuthenticated
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables.machinery import key_values
from mcma.store.tables.people import users
from tests.support.household import PASSWORD, household

pytestmark = pytest.mark.anyio


async def test_a_new_server_gets_one_administrator(database: Database) -> None:
    home = household(database)
    assert await home.setup.needed()
    first = await home.setup.first_admin()
    assert first is not None
    assert (first.user.name, first.user.is_admin) == ("admin", True)
    assert first.password not in repr(first)
    caller = await home.logins.by_password("admin", first.password, address="", client="")
    assert caller.user_id == first.user.id
    assert not await home.setup.needed()
    assert await home.setup.first_admin("another") is None
    assert await home.count(users) == 1


async def test_the_first_administrator_may_bring_a_password(database: Database) -> None:
    home = household(database)
    with pytest.raises(InvalidInput):
        await home.setup.first_admin("jo", "short")
    first = await home.setup.first_admin("jo", PASSWORD)
    assert first is not None
    assert first.password == PASSWORD


async def test_a_setup_token_opens_once(database: Database) -> None:
    home = household(database)
    token = await home.setup.new_setup_token()
    made = await home.setup.consume_setup_token(token, "Jo", PASSWORD)
    assert (made.name, made.is_admin) == ("Jo", True)
    await home.logins.by_password("jo", PASSWORD, address="", client="")
    with pytest.raises(Gone):
        await home.setup.consume_setup_token(token, "al", PASSWORD)
    with pytest.raises(Gone):
        await home.setup.new_setup_token()
    assert await home.count(key_values) == 0


async def test_only_its_hash_is_kept(database: Database) -> None:
    home = household(database)
    token = await home.setup.new_setup_token()
    async with database.read() as connection:
        assert token not in repr((await connection.execute(sa.select(key_values))).all())


@pytest.mark.parametrize("token", ["", "wrong", "é", "\ud800", "\x00", "None", "null"], ids=ascii)
@pytest.mark.parametrize("made", [True, False], ids=["one made", "none made"])
async def test_another_token_opens_nothing(database: Database, token: str, made: bool) -> None:
    home = household(database)
    if made:
        await home.setup.new_setup_token()
    with pytest.raises(NotAuthenticated):
        await home.setup.consume_setup_token(token, "jo", PASSWORD)
    assert await home.count(users) == 0


async def test_it_ends_after_an_hour_and_when_another_is_made(database: Database) -> None:
    home = household(database)
    first, second = await home.setup.new_setup_token(), await home.setup.new_setup_token()
    with pytest.raises(NotAuthenticated):
        await home.setup.consume_setup_token(first, "jo", PASSWORD)
    async with database.write() as transaction:
        expires = await transaction.connection.scalar(sa.select(key_values.c.expires_at))
        await transaction.connection.execute(sa.update(key_values).values(expires_at=utcnow()))
    assert expires is not None
    assert 3590 < (expires - utcnow()).total_seconds() <= 3600
    with pytest.raises(NotAuthenticated):
        await home.setup.consume_setup_token(second, "jo", PASSWORD)


@pytest.mark.parametrize(
    ("name", "password"), [("jo", "short"), ("", PASSWORD), ("\ud800", PASSWORD)], ids=ascii
)
async def test_a_bad_name_or_password_leaves_it_valid(database: Database, name: str, password: str) -> None:
    home = household(database)
    token = await home.setup.new_setup_token()
    with pytest.raises(InvalidInput):
        await home.setup.consume_setup_token(token, name, password)
    await home.setup.consume_setup_token(token, "jo", PASSWORD)


async def test_two_who_send_it_at_once_make_one_user(database: Database) -> None:
    home = household(database)
    token = await home.setup.new_setup_token()
    tries = (home.setup.consume_setup_token(token, name, PASSWORD) for name in ("a", "b", "c"))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in answers) == 1
    assert all(isinstance(one, Gone | NotAuthenticated) for one in answers if isinstance(one, BaseException))
    assert await home.count(users) == 1


async def test_two_servers_that_start_at_once_make_one_administrator(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(connection: AsyncConnection) -> bool:
        return False

    home = household(database)
    await home.setup.first_admin()
    monkeypatch.setattr("mcma.store.queries.people.any_user", nobody)
    assert await home.setup.first_admin() is None
    assert await home.count(users) == 1
