"""Who may do what: the checks every service shares."""

from uuid import UUID

from mcma.domain.errors import Forbidden
from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller, Right

SYSTEM = Caller(user_id=UserId(UUID(int=0)), name="mcma", is_admin=True)
"""The server itself and its command line: whoever can run that owns the data folder anyway."""


def person_of(caller: Caller) -> UserId | None:
    """Nobody in particular at the command line."""
    return None if caller == SYSTEM else caller.user_id


def require_admin(caller: Caller) -> None:
    """Raises `Forbidden`."""
    if not caller.is_admin:
        raise Forbidden("Only an administrator may do this.")


_WITHHELD = {
    Right.DOWNLOAD: "You may not download files here; playing them is fine.",
    Right.UPLOAD: "You may not upload music here.",
    Right.SHARE: "You may not share music here.",
    Right.FETCH: "You may not get music from outside; you may ask for it.",
}


def require_right(caller: Caller, right: Right) -> None:
    """Raises `Forbidden`, code `right_missing`."""
    if not caller.may(right):
        raise Forbidden(_WITHHELD[right], code="right_missing", hint="An administrator can give the right.")


def require_account(caller: Caller) -> None:
    """Raises `Forbidden` for who came in by an app password: one that leaks must not become an account."""
    if caller.by_app:
        raise Forbidden(
            "An app password is not enough for this; at the server itself, the account's own password is.",
            code="account_needed",
        )  # fmt: skip
