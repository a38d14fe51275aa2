"""What people may be kept from, and how far an app password reaches."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Conflict, Forbidden, InvalidInput, NotAuthenticated, NotFound
from mcma.services.callers import SYSTEM, require_right
from mcma.store.engine import Database
from mcma.store.tables.catalogue import libraries
from mcma.store.tables.people import users
from mcma_plugins.ids import UserId
from mcma_plugins.values import EVERY_RIGHT, Caller, Right, UserChange
from tests.support.household import PASSWORD, Household, a_library, household

pytestmark = pytest.mark.anyio

HERE: dict[str, Any] = {"address": "192.0.2.1", "client": "tests"}
NEW = "a new one: 5 owls"


async def in_an_app(home: Household, who: Caller) -> Caller:
    made = await home.app_passwords.create(who, "app")
    return await home.logins.by_app_password(who.name, made.secret, **HERE)


async def test_everybody_may_do_everything_until_told_otherwise(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    shown = await home.users.get(jo, jo.user_id)
    assert (shown.rights, shown.email) == (EVERY_RIGHT, None)
    for caller in (
        await home.logins.by_password("jo", PASSWORD, **HERE),
        await in_an_app(home, jo),
        await home.logins.by_access_token((await home.sessions.open(jo)).access.value),
    ):
        assert caller.rights == EVERY_RIGHT
    await home.logins.close()


async def test_a_right_that_is_taken_is_gone_by_every_way_in(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    app = await home.app_passwords.create(jo, "app")
    token = (await home.sessions.open(jo)).access.value
    await home.logins.by_access_token(token)
    changed = await home.users.change(SYSTEM, jo.user_id, UserChange(rights={Right.SHARE: False}))
    assert changed.rights == {Right.DOWNLOAD, Right.UPLOAD, Right.FETCH}
    for caller in (
        await home.logins.by_password("jo", PASSWORD, **HERE),
        await home.logins.by_api_key(app.secret, **HERE),
        await home.logins.by_access_token(token),
    ):
        assert caller.rights == {Right.DOWNLOAD, Right.UPLOAD, Right.FETCH}
        require_right(caller, Right.UPLOAD)
        with pytest.raises(Forbidden) as refused:
            require_right(caller, Right.SHARE)
        assert refused.value.stable_code == "right_missing"
    await home.logins.close()


async def test_administrators_have_every_right(database: Database) -> None:
    home = household(database)
    none = dict.fromkeys(Right, False)
    made = await home.users.create(SYSTEM, "root", PASSWORD, is_admin=True, rights=none)
    assert made.rights == EVERY_RIGHT
    caller = await home.logins.by_password("root", PASSWORD, **HERE)
    require_right(caller, Right.DOWNLOAD)
    await home.person("other", admin=True)
    lowered = await home.users.change(SYSTEM, made.id, UserChange(is_admin=False))
    assert lowered.rights == frozenset()


async def test_all_of_a_change_or_nothing(database: Database) -> None:
    home = household(database)
    one, other = a_library(1), a_library(2)
    await home.insert(libraries, one, other)
    await home.person("root", admin=True)
    jo, _ = await home.person("jo"), await home.person("al")
    refused: list[tuple[UserChange, type[Exception]]] = [
        (UserChange(name="al", is_admin=True, libraries=[]), Conflict),
        (UserChange(rights={Right.SHARE: False}, email="nowhere"), InvalidInput),
        (UserChange(is_admin=True, password="short"), InvalidInput),
        (UserChange(email="jo@home.example", name="\x00"), InvalidInput),
    ]
    before = await home.users.get(SYSTEM, jo.user_id)
    for change, error in refused:
        with pytest.raises(error):
            await home.users.change(SYSTEM, jo.user_id, change)
    assert await home.users.get(SYSTEM, jo.user_id) == before
    assert await home.users.folders(SYSTEM, [before]) == {jo.user_id: [1, 2]}
    everything = UserChange("Joe", NEW, None, {Right.UPLOAD: False}, " joe@home.example ", [other["id"]])
    after = await home.users.change(SYSTEM, jo.user_id, everything)
    assert (after.name, after.email) == ("Joe", "joe@home.example")
    assert after.rights == {Right.DOWNLOAD, Right.SHARE, Right.FETCH}
    assert await home.users.folders(SYSTEM, [after]) == {jo.user_id: [2]}
    await home.logins.by_password("Joe", NEW, **HERE)
    assert (await home.users.change(SYSTEM, jo.user_id, UserChange(email=""))).email is None


@pytest.mark.parametrize(
    "email", ["x", "@x", "x@", "a b@c", "a@b\nc", "a\x00@b", "x" * 250 + "@home", "\ud800@x"]
)
async def test_what_is_no_mail_address(database: Database, email: str) -> None:
    home = household(database)
    with pytest.raises(InvalidInput):
        await home.users.create(SYSTEM, "jo", PASSWORD, email=email)


async def test_folders_are_those_that_are_seen(database: Database) -> None:
    home = household(database)
    rows = [a_library(1), a_library(2)]
    await home.insert(libraries, *rows)
    await home.insert(libraries, {**a_library(3), "deleted_at": rows[0]["created_at"]})
    root, jo = await home.person("root", admin=True), await home.person("jo")
    al = await home.users.create(SYSTEM, "al", None, libraries=[rows[1]["id"]])
    views = await home.users.users(root)
    assert await home.users.folders(root, views) == {
        root.user_id: [1, 2], jo.user_id: [1, 2], al.id: [2]
    }  # fmt: skip
    mine = [await home.users.get(jo, jo.user_id)]
    assert await home.users.folders(jo, mine) == {jo.user_id: [1, 2]}
    with pytest.raises(Forbidden):
        await home.users.folders(jo, views)


Act = Callable[[Household, Caller, UserId], Awaitable[Any]]
TAKEOVERS: dict[str, Act] = {
    "make an administrator": lambda home, app, _: home.users.create(app, "evil", NEW, is_admin=True),
    "raise somebody": lambda home, app, _: _raise(home, app),
    "lower an administrator": lambda home, app, boss: home.users.change(
        app, boss, UserChange(is_admin=False)
    ),
    "reset an administrator": lambda home, app, boss: home.users.change(app, boss, UserChange(password=NEW)),
    "disable an administrator": lambda home, app, boss: home.users.disable(app, boss),
    "delete an administrator": lambda home, app, boss: home.users.delete(app, boss),
    "give an administrator a password": lambda home, app, boss: home.users.set_password(app, boss, NEW),
    "change the own password": lambda home, app, _: home.users.set_password(
        app, app.user_id, NEW, old=PASSWORD
    ),
    "reset the own password": lambda home, app, _: home.users.change(
        app, app.user_id, UserChange(password=NEW)
    ),
}


async def _raise(home: Household, app: Caller) -> None:
    jo = await home.users.user(app, "jo")
    await home.users.change(app, jo.id, UserChange(is_admin=True))


@pytest.mark.parametrize("act", TAKEOVERS.values(), ids=TAKEOVERS)
async def test_an_app_password_does_not_become_the_server(database: Database, act: Act) -> None:
    home = household(database)
    root, boss = await home.person("root", admin=True), await home.person("boss", admin=True)
    await home.person("jo")
    app = await in_an_app(home, root)
    assert app.is_admin
    assert app.by_app
    before = await _rows(database)
    with pytest.raises(Forbidden) as refused:
        await act(home, app, boss.user_id)
    assert refused.value.stable_code == "account_needed"
    assert await _rows(database) == before
    await home.logins.close()


async def _rows(database: Database) -> list[Any]:
    async with database.read() as connection:
        return list(await connection.execute(sa.select(users).order_by(users.c.id)))


async def test_a_users_own_password_is_out_of_reach_of_their_apps(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    app = await in_an_app(home, jo)
    for old in (PASSWORD, None):
        with pytest.raises(Forbidden):
            await home.users.set_password(app, jo.user_id, NEW, old=old)
    await home.logins.by_password("jo", PASSWORD, **HERE)
    await home.logins.close()


async def test_ordinary_users_can_be_managed_from_an_app(database: Database) -> None:
    home = household(database)
    app = await in_an_app(home, await home.person("root", admin=True))
    made = await home.users.create(app, "sam", PASSWORD)
    await home.users.change(app, made.id, UserChange(rights={Right.SHARE: False}, is_admin=False))
    await home.users.set_password(app, made.id, NEW)
    await home.logins.by_password("sam", NEW, **HERE)
    await home.users.delete(app, made.id)
    with pytest.raises(NotFound):
        await home.users.get(SYSTEM, made.id)
    await home.logins.close()


async def test_an_administrator_gives_the_old_password_for_a_new_one(database: Database) -> None:
    home = household(database)
    root = await home.person("root", admin=True)
    with pytest.raises(NotAuthenticated):
        await home.users.change(root, root.user_id, UserChange(password=NEW))
