"""The web application of a running core: its options and its health checks."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mcma.api.app import create_app
from mcma.api.health import Check, Finding, plugins_check, tools_check
from mcma.api.options import ApiOptions
from mcma.media.ffmpeg import located
from mcma.services.callers import SYSTEM
from mcma.settings import Settings
from mcma.wiring import Core

if TYPE_CHECKING:
    from fastapi import FastAPI


def web_app(core: Core, closing: asyncio.Event) -> "FastAPI":
    """`closing` is set when the server is asked to stop."""
    return create_app(core.services, core.host, _options(core.settings, closing), _checks(core))


def _options(settings: Settings, closing: asyncio.Event) -> ApiOptions:
    return ApiOptions(
        base_path=settings.base_path,
        public_url=settings.public_url,
        trusted_proxies=settings.trusted_proxies,
        cors_origins=settings.cors_origins,
        max_body_bytes=settings.max_body_bytes,
        max_upload_bytes=settings.max_upload_bytes,
        closing=closing,
    )


def _checks(core: Core) -> Sequence[Check]:
    tools = {"ffmpeg": located(core.settings.ffmpeg)}
    checks = [_database(core), _doorbell(core), plugins_check(core.host), tools_check(tools)]
    if not core.database.is_sqlite:
        checks.append(_workers(core))
    return [*checks, _ml(core.settings.ml_url)] if core.settings.ml_url else checks


def _database(core: Core) -> Check:
    async def probe() -> Finding:
        async with core.database.read() as connection:
            await connection.execute(sa.text("SELECT 1"))
        return Finding(True, "ready", {"kind": core.database.dialect})

    return Check("database", probe, required=True)


def _doorbell(core: Core) -> Check:
    """Not required: without it jobs are found by looking at their rows."""

    async def probe() -> Finding:
        bell = core.doorbell
        details = {"kind": bell.kind} | ({} if bell.fault is None else {"reason": bell.fault})
        return Finding(bell.fault is None, "ready" if bell.fault is None else "unreachable", details)

    return Check("doorbell", probe)


def _workers(core: Core) -> Check:
    """Whether somebody takes every kind of job that this server knows: itself, another one, or workers."""
    known = {name for name, kind in core.runner.kinds.items() if not kind.host_only}

    async def probe() -> Finding:
        alive = [known & set(one.kinds) for one in await core.services.jobs.workers(SYSTEM) if one.alive]
        missing = sorted(known.difference(*alive))
        details: dict[str, object] = {"alive": sum(map(bool, alive)), "missing": missing}
        if missing:
            return Finding(False, "missing", {**details, "reason": "Nobody runs these: start `mcma worker`."})
        return Finding(True, "ready", details)

    return Check("workers", probe)


def _ml(url: str) -> Check:
    async def probe() -> Finding:
        return Finding(False, "unsupported", {"reason": "This version does not use it yet."})

    return Check("ml", probe)
