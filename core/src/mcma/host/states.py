"""What the host knows about each plugin."""

from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic
from typing import Any

from mcma_plugins import McmaError

BREAKER_FAILURES = 10
BREAKER_SECONDS = 300.0
_LONGEST_REASON = 500


class PluginState(StrEnum):
    LOADED = "loaded"
    """Made, not started yet. Only seen between `load()` and the end of `start()`."""
    RUNNING = "running"
    DISABLED = "disabled"
    LOAD_FAILED = "load_failed"
    BAD_CONTRACT = "bad_contract"
    INCOMPATIBLE = "incompatible"
    BAD_CONFIG = "bad_config"
    AUTH_REQUIRED = "auth_required"
    MIGRATION_FAILED = "migration_failed"
    SCHEMA_NEWER = "schema_newer"
    START_FAILED = "start_failed"


USABLE = frozenset({PluginState.LOADED, PluginState.RUNNING})


class Refused(Exception):
    """A plugin cannot run; says which state it is in and why, in words for people."""

    def __init__(self, state: PluginState, reason: str, hint: str | None = None) -> None:
        super().__init__(reason)
        self.state, self.reason, self.hint = state, reason, hint


class HostError(Exception):
    """Written for people: shown without its class name."""


def said(error: BaseException) -> str:
    """An exception in one line. Never raises, whatever the plugin's `__str__` does."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - a plugin's __str__ is a plugin's code
        text = ""
    name = type(error).__name__
    if text and isinstance(error, HostError | McmaError):
        return text[:_LONGEST_REASON]
    return f"{name}: {text}"[:_LONGEST_REASON] if text else name


@dataclass
class HookHealth:
    """How one hook of one plugin is doing. After `BREAKER_FAILURES` failures in a row it is muted for
    `BREAKER_SECONDS`; then one call is let through, and another failure mutes it again."""

    calls: int = 0
    errors: int = 0
    in_a_row: int = 0
    last_error: str | None = None
    last_ms: float = 0.0
    muted_until: float = 0.0
    """By `time.monotonic()`."""

    def muted(self) -> bool:
        return monotonic() < self.muted_until

    def record(self, seconds: float, error: str | None) -> None:
        self.calls += 1
        self.last_ms = round(seconds * 1000, 1)
        if error is None:
            self.in_a_row = 0
            return
        self.errors += 1
        self.in_a_row += 1
        self.last_error = error
        if self.in_a_row >= BREAKER_FAILURES:
            self.muted_until = monotonic() + BREAKER_SECONDS

    def as_dict(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "errors": self.errors,
            "errors_in_a_row": self.in_a_row,
            "last_error": self.last_error,
            "last_ms": self.last_ms,
            "muted": self.muted(),
        }


@dataclass
class PluginRecord:
    """One plugin as `mcma plugins list`, the admin page and `/health/ready` show it."""

    name: str
    state: PluginState = PluginState.LOADED
    reason: str | None = None
    hint: str | None = None
    distribution: str | None = None
    version: str | None = None
    api: str | None = None
    requires: tuple[str, ...] = ()
    summary: str = ""
    abilities: dict[str, list[str]] = field(default_factory=dict)
    """Names of sources, enrichers, similarities, jobs and commands, mounts of adapters, and the hooks it
    hears."""
    settings_schema: dict[str, Any] | None = None
    hooks: dict[str, HookHealth] = field(default_factory=dict)
    started_in_ms: float | None = None

    @property
    def usable(self) -> bool:
        return self.state in USABLE

    @property
    def errors(self) -> int:
        return sum(hook.errors for hook in self.hooks.values())

    @property
    def degraded(self) -> bool:
        """Running, but the latest call of at least one hook failed."""
        return self.state is PluginState.RUNNING and any(hook.in_a_row for hook in self.hooks.values())

    @property
    def last_error(self) -> str | None:
        failing = [hook for hook in self.hooks.values() if hook.last_error]
        return max(failing, key=lambda hook: hook.in_a_row).last_error if failing else None

    def hook(self, name: str) -> HookHealth:
        return self.hooks.setdefault(name, HookHealth())

    def refuse(self, refused: Refused) -> None:
        self.state, self.reason, self.hint = refused.state, refused.reason, refused.hint

    def as_dict(self) -> dict[str, Any]:
        """JSON; holds no secrets."""
        return {
            "name": self.name,
            "state": self.state.value,
            "degraded": self.degraded,
            "reason": self.reason,
            "hint": self.hint,
            "distribution": self.distribution,
            "version": self.version,
            "api": self.api,
            "requires": list(self.requires),
            "summary": self.summary,
            "abilities": self.abilities,
            "settings": self.settings_schema,
            "errors": self.errors,
            "last_error": self.last_error,
            "hooks": {name: hook.as_dict() for name, hook in self.hooks.items()},
            "started_in_ms": self.started_in_ms,
        }
