"""What core offers to adapters about people: logging in, managing users, their pictures.

As in `mcma_plugins.services`, every method may raise `NotFound`, `Forbidden`, `InvalidInput`, `Unavailable`.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller, CoverImage, Right, UserChange, UserView


class Logins(Protocol):
    """The ways in that never see an account password."""

    async def by_app_password(self, name: str, password: str, *, address: str, client: str) -> Caller:
        """`NotAuthenticated` with the same words and time for an unknown user; `TooManyRequests`."""
        ...

    async def by_token(self, name: str, token: str, salt: str, *, address: str, client: str) -> Caller:
        """`token` is md5(app-password + salt) in hex."""
        ...

    async def by_api_key(self, key: str, *, address: str, client: str) -> Caller: ...


class Users(Protocol):
    """A caller who came in by an app password makes and changes no administrator, and no password of their
    own (`Forbidden`, code `account_needed`)."""

    async def user(self, caller: Caller, name: str) -> UserView:
        """Oneself, or anyone for admins; `Forbidden` otherwise."""
        ...

    async def users(self, caller: Caller) -> Sequence[UserView]:
        """For admins."""
        ...

    async def folders(self, caller: Caller, views: Sequence[UserView]) -> Mapping[UserId, Sequence[int]]:
        """The numbers of the libraries that each of them may see; others than oneself for admins."""
        ...

    async def create(
        self,
        caller: Caller,
        name: str,
        password: str | None,
        *,
        is_admin: bool = False,
        rights: Mapping[Right, bool] = ...,
        email: str = "",
        libraries: Sequence[UUID] | None = None,
    ) -> UserView:
        """For admins. The password is the account's. Rights that are not named are given; `libraries` None
        is all there are. `Conflict` for a name that is taken."""
        ...

    async def change(self, caller: Caller, user_id: UUID, change: UserChange) -> UserView:
        """For admins. All of it or nothing. `Conflict` for a name that is taken and for the last admin."""
        ...

    async def set_password(
        self, caller: Caller, user_id: UUID, password: str, *, old: str | None = None
    ) -> None:
        """The account's. One's own needs the old one (`NotAuthenticated`)."""
        ...

    async def delete(self, caller: Caller, user_id: UUID) -> None:
        """With all that is theirs, likes and listens included. For admins; `Conflict` for the last one."""
        ...


class Avatars(Protocol):
    async def avatar(self, caller: Caller, name: str) -> CoverImage:
        """The picture of the user of that name, for everybody; one with initials where there is none."""
        ...
