"""The people of the fake server: what they are told is what they are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from uuid import UUID, uuid4

from mcma_plugins.errors import Conflict, Forbidden, NotFound
from mcma_plugins.ids import StationId, UserId
from mcma_plugins.stations import StationFacts, StationView
from mcma_plugins.values import Caller, CoverImage, Right, UserChange, UserView
from tests.subsonic import fakedata as data

ONE = StationView(
    StationId(data.uuid_of(0x57, 1)), "One & \"only\"", "http://one.example/?a=1&b=2", "https://one.example/",
    data.AT, data.AT, 1,
)  # fmt: skip


class FakeStations:
    def __init__(self) -> None:
        self.views = {ONE.id: ONE}

    async def stations(self, caller: Caller) -> Sequence[StationView]:
        return list(self.views.values())

    async def create(self, caller: Caller, facts: StationFacts) -> StationView:
        _admin(caller)
        made = ONE._replace(id=StationId(uuid4()), homepage_url=None)
        self.views[made.id] = made
        return await self.update(caller, made.id, facts)

    async def update(self, caller: Caller, station_id: StationId, facts: StationFacts) -> StationView:
        _admin(caller)
        if station_id not in self.views:
            raise NotFound("No such station.")
        known = {name: value for name, value in facts._asdict().items() if value is not None}
        self.views[station_id] = self.views[station_id]._replace(**known)
        return self.views[station_id]

    async def delete(self, caller: Caller, station_id: StationId) -> None:
        _admin(caller)
        if self.views.pop(station_id, None) is None:
            raise NotFound("No such station.")


class FakeAvatars:
    async def avatar(self, caller: Caller, name: str) -> CoverImage:
        if name not in ("admin", "gäst"):
            raise NotFound("No such user.")
        return CoverImage(f"picture of {name}".encode(), "image/jpeg", f"of-{len(name)}", name == "admin")


class FakeUsers:
    def __init__(self) -> None:
        self.views = {user.name: user for user in (data.ADMIN, data.GUEST)}
        self.passwords: dict[str, str] = {}
        self.seen: dict[UserId, Sequence[UUID] | None] = {}
        self.changes: list[UserChange] = []

    async def user(self, caller: Caller, name: str) -> UserView:
        if not caller.is_admin and name != caller.name:
            raise Forbidden("Only yourself.")
        if name not in self.views:
            raise NotFound("No such user.")
        return self.views[name]

    async def users(self, caller: Caller) -> Sequence[UserView]:
        _admin(caller)
        return tuple(self.views.values())

    async def folders(self, caller: Caller, views: Sequence[UserView]) -> Mapping[UserId, Sequence[int]]:
        return {view.id: [library.number for library in data.LIBRARIES] for view in views}

    async def create(
        self,
        caller: Caller,
        name: str,
        password: str | None,
        *,
        is_admin: bool = False,
        rights: Mapping[Right, bool] = MappingProxyType({}),
        email: str = "",
        libraries: Sequence[UUID] | None = None,
    ) -> UserView:
        _admin(caller)
        _account(caller, is_admin)
        if name in self.views:
            raise Conflict("Taken.")
        given = frozenset(right for right in Right if rights.get(right, True))
        made = UserView(UserId(uuid4()), name, is_admin, data.AT, None, given, email or None)
        self.views[name], self.passwords[name] = made, password or ""
        self.seen[made.id] = libraries
        return made

    async def change(self, caller: Caller, user_id: UUID, change: UserChange) -> UserView:
        _admin(caller)
        [view] = [one for one in self.views.values() if one.id == user_id]
        _account(caller, view.is_admin or change.is_admin)
        self.changes.append(replace(change, password=None))
        if change.password is not None:
            self.passwords[view.name] = change.password
        return view

    async def set_password(
        self, caller: Caller, user_id: UUID, password: str, *, old: str | None = None
    ) -> None:
        [view] = [one for one in self.views.values() if one.id == user_id]
        _account(caller, view.is_admin or view.id == caller.user_id)
        self.passwords[view.name] = password

    async def delete(self, caller: Caller, user_id: UUID) -> None:
        _admin(caller)
        [view] = [one for one in self.views.values() if one.id == user_id]
        _account(caller, view.is_admin)
        del self.views[view.name]


def _admin(caller: Caller) -> None:
    if not caller.is_admin:
        raise Forbidden("For admins.")


def _account(caller: Caller, reached: bool | None) -> None:
    if reached and caller.by_app:
        raise Forbidden("Not with an app password.")
