"""What the command line can have done: one table, whether it happens in this process or in the server's.

An operation takes the running core, somebody to tell of progress, and JSON values by name; it returns what
JSON can say. Whoever may call one owns the data folder, so all of them act as `SYSTEM`.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from mcma.control import (
    artists,
    backups,
    downloads,
    duplicates,
    enrichment,
    labels,
    lyrics,
    people,
    playlists,
    reviews,
    searching,
    tags,
    tracks,
)
from mcma.control.callers import user_named
from mcma.control.following import followed
from mcma.domain.errors import InvalidInput, McmaError, NotFound
from mcma.services.callers import SYSTEM
from mcma.services.indexing.counters import everything_of
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.values import display
from mcma.services.jobs import ScheduleView, WorkerView
from mcma.services.listening import rebuild as derived
from mcma.services.people.app_passwords import AppPasswordView
from mcma.services.playlists.playlist_counts import recount_all
from mcma.services.server.concerns import Concern
from mcma.wiring import Core
from mcma_plugins.errors import PluginError
from mcma_plugins.ids import JobId
from mcma_plugins.values import Caller, JobView, LibraryView, UserView

Tell = Callable[[Mapping[str, Any]], Awaitable[None]]
Operation = Callable[..., Awaitable[Any]]
Json = dict[str, Any]

_NOT_RUNNING = Concern("not_running", "warning", "No server is running.", "mcma serve")


def encoded(value: Any) -> bytes:
    """JSON; times in UTC with `Z`, ids as text."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)


def _plain(value: Any) -> Any:
    return value._asdict() if hasattr(value, "_asdict") else str(value)


async def perform(core: Core, name: str, arguments: Mapping[str, Any], tell: Tell) -> Any:
    """`InvalidInput` for an operation or arguments this version does not know."""
    operation = OPERATIONS.get(name)
    if operation is None:
        raise InvalidInput(f"This version cannot {name!r}.", hint="Restart the server after an upgrade.")
    try:
        inspect.signature(operation).bind(core, tell, **arguments)
    except TypeError as error:
        raise InvalidInput(f"{name}: {error}") from None
    try:
        return orjson.loads(encoded(await operation(core, tell, **arguments)))
    except UnicodeEncodeError:  # paths need not be UTF-8, all else must be
        raise InvalidInput(f"{name}: not everything that was given is UTF-8.") from None


# Users


async def user_add(core: Core, _: Tell, *, name: str, password: str | None, admin: bool = False) -> Json:
    return _user_row(await core.services.users.create(SYSTEM, name, password, is_admin=admin))


async def user_list(core: Core, _: Tell) -> list[Json]:
    return [_user_row(view) for view in await core.services.users.users(SYSTEM)]


async def user_passwd(core: Core, _: Tell, *, name: str, password: str) -> Json:
    user = await user_named(core, name)
    await core.services.users.set_password(SYSTEM, user.id, password)
    return _user_row(user)


async def user_disable(core: Core, _: Tell, *, name: str) -> Json:
    await core.services.users.disable(SYSTEM, (await user_named(core, name)).id)
    return _user_row(await user_named(core, name))


async def user_enable(core: Core, _: Tell, *, name: str) -> Json:
    await core.services.users.enable(SYSTEM, (await user_named(core, name)).id)
    return _user_row(await user_named(core, name))


async def user_delete(core: Core, _: Tell, *, name: str) -> Json:
    user = await user_named(core, name)
    await core.services.users.delete(SYSTEM, user.id)
    return _user_row(user)


async def user_app_password(core: Core, _: Tell, *, name: str, device: str) -> Json:
    user = await user_named(core, name)
    made = await core.services.app_passwords.create(Caller(user.id, user.name, user.is_admin), device)
    return {"username": user.name, "password": made.secret}


async def user_app_passwords(core: Core, _: Tell, *, name: str) -> Sequence[AppPasswordView]:
    return await people.app_passwords(core, await user_named(core, name))


async def user_revoke(core: Core, _: Tell, *, name: str, device: str) -> AppPasswordView:
    return await people.revoke(core, await user_named(core, name), device)


async def user_rights(core: Core, _: Tell, *, name: str, rights: dict[str, bool]) -> Json:
    return await people.give(core, await user_named(core, name), rights)


async def user_quota(core: Core, _: Tell, *, name: str, per_day: int | None) -> Json:
    return await people.quota(core, await user_named(core, name), per_day)


async def user_libraries(core: Core, _: Tell, *, name: str, only: Sequence[str] | None) -> Json:
    return await people.show(core, await user_named(core, name), only)


def _user_row(view: UserView) -> Json:
    return {
        "id": view.id, "name": view.name, "admin": view.is_admin, "created_at": view.created_at,
        "disabled_at": view.disabled_at,
    }  # fmt: skip


# Libraries and scans


async def library_add(core: Core, _: Tell, *, path: str, name: str | None = None) -> LibraryView:
    return await core.services.libraries.add(SYSTEM, Path(path), name)


async def library_list(core: Core, _: Tell) -> list[LibraryView]:
    return await core.services.libraries.list(SYSTEM)


async def library_remove(core: Core, _: Tell, *, library: str) -> LibraryView:
    found = await core.services.libraries.find(SYSTEM, library)
    await core.services.libraries.remove(SYSTEM, found.id)
    return found


async def scan(
    core: Core,
    tell: Tell,
    *,
    library: str | None = None,
    full: bool = False,
    accept_missing: bool = False,
    wait: bool = False,
) -> list[Json]:
    """A row per library. With `wait`, once the last one is over; progress is told meanwhile."""
    libraries = core.services.libraries
    wanted = [await libraries.find(SYSTEM, library)] if library else await libraries.list(SYSTEM)
    if not wanted:
        raise NotFound("There is no library yet.", hint="mcma library add PATH")
    rows = []
    for view in wanted:
        ids = await core.services.scans.request(SYSTEM, [view.id], full=full, accept_missing=accept_missing)
        rows.append((view, ids[0]))
    if wait:
        return list(await asyncio.gather(*(_scanned(core, view, job_id, tell) for view, job_id in rows)))
    return [{"library": view.name, "job": job_id, "state": "queued"} for view, job_id in rows]


async def _scanned(core: Core, library: LibraryView, job_id: JobId, tell: Tell) -> Json:
    view = await followed(core, job_id, library.name, tell)
    detail = await core.services.jobs.show(SYSTEM, job_id)
    after = await core.services.libraries.get(SYSTEM, library.id)
    problems = await core.services.scans.problems(SYSTEM, library.id)
    return {
        "library": library.name, "root": library.root, "job": job_id, "state": view.state,
        "error": view.error, "report": detail.result, "scan_state": after.scan_state,
        "songs": after.song_count, "albums": after.album_count, "artists": after.artist_count,
        "problems": problems,
    }  # fmt: skip


async def import_(
    core: Core, tell: Tell, *, path: str, library: str | None = None, link: bool = False, wait: bool = False
) -> Json:
    """With `wait`, once it is over; progress is told meanwhile."""
    imports = core.services.imports
    folder, only = await imports.name(SYSTEM, Path(path), library=library, link=link)
    job_id = await imports.start(SYSTEM, folder.id, only)
    file = None if only is None else f"{folder.path.rstrip('/')}/{display(only)}"
    asked = {"folder": folder.path, "file": file, "library": folder.library, "job": job_id}
    if not wait:
        return asked | {"state": "queued"}
    view = await followed(core, job_id, folder.path, tell)
    detail = await core.services.jobs.show(SYSTEM, job_id)
    left_out = await imports.left_out(SYSTEM, folder.id, only)
    return asked | {
        "state": view.state, "error": view.error, "report": detail.result, "left_out": left_out
    }  # fmt: skip


# Jobs, plugins, upkeep


async def job_list(
    core: Core, _: Tell, *, state: str | None = None, kind: str | None = None, routine: bool = True,
    limit: int = 50,
) -> list[JobView]:  # fmt: skip
    found = await core.services.jobs.list(SYSTEM, state=state, kind=kind, routine=routine, limit=limit)
    return found.items


async def job_show(core: Core, _: Tell, *, job: str) -> Json:
    detail = (await core.services.jobs.show(SYSTEM, _job_id(job)))._asdict()
    view: JobView = detail.pop("view")
    return {**view._asdict(), **detail}


async def job_cancel(core: Core, _: Tell, *, job: str) -> JobView:
    return await core.services.jobs.cancel(SYSTEM, _job_id(job))


async def job_retry(core: Core, _: Tell, *, job: str) -> JobView:
    return await core.services.jobs.retry(SYSTEM, _job_id(job))


async def job_workers(core: Core, _: Tell) -> Sequence[WorkerView]:
    return await core.services.jobs.workers(SYSTEM)


async def schedule_list(core: Core, _: Tell) -> Sequence[ScheduleView]:
    return await core.services.jobs.list_schedules(SYSTEM)


async def schedule_switch(core: Core, _: Tell, *, name: str, enabled: bool) -> ScheduleView:
    return await core.services.jobs.switch_schedule(SYSTEM, name, enabled=enabled)


def _job_id(said: str) -> JobId:
    try:
        return JobId(UUID(said))
    except ValueError:
        raise InvalidInput(f"{said!r} is no job's id.", hint="mcma job list") from None


async def plugin_list(core: Core, _: Tell) -> list[Json]:
    return await core.host.shown()


async def plugin_run(core: Core, _: Tell, *, plugin: str, command: str, arguments: Sequence[str]) -> Any:
    offered = {offer.thing.name: offer.thing for offer in core.host.commands() if offer.plugin == plugin}
    if command not in offered:
        raise _no_command(core, plugin, command, sorted(offered))
    try:
        return dict(await offered[command].run(list(arguments)))
    except McmaError:
        raise
    except Exception as error:
        raise PluginError(f"{plugin} {command}: {type(error).__name__}: {error}") from error


def _no_command(core: Core, plugin: str, command: str, there: list[str]) -> McmaError:
    record = core.host.record(plugin)
    if record is not None and not record.usable:
        return PluginError(f"The plugin {plugin} is {record.state.value}: {record.reason}", hint=record.hint)
    names = ", ".join(there) or "none"
    return NotFound(f"The plugin {plugin} has no command {command!r}; there is: {names}.", code="usage")


async def rebuild(core: Core, tell: Tell) -> Json:
    """Everything that is derived from logs and rows, anew."""
    libraries = await core.services.libraries.list(SYSTEM)
    for view in libraries:
        await tell({"label": view.name, "state": "running", "note": "counting"})
        async with core.database.read() as connection:
            touched = await everything_of(connection, view.id)
        touched.libraries.add(view.id)
        await Recounting(core.database, touched).run()
    await tell({"label": "users", "state": "running", "note": "likes, ratings and plays"})
    await derived.rebuild(core.database)
    await tell({"label": "tracks", "state": "running", "note": "what is played together"})
    await core.services.co_plays.rebuild()
    await recount_all(core.database)
    return {"libraries": len(libraries), "users": len(await core.services.users.users(SYSTEM))}


async def migrate(core: Core, _: Tell) -> list[Json]:
    """Opening the database has migrated it already: what it is at now."""
    async with core.database.read() as connection:
        tables = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        found = []
        for table in sorted(name for name in tables if name.startswith("alembic_version")):
            schema = await connection.scalar(sa.select(sa.column("version_num")).select_from(sa.table(table)))
            found.append(
                {"part": table.removeprefix("alembic_version").strip("_") or "core", "schema": schema}
            )
    return found


async def doctor(core: Core, _: Tell) -> Json:
    """How the server is: what administrators see at `GET /api/v1/admin/overview`."""
    found = await core.services.overview.report(SYSTEM)
    if core.part.role == "command" and not _is_served(core, found.workers):
        found = found._replace(warnings=[*found.warnings, _NOT_RUNNING])
    report = found._asdict()
    return report | {
        name: [one._asdict() for one in report[name]] for name in ("workers", "plugins", "warnings")
    }


def _is_served(core: Core, workers: Sequence[WorkerView]) -> bool:
    """A command that has opened SQLite is alone with it, whoever was heard of a moment ago."""
    return not core.database.is_sqlite and any(one.alive and one.role == "serve" for one in workers)


OPERATIONS: Mapping[str, Operation] = {
    "user.add": user_add,
    "user.list": user_list,
    "user.passwd": user_passwd,
    "user.disable": user_disable,
    "user.enable": user_enable,
    "user.delete": user_delete,
    "user.app_password": user_app_password,
    "user.app_passwords": user_app_passwords,
    "user.revoke": user_revoke,
    "user.rights": user_rights,
    "user.quota": user_quota,
    "user.libraries": user_libraries,
    "library.add": library_add,
    "library.list": library_list,
    "library.remove": library_remove,
    "scan": scan,
    "import": import_,
    "job.list": job_list,
    "job.show": job_show,
    "job.cancel": job_cancel,
    "job.retry": job_retry,
    "job.workers": job_workers,
    "schedule.list": schedule_list,
    "schedule.switch": schedule_switch,
    "plugin.list": plugin_list,
    "plugin.run": plugin_run,
    "lyrics.export": lyrics.export,
    "tags.write": tags.write,
    "tags.list": tags.list_,
    "tags.undo": tags.undo,
    "artist.merge": artists.merge,
    "artist.split": artists.split,
    "artist.undo": artists.undo,
    "artist.aliases": artists.aliases,
    "label.merge": labels.merge,
    "label.undo": labels.undo,
    "label.list": labels.list_,
    "review.list": reviews.list_,
    "review.show": reviews.show,
    "review.decide": reviews.decide,
    "review.undo": reviews.undo,
    "duplicate.list": duplicates.list_,
    "duplicate.show": duplicates.show,
    "duplicate.status": duplicates.status,
    "duplicate.merge": duplicates.merge,
    "duplicate.dismiss": duplicates.dismiss,
    "duplicate.undo": duplicates.undo,
    "duplicate.find": duplicates.find,
    "playlist.list": playlists.list_,
    "playlist.import": playlists.import_,
    "playlist.link": playlists.link,
    "playlist.report": playlists.report,
    "playlist.get_missing": playlists.get_missing,
    "playlist.export": playlists.export,
    "search": searching.search,
    "track.fields": tracks.fields,
    **downloads.OPERATIONS,
    **enrichment.OPERATIONS,
    "rebuild": rebuild,
    "doctor": doctor,
    "migrate": migrate,
    "backup.create": backups.create,
    "backup.epoch": backups.new_epoch,
}
