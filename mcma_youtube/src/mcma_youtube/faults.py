"""What can go wrong, as errors whose code is the state of the source that people see."""

from typing import Final

from mcma_plugins.errors import AuthorisationNeeded, PermanentError, RetryLater

HOUR: Final = 3600.0
UPDATE: Final = "mcma youtube update"
COOKIES: Final = "Upload the cookies of a browser that is logged in: PUT /api/v1/sources/youtube/credential"


def no_network(reason: str) -> RetryLater:
    return RetryLater(f"YouTube cannot be reached: {reason}", code="no_network")


def degraded(reason: str) -> RetryLater:
    return RetryLater(f"YouTube does not answer as it should: {reason}", code="degraded")


def rate_limited(after: float | None = None) -> RetryLater:
    return RetryLater(
        "YouTube wants fewer questions.", after=HOUR if after is None else after, code="rate_limited"
    )


def blocked(reason: str) -> RetryLater:
    return RetryLater(f"YouTube refuses this server: {reason}", after=HOUR, code="blocked", hint=COOKIES)


def outdated(reason: str) -> RetryLater:
    return RetryLater(
        f"YouTube has changed, and this version does not know how: {reason}",
        after=6 * HOUR, code="outdated", hint=UPDATE,
    )  # fmt: skip


def auth_required(reason: str) -> AuthorisationNeeded:
    return AuthorisationNeeded(reason, hint=COOKIES)


def misconfigured(reason: str) -> AuthorisationNeeded:
    return AuthorisationNeeded(reason, code="misconfigured")


def never(code: str, reason: str) -> PermanentError:
    return PermanentError(reason, code=code)


def not_there() -> PermanentError:
    return never("not_found", "YouTube has nothing under this id.")
