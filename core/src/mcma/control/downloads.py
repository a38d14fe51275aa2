"""Operations on requests for music from outside."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from mcma.control.callers import user_named
from mcma.domain.errors import InvalidInput
from mcma.services.callers import SYSTEM
from mcma.services.wanted.fields import SourceKey, SourceName
from mcma.services.wanted.placing import Wish
from mcma.services.wanted.requests import DownloadRequestView
from mcma.wiring import Core
from mcma_plugins.jobs import Priority
from mcma_plugins.values import Caller

Json = dict[str, Any]
_NAME: TypeAdapter[str] = TypeAdapter(SourceName)
_KEY: TypeAdapter[str] = TypeAdapter(SourceKey)


async def list_(core: Core, _: object, *, state: str | None = None, limit: int = 50) -> list[Json]:
    most = max(1, min(limit, 500))
    page = await core.services.download_requests.page(SYSTEM, None, most, state=state)
    return [_row(one) for one in page.items]


async def add(
    core: Core, _: object, *, user: str, source: str, source_id: str, kind: str = "track", later: bool = False
) -> Json:
    whose = await user_named(core, user)
    try:
        name, key = _NAME.validate_python(source), _KEY.validate_python(source_id)
    except ValidationError:
        raise InvalidInput("This is no source, or no id of one.", hint="mcma plugin list") from None
    wish = Wish(name, key, None, None, kind, Priority.BULK if later else Priority.NORMAL)
    caller = Caller(whose.id, whose.name, whose.is_admin, rights=whose.rights)
    made = await core.services.download_requests.ask(caller, wish)
    told = None if made.id is None else await core.services.download_requests.show(caller, made.id)
    return {**made._asdict(), "error": None if told is None else told.error}


async def show(core: Core, _: object, *, download: str) -> Json:
    return _row(await core.services.download_requests.show(SYSTEM, _id(download)))


async def cancel(core: Core, _: object, *, download: str) -> Json:
    return _row(await core.services.download_requests.cancel(SYSTEM, _id(download)))


async def retry(core: Core, _: object, *, download: str) -> Json:
    return _row(await core.services.download_requests.retry(SYSTEM, _id(download)))


async def approve(core: Core, _: object, *, download: str) -> Json:
    return _row(await core.services.download_requests.approve(SYSTEM, _id(download)))


async def reject(core: Core, _: object, *, download: str, reason: str | None = None) -> Json:
    return _row(await core.services.download_requests.reject(SYSTEM, _id(download), reason))


def _row(view: DownloadRequestView) -> Json:
    return view._asdict() | {"claim": None if view.claim is None else view.claim._asdict()}


def _id(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise InvalidInput(f"{said!r} is no request's id.", hint="mcma downloads list") from None


OPERATIONS: Mapping[str, Any] = {
    "downloads.list": list_,
    "downloads.add": add,
    "downloads.show": show,
    "downloads.cancel": cancel,
    "downloads.retry": retry,
    "downloads.approve": approve,
    "downloads.reject": reject,
}
