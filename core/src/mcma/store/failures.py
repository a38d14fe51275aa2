"""What the database's own exceptions mean to the rest."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from mcma.domain.errors import OutOfSpace, Unavailable

_FULL = ("database or disk is full", "disk I/O error", "could not extend file", "No space left")
_AWAY = (
    "unable to open database",
    "database is locked",
    "connection was closed",
    "connection is closed",
    "Connect call failed",
    "the database system is",  # starting up, shutting down, in recovery mode, not yet accepting connections
    "terminating connection",
)
_CLASHED = ("deadlock detected", "could not serialize access")


@contextmanager
def translated() -> Iterator[None]:
    """Turns driver errors into `OutOfSpace` and `Unavailable`; leaves programming errors alone."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.DBAPIError) as error:
        raise _meaning(error) from error
    except (ConnectionError, sa.exc.TimeoutError) as error:
        raise Unavailable("The database cannot be reached.") from error


def _meaning(error: sa.exc.DBAPIError) -> Exception:
    text = str(error.orig)
    if any(part in text for part in _FULL):
        return OutOfSpace("The disk that holds the database is full.")
    if error.connection_invalidated or any(part in text for part in _AWAY):
        return Unavailable("The database cannot be reached.")
    if any(part in text for part in _CLASHED):
        said = "Somebody changed the same at the same moment. Try again."
        return Unavailable(said, code="write_clash", retry_after=1)
    return error
