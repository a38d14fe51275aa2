"""The settings as they are, and where each comes from. For administrators."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from mcma.services.callers import require_admin
from mcma_plugins.values import Caller


class SettingView(NamedTuple):
    plugin: str | None
    """None for core's own."""
    name: str
    env: str
    """The variable it was read from, or would be."""
    value: str | None
    """Printable; secrets masked, of addresses only the password. None when there is none."""
    default: str | None
    origin: str
    """default, env, .env, file, generated, given (an option of the command) or missing."""
    secret: bool
    description: str


class Configuration:
    """`read` gives the settings, `schemas` the JSON schema of each plugin's."""

    def __init__(
        self,
        read: Callable[[], Sequence[SettingView]],
        schemas: Callable[[], Mapping[str, dict[str, Any]]],
    ) -> None:
        self._read, self._schemas = read, schemas

    def settings(self, caller: Caller) -> Sequence[SettingView]:
        """Core's in the order of its model, then those of plugins by their name."""
        require_admin(caller)
        return self._read()

    def schemas(self, caller: Caller) -> Mapping[str, dict[str, Any]]:
        require_admin(caller)
        return self._schemas()
