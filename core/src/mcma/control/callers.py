"""Whom a command line means, by name or id."""

from uuid import UUID

from mcma.domain.errors import NotFound
from mcma.services.callers import SYSTEM
from mcma.wiring import Core
from mcma_plugins.values import Caller, UserView


async def user_named(core: Core, said: str) -> UserView:
    try:
        return await core.services.users.get(SYSTEM, UUID(said))
    except (ValueError, NotFound):
        pass
    try:
        return await core.services.users.user(SYSTEM, said)
    except NotFound:
        raise NotFound(f"There is no user {said!r}.", hint="mcma user list") from None


async def caller_named(core: Core, said: str) -> Caller:
    """To act as that user."""
    user = await user_named(core, said)
    return Caller(user.id, user.name, user.is_admin)
