"""Users: names, rights, and that an end takes exactly what was theirs."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    TooManyRequests,
)
from mcma.services.callers import SYSTEM
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.queries import people as queries
from mcma.store.tables import catalogue, listening, people
from mcma.store.tables.machinery import changes
from mcma_plugins.people import Users as UsersContract
from mcma_plugins.values import Caller, UserChange
from tests.support.household import PASSWORD, Household, a_library, household

pytestmark = pytest.mark.anyio

HERE: dict[str, Any] = {"address": "192.0.2.1", "client": "tests"}
NEW = "a new one: 5 owls"


async def test_core_keeps_the_contract(database: Database) -> None:
    contract: UsersContract = household(database).users
    assert await contract.users(SYSTEM) == []


async def test_a_user_sees_themselves_and_an_administrator_everybody(database: Database) -> None:
    home = household(database)
    root, jo, al = await home.person("root", admin=True), await home.person("Jo"), await home.person("al")
    assert (await home.users.user(jo, "JO")).id == jo.user_id
    assert (await home.users.user(root, "jo")).name == "Jo"
    assert [one.name for one in await home.users.users(root)] == ["al", "Jo", "root"]
    assert (await home.users.get(jo, jo.user_id)).is_admin is False
    for name in ("al", "nobody", "\ud800", ""):
        with pytest.raises(Forbidden):
            await home.users.user(jo, name)
    for name in ("nobody", "\ud800", ""):
        with pytest.raises(NotFound):
            await home.users.user(root, name)
    with pytest.raises(NotFound):
        await home.users.get(jo, al.user_id)


async def test_what_only_administrators_may_do(database: Database) -> None:
    home = household(database)
    jo, al = await home.person("jo"), await home.person("al")
    for forbidden in (
        home.users.users(jo),
        home.users.create(jo, "new", PASSWORD),
        home.users.change(jo, jo.user_id, UserChange(is_admin=True)),
        home.users.disable(jo, al.user_id),
        home.users.enable(jo, jo.user_id),
        home.users.delete(jo, al.user_id),
        home.users.set_libraries(jo, jo.user_id, None),
    ):
        with pytest.raises(Forbidden):
            await forbidden
    for hidden in (
        home.users.set_password(jo, al.user_id, NEW),
        home.users.end_logins(jo, al.user_id),
        home.users.libraries(jo, al.user_id),
    ):
        with pytest.raises(NotFound):
            await hidden


@pytest.mark.parametrize(
    "twin", ["JO ANNA", "jo anna", " Jo  Anna ", "Ｊｏ Ａｎｎａ", "Jo\u00a0Anna"], ids=ascii
)
async def test_names_that_look_alike_are_one(database: Database, twin: str) -> None:
    home = household(database)
    await home.person("Jo Anna")
    al = await home.person("al")
    with pytest.raises(Conflict):
        await home.users.create(SYSTEM, twin, PASSWORD)
    with pytest.raises(Conflict):
        await home.users.change(SYSTEM, al.user_id, UserChange(name=twin))


@pytest.mark.parametrize(
    ("one", "other"), [("Straße", "STRASSE"), ("José", "Jose\u0301"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("ﬁne", "FINE")]
)
async def test_folding_knows_more_than_ascii(database: Database, one: str, other: str) -> None:
    home = household(database)
    await home.person(one)
    with pytest.raises(Conflict):
        await home.users.create(SYSTEM, other, PASSWORD)


@pytest.mark.parametrize(
    "name",
    ["", " ", "x" * 65, "a\x00b", "\ud800", "a\nb", "a\u202eb", "a\u200bb", "\u2028", "\x7f", "\ue000"],
    ids=ascii,
)
async def test_names_that_cannot_be_shown_are_refused(database: Database, name: str) -> None:
    home = household(database)
    with pytest.raises(InvalidInput):
        await home.users.create(SYSTEM, name, PASSWORD)
    jo = await home.person("jo")
    with pytest.raises(InvalidInput):
        await home.users.change(SYSTEM, jo.user_id, UserChange(name=name))


@pytest.mark.parametrize("name", ["x", "y" * 64, "José", "密码", "🎵 box", "o'neil; DROP TABLE users"])
async def test_other_names_are_kept_as_they_are(database: Database, name: str) -> None:
    home = household(database)
    made = await home.person(name)
    assert made.name == name
    assert (await home.logins.by_password(name, PASSWORD, **HERE)).user_id == made.user_id


async def test_a_weak_password_makes_no_user(database: Database) -> None:
    home = household(database)
    with pytest.raises(InvalidInput):
        await home.users.create(SYSTEM, "jo", "password123")
    assert await home.count(people.users) == 0


async def test_a_change_is_seen_at_once(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    token = (await home.sessions.open(jo)).access.value
    await home.logins.by_access_token(token)
    changed = await home.users.change(SYSTEM, jo.user_id, UserChange(name="Johanna", is_admin=True))
    caller = await home.logins.by_access_token(token)
    assert (caller.name, caller.is_admin) == (changed.name, changed.is_admin) == ("Johanna", True)
    await home.users.change(SYSTEM, jo.user_id, UserChange())


async def test_ones_own_password_needs_the_old_one(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo", admin=True)
    for old in (None, "", "wrong", "\ud800"):
        with pytest.raises(NotAuthenticated, match="old password"):
            await home.users.set_password(jo, jo.user_id, NEW, old=old)
    await home.users.set_password(jo, jo.user_id, NEW, old=PASSWORD)
    with pytest.raises(NotAuthenticated):
        await home.logins.by_password("jo", PASSWORD, **HERE)
    await home.logins.by_password("jo", NEW, **HERE)
    with pytest.raises(InvalidInput):
        await home.users.set_password(jo, jo.user_id, "short", old=NEW)


async def test_the_old_password_cannot_be_guessed_with_a_stolen_token(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            await home.users.set_password(jo, jo.user_id, NEW, old="guess")
    with pytest.raises(TooManyRequests):
        await home.users.set_password(jo, jo.user_id, NEW, old=PASSWORD)


async def test_app_passwords_outlive_a_password_change(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    secret = (await home.app_passwords.create(jo, "phone")).secret
    await home.users.set_password(SYSTEM, jo.user_id, NEW)
    await home.logins.by_api_key(secret, **HERE)
    await home.logins.close()


async def test_a_disabled_user_is_out_everywhere_and_comes_back_whole(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    secret = (await home.app_passwords.create(jo, "phone")).secret
    await home.logins.by_app_password("jo", secret, **HERE)
    await home.users.disable(SYSTEM, jo.user_id)
    assert (await home.users.user(SYSTEM, "jo")).disabled_at is not None
    for attempt in (
        home.logins.by_password("jo", PASSWORD, **HERE),
        home.logins.by_app_password("jo", secret, **HERE),
        home.logins.by_api_key(secret, **HERE),
    ):
        with pytest.raises(NotAuthenticated):
            await attempt
    await home.users.enable(SYSTEM, jo.user_id)
    await home.logins.by_app_password("jo", secret, **HERE)
    await home.logins.by_password("jo", PASSWORD, **HERE)
    await home.logins.close()


async def test_the_last_administrator_stays(database: Database) -> None:
    home = household(database)
    root, jo = await home.person("root", admin=True), await home.person("jo")
    for attempt in (
        home.users.disable(root, root.user_id),
        home.users.delete(root, root.user_id),
        home.users.change(root, root.user_id, UserChange(is_admin=False)),
    ):
        with pytest.raises(Conflict, match="last administrator"):
            await attempt
    await home.users.change(root, jo.user_id, UserChange(is_admin=True))
    await home.users.delete(root, root.user_id)


async def test_the_last_two_administrators_cannot_leave_together(database: Database) -> None:
    home = household(database)
    admins = [await home.person(name, admin=True) for name in ("a", "b", "c")]
    left = await asyncio.gather(
        *(home.users.change(one, one.user_id, UserChange(is_admin=False)) for one in admins),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in left) == ["Conflict", "UserView", "UserView"]


@pytest.mark.parametrize("what", ["change", "disable", "enable", "delete", "set_libraries", "get"])
async def test_nobody_cannot_be_changed(database: Database, what: str) -> None:
    home = household(database)
    await home.person("root", admin=True)
    more: dict[str, Any] = {
        "change": {"change": UserChange(is_admin=True)},
        "set_libraries": {"libraries": None},
    }
    with pytest.raises(NotFound):
        await getattr(home.users, what)(SYSTEM, new_id(), **more.get(what, {}))


async def test_new_users_see_every_library_unless_told_otherwise(database: Database) -> None:
    home = household(database)
    one, two, gone = a_library(1), a_library(2), a_library(3) | {"deleted_at": utcnow()}
    for row in (one, two, gone):
        await home.insert(catalogue.libraries, row)
    root = await home.person("root", admin=True)
    seen = await home.users.libraries(root, root.user_id)
    assert set(seen) == {one["id"], two["id"]}
    child = await home.users.create(root, "child", None, libraries=[two["id"], new_id()])
    assert list(await home.users.libraries(root, child.id)) == [two["id"]]
    assert await home.count(people.library_access, people.library_access.c.granted_by == root.user_id) == 1
    await home.users.set_libraries(root, child.id, [one["id"]])
    assert list(await home.users.libraries(root, child.id)) == [one["id"]]
    await home.users.set_libraries(root, child.id, [])
    assert list(await home.users.libraries(root, child.id)) == []
    await home.users.set_libraries(root, child.id, None)
    assert set(await home.users.libraries(root, child.id)) == {one["id"], two["id"]}
    nobody = await home.users.create(root, "nobody", None, libraries=[])
    assert list(await home.users.libraries(root, nobody.id)) == []


async def live(home: Household, user: Caller, track: UUID) -> None:
    """A little of everything a user can leave behind."""
    now, playlist, listen, play = utcnow(), new_id(), new_id(), new_id()
    mine = {"user_id": user.user_id}
    event = mine | {"id": new_id(), "item_kind": "track", "item_id": track, "at": now, "reported_at": now,
                    "received_at": now, "source": "test"}  # fmt: skip
    await home.app_passwords.create(user, "phone")
    await home.sessions.open(user)
    await home.insert(listening.like_events, event | {"liked": True})
    await home.insert(listening.rating_events, event | {"rating": 5})
    await home.insert(
        listening.listens,
        mine | {"id": listen, "track_id": track, "at": now, "at_kind": "start", "precision_s": 1,
                "reported_at": now, "received_at": now, "source": "test", "source_key": "1", "client": ""},
    )  # fmt: skip
    await home.insert(
        listening.plays,
        mine | {"id": play, "track_id": track, "listen_id": listen, "started_at": now, "counted": True},
    )
    await home.insert(listening.play_listens, {"listen_id": listen, "play_id": play})
    await home.insert(
        listening.user_items,
        mine | {"item_id": track, "item_kind": "track", "play_count": 1, "rev": 1},
    )
    await home.insert(
        listening.now_playing,
        mine | {"player": "x", "client": "x", "track_id": track, "started_at": now, "position_ms": 0,
                "state": "playing", "rate": 1.0, "heard_ms": 0, "counting": False, "updated_at": now},
    )  # fmt: skip
    await home.insert(
        listening.playlists,
        {"id": playlist, "owner_id": user.user_id, "name": "p", "name_key": "p", "visibility": "public",
         "song_count": 1, "duration_ms": 0, "created_at": now, "changed_at": now, "rev": 1},
    )  # fmt: skip
    await home.insert(
        listening.playlist_items,
        {"id": new_id(), "playlist_id": playlist, "position": "a", "track_id": track, "added_at": now,
         "rev": 1},
    )  # fmt: skip
    await home.insert(
        listening.bookmarks,
        mine | {"track_id": track, "position_ms": 1, "created_at": now, "changed_at": now, "rev": 1},
    )
    await home.insert(
        listening.play_queues,
        mine | {"id": new_id(), "position_ms": 0, "changed_at": now, "changed_by": "", "rev": 1},
    )
    await home.insert(
        people.devices,
        mine | {"id": new_id(), "name": "d", "client": "", "acked_n": 0, "created_at": now,
                "updated_at": now, "rev": 1},
    )  # fmt: skip


OWNED = (
    people.users, people.app_passwords, people.refresh_tokens, people.devices, people.library_access,
    listening.like_events, listening.rating_events, listening.listens, listening.plays,
    listening.play_listens, listening.user_items, listening.now_playing, listening.playlists,
    listening.playlist_items, listening.bookmarks, listening.play_queues,
)  # fmt: skip


async def test_deleting_a_user_removes_exactly_what_was_theirs(database: Database) -> None:
    home, library, now = household(database), a_library(1), utcnow()
    await home.insert(catalogue.libraries, library)
    track = {"id": new_id(), "library_id": library["id"], "title": "t", "sort_title": "t",
             "created_at": now, "updated_at": now}  # fmt: skip
    await home.insert(catalogue.tracks, track)
    await home.person("root", admin=True)
    await live(home, al := await home.person("al"), track["id"])
    before = {table.name: await home.count(table) for table in OWNED}
    feed = changes.c.scope == "me", changes.c.scope_id == al.user_id
    als_feed = await home.count(changes, *feed)
    await live(home, jo := await home.person("jo"), track["id"])
    assert all([await home.count(table) == before[table.name] + 1 for table in OWNED])
    await home.users.delete(SYSTEM, jo.user_id)
    assert {table.name: await home.count(table) for table in OWNED} == before
    assert await home.count(changes, changes.c.scope_id == jo.user_id) == 0
    assert await home.count(changes, *feed) == als_feed
    assert await home.count(listening.log_removals) == 0
    gone = changes.c.scope == "shared", changes.c.kind == "playlist", changes.c.op == "del"
    assert await home.count(changes, *gone) == 1
    assert await home.count(catalogue.tracks) == 1


async def test_the_logs_stay_closed_to_everybody_else(database: Database) -> None:
    home, library, now = household(database), a_library(1), utcnow()
    await home.insert(catalogue.libraries, library)
    track = {"id": new_id(), "library_id": library["id"], "title": "t", "sort_title": "t",
             "created_at": now, "updated_at": now}  # fmt: skip
    await home.insert(catalogue.tracks, track)
    await live(home, jo := await home.person("jo"), track["id"])
    await home.users.delete(SYSTEM, (await home.person("al")).user_id)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        async with database.write() as transaction:
            await transaction.connection.execute(
                sa.delete(people.users).where(people.users.c.id == jo.user_id)
            )


async def test_an_interrupted_end_removes_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = household(database)
    jo = await home.person("jo")
    real = queries.delete_user

    async def cut(connection: Any, user_id: UUID) -> None:
        await real(connection, user_id)
        raise OSError("pulled the plug")

    monkeypatch.setattr(queries, "delete_user", cut)
    with pytest.raises(OSError, match="plug"):
        await home.users.delete(SYSTEM, jo.user_id)
    assert await home.count(people.users) == 1
    assert await home.count(listening.log_removals) == 0
