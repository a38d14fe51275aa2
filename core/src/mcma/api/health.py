"""Whether the server lives, and whether it can work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from mcma.api.openapi import operation_id, told
from mcma.api.respond import JSON, NOT_KEPT, answer
from mcma.host import PluginHost, PluginState


class Finding(NamedTuple):
    """What a probe found. `details` are shown to anybody: they hold no secrets."""

    ok: bool
    state: str
    details: Mapping[str, Any] = {}


_CONTENT = {JSON: {"schema": {"$ref": "#/components/schemas/Readiness"}}}
_DOWN: dict[int, dict[str, Any]] = {
    503: {"description": "Something required is missing.", "content": _CONTENT}
}
_READY: dict[str, Any] = told("Whether the server can work", "Readiness", also=_DOWN)

Probe = Callable[[], Awaitable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """`required`: without it the server answers 503. A probe that raises or takes longer has failed."""

    name: str
    probe: Probe
    required: bool = False
    seconds: float = 2.0


@dataclass(slots=True)
class Health:
    """Runs all checks at once. What was found is used again for a second, however many ask."""

    checks: Sequence[Check]
    keep_seconds: float = 1.0
    _found: tuple[float, dict[str, Any]] | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> dict[str, Any]:
        async with self._turn:
            if self._found is None or self._found[0] + self.keep_seconds <= monotonic():
                found = await asyncio.gather(*(_finding(check) for check in self.checks))
                self._found = (monotonic(), _report(self.checks, found))
            return self._found[1]


router = APIRouter(prefix="/health", tags=["server"], generate_unique_id_function=operation_id)


@router.get("", **told("Whether the server lives", "Liveness"))
async def get_health() -> Response:
    return answer({"status": "ok"}, headers=NOT_KEPT)


@router.get("/ready", **_READY)
async def get_readiness(request: Request) -> Response:
    """503 when something required is missing; what is optional is reported only."""
    health: Health = request.app.state.health
    found = await health.look()
    return answer(found, 503 if found["status"] == "unready" else 200, NOT_KEPT)


def required_check(name: str, ping: Callable[[], Awaitable[object]]) -> Check:
    """Of something the server cannot work without; `ping` raises when it is not there."""

    async def probe() -> Finding:
        await ping()
        return Finding(True, "ready")

    return Check(name, probe, required=True)


def ml_check(url: str) -> Check:
    """Whether anything listens at the address of the optional service."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)

    async def probe() -> Finding:
        _, writer = await asyncio.open_connection(parts.hostname, port)
        writer.close()
        return Finding(True, "ready")

    return Check("ml", probe)


def plugins_check(host: PluginHost) -> Check:
    async def probe() -> Finding:
        limited = {
            name for name, said in (await host.notices()).items() if not all(one.by_choice for one in said)
        }
        states = {one.name: "limited" if one.name in limited else one.state.value for one in host.records()}
        wanted = (PluginState.RUNNING, PluginState.DISABLED)
        ok = all(state in wanted for state in states.values())
        return Finding(ok, "ready" if ok else "degraded", states)

    return Check("plugins", probe)


def tools_check(tools: Mapping[str, Path | None]) -> Check:
    """Programs by their name; None for one that was not found."""

    async def probe() -> Finding:
        found = {name: path is not None and path.is_file() for name, path in tools.items()}
        return Finding(all(found.values()), "ready" if all(found.values()) else "missing", found)

    return Check("tools", probe)


async def _finding(check: Check) -> Finding:
    try:
        async with asyncio.timeout(check.seconds):
            return await check.probe()
    except TimeoutError:
        return Finding(False, "timeout")
    except Exception:  # noqa: BLE001 - whatever it is, it is down
        return Finding(False, "unreachable")


def _report(checks: Sequence[Check], found: Sequence[Finding]) -> dict[str, Any]:
    shown = {
        check.name: {
            "ok": one.ok, "required": check.required, "state": one.state, "details": dict(one.details)
        }
        for check, one in zip(checks, found, strict=True)
    }  # fmt: skip
    bad = [one for one in shown.values() if not one["ok"]]
    down = any(one["required"] for one in bad)
    return {"status": "unready" if down else "degraded" if bad else "ready", "checks": shown}
