"""Who may do what: the checks every service shares."""

from uuid import UUID

from mcma.domain.errors import Forbidden
from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller

SYSTEM = Caller(user_id=UserId(UUID(int=0)), name="mcma", is_admin=True)
"""The server itself and its command line: whoever can run that owns the data folder anyway."""


def require_admin(caller: Caller) -> None:
    """Raises `Forbidden`."""
    if not caller.is_admin:
        raise Forbidden("Only an administrator may do this.")
