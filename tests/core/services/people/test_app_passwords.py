"""App passwords: one per device, unreadable in the database, moved when the key changes."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Conflict, InvalidInput, NotAuthenticated, NotFound
from mcma.services.people import app_passwords as service
from mcma.services.people.app_passwords import ALPHABET, new_secret
from mcma.services.people.secretbox import SecretBox
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables.people import app_passwords
from tests.support.household import KEY, OTHER_KEY, household

pytestmark = pytest.mark.anyio

HERE: dict[str, Any] = {"address": "192.0.2.1", "client": "DSub"}


async def rows_of(database: Database) -> list[Any]:
    async with database.read() as connection:
        return list((await connection.execute(sa.select(app_passwords).order_by(app_passwords.c.id))).all())


def test_a_secret_has_160_bits_that_are_easy_to_type() -> None:
    made = [new_secret() for _ in range(200)]
    assert len(set(made)) == 200
    assert {len(one) for one in made} == {32}
    assert set("".join(made)) == set(ALPHABET)
    assert len(ALPHABET) == 32
    assert not set(ALPHABET) & set("ilouILOU")


async def test_one_per_device_is_made_listed_and_revoked(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    phone = await home.app_passwords.create(jo, " phone ")
    tablet = await home.app_passwords.create(jo, "tablet")
    assert phone.secret != tablet.secret
    assert list(await home.app_passwords.list(jo)) == [phone.view, tablet.view]
    assert (phone.view.name, phone.view.usable, phone.view.last_used_at) == ("phone", True, None)
    await home.logins.by_api_key(phone.secret, **HERE)
    await home.app_passwords.revoke(jo, phone.view.id)
    with pytest.raises(NotAuthenticated):
        await home.logins.by_api_key(phone.secret, **HERE)
    await home.logins.by_api_key(tablet.secret, **HERE)
    await home.logins.close()


async def test_a_name_is_taken_once_per_user(database: Database) -> None:
    home = household(database)
    jo, al = await home.person("jo"), await home.person("al")
    await home.app_passwords.create(jo, "phone")
    with pytest.raises(Conflict):
        await home.app_passwords.create(jo, "phone")
    await home.app_passwords.create(al, "phone")


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\x00b", "\ud800", "a\nb"], ids=ascii)
async def test_names_that_cannot_be_shown_are_refused(database: Database, name: str) -> None:
    home = household(database)
    with pytest.raises(InvalidInput):
        await home.app_passwords.create(await home.person("jo"), name)


async def test_those_of_others_do_not_exist(database: Database) -> None:
    home = household(database)
    jo, root = await home.person("jo"), await home.person("root", admin=True)
    made = await home.app_passwords.create(jo, "phone")
    for caller, secret_id in ((root, made.view.id), (jo, new_id())):
        with pytest.raises(NotFound):
            await home.app_passwords.revoke(caller, secret_id)
    assert list(await home.app_passwords.list(root)) == []


async def test_there_is_a_limit_per_user(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST", 2)
    home = household(database)
    jo = await home.person("jo")
    for name in ("a", "b"):
        await home.app_passwords.create(jo, name)
    with pytest.raises(Conflict, match="2 app passwords"):
        await home.app_passwords.create(jo, "c")


async def test_nothing_of_the_secret_is_readable_in_the_database(database: Database) -> None:
    home = household(database)
    made = await home.app_passwords.create(await home.person("jo"), "phone")
    (row,) = await rows_of(database)
    for part in (row.secret, row.lookup):
        assert made.secret.encode() not in part
    assert made.secret not in repr(row)


async def test_a_row_moved_to_another_user_does_not_open(database: Database) -> None:
    home = household(database)
    made = await home.app_passwords.create(await home.person("jo"), "phone")
    root = await home.person("root", admin=True)
    async with database.write() as transaction:
        await transaction.connection.execute(sa.update(app_passwords).values(user_id=root.user_id))
    with pytest.raises(NotAuthenticated):
        await home.logins.by_api_key(made.secret, **HERE)
    assert [one.usable for one in await home.app_passwords.list(root)] == [False]


async def test_the_default_one_stays_until_it_is_rotated(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    first = await home.app_passwords.reveal_default(jo)
    assert await home.app_passwords.reveal_default(jo) == first
    second = await home.app_passwords.rotate_default(jo)
    assert await home.app_passwords.reveal_default(jo) == second != first
    with pytest.raises(NotAuthenticated):
        await home.logins.by_app_password("jo", first, **HERE)
    await home.logins.by_app_password("jo", second, **HERE)
    await home.logins.close()
    assert [one.name for one in await home.app_passwords.list(jo)] == ["default"]


async def test_many_first_reads_make_one_default(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    assert len(set(await asyncio.gather(*(home.app_passwords.reveal_default(jo) for _ in range(8))))) == 1


async def test_rotating_before_the_first_read_makes_it(database: Database) -> None:
    home = household(database)
    jo = await home.person("jo")
    assert await home.app_passwords.rotate_default(jo) == await home.app_passwords.reveal_default(jo)


async def test_a_new_key_takes_over_without_a_device_noticing(database: Database) -> None:
    before = household(database, KEY)
    jo = await before.person("jo")
    made = [await before.app_passwords.create(jo, name) for name in ("a", "b")]
    during = household(database, OTHER_KEY, KEY)
    for one in made:  # rows that wait for the new key open already
        await during.logins.by_api_key(one.secret, **HERE)
        await during.logins.by_app_password("jo", one.secret, **HERE)
    assert await during.app_passwords.rekey() == (2, 0)
    assert await during.app_passwords.rekey() == (0, 0)
    assert {row.key_id for row in await rows_of(database)} == {SecretBox(OTHER_KEY).key_id}
    after = household(database, OTHER_KEY)
    for one in made:
        await after.logins.by_api_key(one.secret, **HERE)
    for home in (during, after):
        await home.logins.close()


async def test_a_lost_key_is_seen_and_costs_no_more_than_its_rows(database: Database) -> None:
    before, after = household(database, KEY), household(database, OTHER_KEY)
    jo = await before.person("jo")
    old = await before.app_passwords.reveal_default(jo)
    assert await after.app_passwords.rekey() == (0, 1)
    assert [one.usable for one in await after.app_passwords.list(jo)] == [False]
    with pytest.raises(Conflict):
        await after.app_passwords.reveal_default(jo)
    for attempt in (after.logins.by_api_key(old, **HERE), after.logins.by_app_password("jo", old, **HERE)):
        with pytest.raises(NotAuthenticated):
            await attempt
    await after.logins.by_app_password("jo", await after.app_passwords.rotate_default(jo), **HERE)
    await after.logins.close()


async def test_a_move_that_fails_moves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    before = household(database, KEY)
    jo = await before.person("jo")
    for name in ("a", "b", "c"):
        await before.app_passwords.create(jo, name)
    rows = await rows_of(database)
    after = household(database, OTHER_KEY, KEY)
    real, calls = after.app_passwords._rekey_one, 0

    async def failing(*given: Any) -> bool:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise OSError("pulled the plug")
        return await real(*given)

    monkeypatch.setattr(after.app_passwords, "_rekey_one", failing)
    with pytest.raises(OSError, match="plug"):
        await after.app_passwords.rekey()
    assert await rows_of(database) == rows


@pytest.mark.parametrize("sealed", [b"", b"short", b"\x00" * 80], ids=len)
def test_a_damaged_row_is_closed_and_not_an_error(sealed: bytes) -> None:
    box = SecretBox(KEY)
    assert box.open(sealed, box.key_id, b"jo") is None
    assert box.open(box.seal(b"x", b"jo"), "unknown", b"jo") is None
    assert box.open(box.seal(b"x", b"jo"), box.key_id, b"al") is None
    assert box.open(box.seal(b"x", b"jo"), box.key_id, b"jo") == b"x"
