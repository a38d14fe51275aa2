"""Access and refresh tokens: what ends them, and what is refused."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
import sqlalchemy as sa

from mcma.domain.errors import NotAuthenticated
from mcma.services.callers import SYSTEM
from mcma.services.people.sessions import Sessions
from mcma.services.people.tokens import AccessTokens, TokenClaims
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables.people import refresh_tokens
from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller
from tests.support.household import KEY, OTHER_KEY, PASSWORD, Household, household

pytestmark = pytest.mark.anyio


def crafted(key: bytes = KEY, algorithm: str = "HS256", drop: str = "", **changes: Any) -> str:
    now = utcnow()
    claims = {"sub": str(new_id()), "ver": 0, "typ": "access", "aud": "mcma", "iat": now,
              "exp": now + timedelta(minutes=5), "jti": "1"} | changes  # fmt: skip
    claims.pop(drop, None)
    header = jwt.get_unverified_header(AccessTokens(KEY).issue(new_id(), 0).value)
    return jwt.encode(claims, key if algorithm != "none" else "", algorithm, headers={"kid": header["kid"]})


async def test_a_token_says_who_it_is_for() -> None:
    tokens, user = AccessTokens(KEY), new_id()
    issued = tokens.issue(user, 7, "phone")
    assert tokens.read(issued.value) == TokenClaims(UserId(user), 7, "phone", None)
    assert issued.expires_at - utcnow() == pytest.approx(timedelta(minutes=15), abs=timedelta(seconds=5))
    assert issued.value not in repr(issued)


@pytest.mark.parametrize(
    "token",
    [
        "", "x", "a.b.c", "é.ü.ñ", "\ud800", "\x00", "x" * 10_000, crafted(OTHER_KEY),
        crafted(algorithm="none"),
        crafted(algorithm="HS512"), crafted(typ="refresh"), crafted(aud="other"), crafted(aud=["mcma"]),
        crafted(ver="0"), crafted(ver=None), crafted(sub="no id"), crafted(sub="é"),
        crafted(exp=utcnow() - timedelta(minutes=2)), crafted(iat=utcnow() + timedelta(days=1)),
        *(crafted(drop=name) for name in ("exp", "iat", "jti", "sub", "typ", "aud", "ver")),
    ],
    ids=lambda token: "",
)  # fmt: skip
async def test_everything_else_is_refused_in_the_same_words(token: str) -> None:
    AccessTokens(KEY).read(crafted())
    with pytest.raises(NotAuthenticated, match="This login has ended, or never was one"):
        AccessTokens(KEY).read(token)


async def test_a_changed_body_is_refused() -> None:
    head, body, signature = AccessTokens(KEY).issue(new_id(), 0).value.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["ver"] = 1
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    with pytest.raises(NotAuthenticated):
        AccessTokens(KEY).read(f"{head}.{body}.{signature}")


async def test_tokens_of_the_previous_key_stay_good_until_it_is_dropped() -> None:
    old = AccessTokens(KEY).issue(new_id(), 0).value
    assert AccessTokens(OTHER_KEY, [KEY]).read(old).version == 0
    with pytest.raises(NotAuthenticated):
        AccessTokens(OTHER_KEY).read(old)


async def test_an_access_token_opens(database: Database) -> None:
    home = household(database)
    jo = await home.person("Jo")
    pair = await home.sessions.open(jo)
    assert await home.logins.by_access_token(pair.access.value) == jo


async def test_a_refresh_token_is_good_once_and_only_its_hash_is_kept(database: Database) -> None:
    home = household(database)
    first = await home.sessions.open(await home.person("jo"))
    second = await home.sessions.refresh(first.refresh)
    third = await home.sessions.refresh(second.refresh)
    assert len({first.refresh, second.refresh, third.refresh}) == 3
    assert (await home.logins.by_access_token(third.access.value)).client == "tests"
    assert third.refresh not in repr(third)
    async with database.read() as connection:
        rows = (await connection.execute(sa.select(refresh_tokens))).all()
    assert third.refresh not in repr(rows)
    assert third.refresh.encode() not in [row.token_hash for row in rows]


async def refused(home: Household, *tokens: str) -> None:
    for token in tokens:
        with pytest.raises(NotAuthenticated):
            await home.sessions.refresh(token)


async def test_using_a_spent_one_ends_that_login_and_no_other(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    stolen, other = await home.sessions.open(jo), await home.sessions.open(jo)
    renewed = await home.sessions.refresh(stolen.refresh)
    newest = await home.sessions.refresh(renewed.refresh)
    await refused(home, stolen.refresh, newest.refresh, renewed.refresh)
    await home.sessions.refresh(other.refresh)


async def test_a_spent_one_is_good_again_while_its_answer_may_be_lost(database: Database) -> None:
    home = household(database)
    opened = await home.sessions.open(await home.person("jo"))
    first = await home.sessions.refresh(opened.refresh)
    for _ in range(3):
        await home.sessions.refresh(first.refresh)
    heard = await home.sessions.refresh(first.refresh)
    newest = await home.sessions.refresh(heard.refresh)
    await refused(home, first.refresh, newest.refresh)


async def test_of_a_thief_and_the_owner_one_cannot_go_on_beside_the_other(database: Database) -> None:
    home = household(database)
    stolen = await home.sessions.open(await home.person("jo"))
    owners = await home.sessions.refresh(stolen.refresh)
    thiefs = await home.sessions.refresh(stolen.refresh)
    await refused(home, owners.refresh, thiefs.refresh, stolen.refresh)


async def test_after_a_minute_a_spent_one_ends_the_login(database: Database) -> None:
    home = household(database)
    for seconds, good in ((59, True), (61, False)):
        first = await home.sessions.open(await home.person(f"jo{seconds}"))
        unheard = await home.sessions.refresh(first.refresh)
        async with database.write() as transaction:
            past = sa.update(refresh_tokens).where(refresh_tokens.c.used_at.is_not(None))
            then = utcnow() - timedelta(seconds=seconds)
            await transaction.connection.execute(past.values(used_at=then))
        if good:
            await home.sessions.refresh(first.refresh)
        await refused(home, *(() if good else (first.refresh,)), unheard.refresh)


async def test_what_was_logged_out_is_not_good_again(database: Database) -> None:
    home = household(database)
    first = await home.sessions.open(await home.person("jo"))
    renewed = await home.sessions.refresh(first.refresh)
    await home.sessions.close(renewed.refresh)
    await refused(home, first.refresh)


async def test_of_many_at_one_moment_the_last_one_goes_on(database: Database) -> None:
    home = household(database)
    first = await home.sessions.open(await home.person("jo"))
    pairs = await asyncio.gather(*(home.sessions.refresh(first.refresh) for _ in range(6)))
    async with database.read() as connection:
        good = refresh_tokens.c.used_at.is_(None), refresh_tokens.c.revoked_at.is_(None)
        rows = (await connection.execute(sa.select(refresh_tokens.c.token_hash).where(*good))).all()
    assert len({pair.refresh for pair in pairs}) == 6
    [last] = [pair for pair in pairs if hashlib.sha256(pair.refresh.encode()).digest() == rows[0][0]]
    assert len(rows) == 1
    newest = await home.sessions.refresh(last.refresh)
    unheard = [pair.refresh for pair in pairs if pair is not last]
    await refused(home, *unheard, newest.refresh)


async def test_logging_out_ends_that_login(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    here, there = await home.sessions.open(jo), await home.sessions.open(jo)
    renewed = await home.sessions.refresh(here.refresh)
    await home.sessions.close(here.refresh)
    await home.sessions.close("never was one")
    with pytest.raises(NotAuthenticated):
        await home.sessions.refresh(renewed.refresh)
    await home.sessions.refresh(there.refresh)


ENDINGS: dict[str, Callable[[Household, Caller], Awaitable[None]]] = {
    "password changed": lambda home, jo: home.users.set_password(
        jo, jo.user_id, "a new one: 5 owls", old=PASSWORD
    ),
    "password reset": lambda home, jo: home.users.set_password(SYSTEM, jo.user_id, "a new one: 5 owls"),
    "logged out everywhere": lambda home, jo: home.users.end_logins(jo, jo.user_id),
    "disabled": lambda home, jo: home.users.disable(SYSTEM, jo.user_id),
    "deleted": lambda home, jo: home.users.delete(SYSTEM, jo.user_id),
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_what_ends_every_token_of_a_user(database: Database, ending: str) -> None:
    home = household(database)
    jo, al = await home.person("jo"), await home.person("al")
    pair, others = await home.sessions.open(jo), await home.sessions.open(al)
    await home.logins.by_access_token(pair.access.value)
    await ENDINGS[ending](home, jo)
    with pytest.raises(NotAuthenticated):
        await home.logins.by_access_token(pair.access.value)
    with pytest.raises(NotAuthenticated):
        await home.sessions.refresh(pair.refresh)
    await home.logins.by_access_token(others.access.value)
    await home.sessions.refresh(others.refresh)


@pytest.mark.parametrize("token", ["", "é", "\ud800", "\x00", "x" * 100_000], ids=ascii)
async def test_odd_refresh_tokens_are_refused(database: Database, token: str) -> None:
    with pytest.raises(NotAuthenticated):
        await household(database).sessions.refresh(token)


async def test_refresh_tokens_expire_and_are_cleared_away(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    late = await Sessions(database, home.tokens, days=-1).open(jo)
    with pytest.raises(NotAuthenticated):
        await home.sessions.refresh(late.refresh)
    await home.sessions.open(jo)
    assert await home.count(refresh_tokens) == 1


async def test_a_disabled_user_cannot_log_in_with_a_caller_at_hand(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    await home.users.disable(SYSTEM, jo.user_id)
    with pytest.raises(NotAuthenticated):
        await home.sessions.open(jo)
