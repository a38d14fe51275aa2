"""Rights, libraries and app passwords of one user, for the command line."""

from collections.abc import Sequence
from typing import Any

from mcma.domain.errors import InvalidInput, NotFound
from mcma.services.callers import SYSTEM
from mcma.services.people.app_passwords import AppPasswordView
from mcma.wiring import Core
from mcma_plugins.values import Caller, Right, UserChange, UserView


async def give(core: Core, user: UserView, rights: dict[str, bool]) -> dict[str, Any]:
    """Those that are named; the answer is what there is afterwards."""
    try:
        change = UserChange(rights={Right(name): given for name, given in rights.items()})
    except ValueError:
        raise InvalidInput(f"The rights are {', '.join(Right)}.") from None
    after = await core.services.users.change(SYSTEM, user.id, change)
    return {
        "name": after.name, "admin": after.is_admin, "rights": [one for one in Right if one in after.rights]
    }  # fmt: skip


async def show(core: Core, user: UserView, only: Sequence[str] | None) -> dict[str, Any]:
    """Exactly the libraries that are named, all of them for an empty list; None changes nothing."""
    there = await core.services.libraries.list(SYSTEM)
    if only is not None:
        named = [(await core.services.libraries.find(SYSTEM, said)).id for said in only]
        await core.services.users.set_libraries(SYSTEM, user.id, named or None)
    seen = set(await core.services.users.libraries(SYSTEM, user.id))
    return {"name": user.name, "libraries": [view.name for view in there if view.id in seen]}


async def quota(core: Core, user: UserView, per_day: int | None) -> dict[str, Any]:
    """None changes nothing, -1 is as the setting says; the answer is what there is afterwards."""
    after = user
    if per_day is not None:
        change = UserChange(downloads_per_day=per_day)
        after = await core.services.users.change(SYSTEM, user.id, change)
    return {"name": after.name, "downloads_per_day": after.downloads_per_day,
            "setting": core.settings.downloads_per_day}  # fmt: skip


async def app_passwords(core: Core, user: UserView) -> Sequence[AppPasswordView]:
    return await core.services.app_passwords.list(_as(user))


async def revoke(core: Core, user: UserView, device: str) -> AppPasswordView:
    for one in await app_passwords(core, user):
        if one.name == device:
            await core.services.app_passwords.revoke(_as(user), one.id)
            return one
    raise NotFound(
        f"{user.name} has no app password {device!r}.", hint=f"mcma user app-passwords {user.name}"
    )


def _as(user: UserView) -> Caller:
    return Caller(user.id, user.name, user.is_admin)
