"""Limits on failed logins: who waits, for how long, and who does not."""

import itertools

import pytest

from mcma.domain.errors import TooManyRequests
from mcma.services.people import ratelimit
from mcma.services.people.ratelimit import LoginLimits


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> LoginLimits:
    return LoginLimits(capacity=100, clock=clock)


def fail(limits: LoginLimits, times: int, account: str = "jo", address: str = "192.0.2.1") -> None:
    for _ in range(times):
        limits.spend(account, address)


def wait_of(limits: LoginLimits, account: str = "jo", address: str = "192.0.2.1") -> float:
    try:
        limits.spend(account, address)
    except TooManyRequests as error:
        return error.retry_after
    return 0.0


def test_five_failures_are_free_and_then_the_pauses_double(limits: LoginLimits, clock: Clock) -> None:
    fail(limits, 5)
    pauses = []
    for _ in range(10):
        pauses.append(wait_of(limits))
        clock.now += pauses[-1]
        limits.spend("jo", "192.0.2.1")
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_trying_during_a_pause_makes_it_no_longer(limits: LoginLimits, clock: Clock) -> None:
    fail(limits, 5)
    assert {wait_of(limits) for _ in range(10)} == {2}
    clock.now += 2
    assert wait_of(limits) == 0


def test_failures_are_forgotten_after_a_quiet_time(limits: LoginLimits, clock: Clock) -> None:
    fail(limits, 5)
    clock.now += ratelimit.FORGOTTEN_AFTER
    fail(limits, 5)


def test_a_good_login_wipes_the_failures(limits: LoginLimits) -> None:
    for _ in range(3):
        fail(limits, 4)
        limits.spend("jo", "192.0.2.1")
        limits.refund("jo", "192.0.2.1")
    fail(limits, 5)


def test_good_logins_never_count(limits: LoginLimits) -> None:
    for n in range(500):
        limits.spend(f"user {n % 7}", "192.0.2.1")
        limits.refund(f"user {n % 7}", "192.0.2.1")


def test_another_address_and_another_account_go_on(limits: LoginLimits) -> None:
    fail(limits, 5)
    assert wait_of(limits) > 0
    assert wait_of(limits, address="192.0.2.2") == 0
    assert wait_of(limits, account="al") == 0


def test_twenty_a_minute_from_one_address(limits: LoginLimits, clock: Clock) -> None:
    for n in range(20):
        limits.spend(f"guess {n}", "192.0.2.1")
    assert wait_of(limits, account="guess 21") == 60
    clock.now += 60
    assert wait_of(limits, account="guess 21") == 0


def test_one_guesser_behind_the_proxy_does_not_lock_the_household_out(
    limits: LoginLimits,
) -> None:
    limits.spend("jo", "172.17.0.1")
    limits.refund("jo", "172.17.0.1")
    limits.welcome("al", "172.17.0.1")
    for n in itertools.count():
        if wait_of(limits, account=f"guess {n}", address="172.17.0.1"):
            break
    assert wait_of(limits, account="jo", address="172.17.0.1") == 0
    assert wait_of(limits, account="al", address="172.17.0.1") == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::1%eth1", True),
        ("a socket", "another", False),
        ("", "", True),
    ],
)
def test_what_counts_as_one_address(limits: LoginLimits, one: str, other: str, same: bool) -> None:
    fail(limits, 5, address=one)
    assert (wait_of(limits, address=other) > 0) is same


def test_a_flood_of_names_and_addresses_does_not_fill_the_memory(limits: LoginLimits) -> None:
    for n in range(2000):
        limits.spend(f"{n}" * 50, f"10.0.{n >> 8}.{n & 255}")
        limits.welcome(f"{n}", f"10.0.{n >> 8}.{n & 255}")
    assert len(limits) <= 300


@pytest.mark.parametrize("account", ["", "é" * 1000, "\ud800", "\x00"], ids=ascii)
def test_odd_names_never_raise_anything_else(limits: LoginLimits, account: str) -> None:
    fail(limits, 5, account=account)
    assert wait_of(limits, account=account) > 0
