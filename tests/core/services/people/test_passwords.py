"""Account passwords: what is accepted, and that checking never raises or tells."""

import asyncio
import threading
import time

import pytest
from argon2 import PasswordHasher, extract_parameters

from mcma.domain.errors import InvalidInput
from mcma.services.people.passwords import Passwords, check_new_password, generated_password
from tests.support.household import cheap_passwords

pytestmark = pytest.mark.anyio

ODD = ["", "x", "ünïcödé 密码 🎵", "\x00", "\ud800", "a" * 100_000, "\u202eabc"]


async def test_a_password_opens_and_another_does_not() -> None:
    passwords = cheap_passwords()
    stored = await passwords.hash("violet anchor 42")
    assert "violet" not in stored
    assert stored.startswith("$argon2id$")
    assert await passwords.verify(stored, "violet anchor 42")
    assert not await passwords.verify(stored, "violet anchor 43")


@pytest.mark.parametrize("given", ODD, ids=ascii)
@pytest.mark.parametrize("stored", [None, "", "no hash", "$argon2id$v=19$m=8,t=1,p=1$c$"], ids=ascii)
async def test_checking_never_raises(stored: str | None, given: str) -> None:
    assert not await cheap_passwords().verify(stored, given)


async def test_the_same_letters_typed_on_another_keyboard_open() -> None:
    passwords = cheap_passwords()
    stored = await passwords.hash("caf\u00e9 caf\u00e9 caf\u00e9")
    assert await passwords.verify(stored, "cafe\u0301 cafe\u0301 cafe\u0301")


async def test_nobody_is_as_much_work_as_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: the same function with the same parameters, once."""
    passwords = cheap_passwords()
    stored, work = await passwords.hash("violet anchor 42"), []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, against: str, password: str | bytes) -> bool:
        work.append(extract_parameters(against))
        return verify(hasher, against, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for against in (stored, None):
        assert not await passwords.verify(against, "wrong one here")
    somebody, nobody = work
    assert somebody == nobody


async def test_no_more_than_two_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords, busy, most, lock = cheap_passwords(), 0, 0, threading.Lock()

    def slow(_stored: object, _password: object) -> bool:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.02)
        with lock:
            busy -= 1
        return False

    monkeypatch.setattr(passwords, "_verify", slow)
    await asyncio.gather(*(passwords.verify(None, "x") for _ in range(8)))
    assert most == 2


async def test_a_hash_of_other_parameters_is_outdated() -> None:
    stored = await cheap_passwords().hash("violet anchor 42")
    assert not cheap_passwords().is_outdated(stored)
    assert Passwords(time_cost=2, memory_kib=8, parallelism=1).is_outdated(stored)
    assert cheap_passwords().is_outdated("no hash")


@pytest.mark.parametrize(
    "password",
    ["short", "", "123456789", "Password123", "QWERTYUIOP", "aaaaaaaaaaaa", "abababababab", "x" * 1025,
     "with\x00nul and more", "lone \ud800 surrogate", "Johann2024", "johann johann"],
    ids=ascii,
)  # fmt: skip
async def test_weak_and_impossible_ones_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_new_password(password, user="Johann" if "ohann" in password else "jo")
    assert not password or password not in str(refusal.value)


@pytest.mark.parametrize(
    "password", ["violet anchor 42", "пароль мой длинный", "🎵🎶🎸🎹🎺🎻🥁📯🎷🪕", "jo likes jazz"]
)
async def test_long_ones_need_no_special_characters(password: str) -> None:
    check_new_password(password, user="jo")


async def test_generated_ones_are_acceptable_and_differ() -> None:
    made = {generated_password() for _ in range(50)}
    assert len(made) == 50
    for one in made:
        check_new_password(one)
