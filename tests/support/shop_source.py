"""The source of the fake shop: a plain one, which passes on whatever the shop says, right or wrong."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx2 as httpx

from mcma_plugins import (
    AuthorisationNeeded,
    Fetched,
    FetchProgress,
    FetchWish,
    OutsideAudio,
    PermanentError,
    RetryLater,
    SourceHealth,
    SourceItem,
    SourceKind,
    SourceLink,
)
from mcma_plugins.sources import SOURCE_STATES

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_LINK = re.compile(r"https://shop\.example/(track|album|artist|playlist)/([A-Za-z0-9_.:-]{1,100})")


class ShopSource:
    searches = frozenset(SourceKind)

    def __init__(self, name: str, url: str) -> None:
        self.name, self._url = name, url

    async def health(self) -> SourceHealth:
        try:
            await self._get("/search", q="health", kind="track", limit="1")
        except RetryLater as error:
            known = error.stable_code in SOURCE_STATES
            until = None if error.after is None else datetime.now(UTC) + timedelta(seconds=error.after)
            details = {} if until is None else {"until": until.isoformat()}
            return SourceHealth(False, error.stable_code if known else "unreachable", error.message, details)
        return SourceHealth(True, "ready")

    async def search(self, text: str, kind: SourceKind, limit: int) -> Sequence[SourceItem]:
        found = await self._get("/search", q=text, kind=kind.value, limit=str(limit))
        return [_item(fields) for fields in found["items"]]

    async def show(self, kind: SourceKind, source_id: str) -> SourceItem:
        return _item(await self._get(f"/{kind.value}/{source_id}"))

    async def contents(self, kind: SourceKind, source_id: str) -> AsyncGenerator[Sequence[SourceItem], None]:
        number, more = 0, True
        while more:
            page = await self._get(f"/{kind.value}/{source_id}/contents", page=str(number))
            yield [_item(fields) for fields in page["items"]]
            number, more = number + 1, page["more"]

    def parse(self, text: str) -> SourceLink | None:
        found = _LINK.fullmatch(text)
        return None if found is None else SourceLink(SourceKind(found[1]), found[2])

    def accepts(self, kind: SourceKind, source_id: str) -> bool:
        return _ID.fullmatch(source_id) is not None and not source_id.startswith("-")

    async def fetch(
        self, source_id: str, into: Path, wish: FetchWish
    ) -> AsyncGenerator[FetchProgress | Fetched, None]:
        part, item = into / "song.part", None
        have = part.stat().st_size if part.exists() else 0
        headers = {"range": f"bytes={have}-"} if have else {}
        async with _asking(self._url) as client, client.stream(
            "GET", f"/audio/{source_id}", headers=headers
        ) as answer:  # fmt: skip
            _judge(answer)
            begin = have if answer.status_code == 206 else 0
            total = begin + int(answer.headers["content-length"])
            if total > wish.most_bytes:
                raise PermanentError("The file is too large.", code="too_large")
            with part.open("ab" if begin else "wb") as file:
                yield FetchProgress(begin, total)
                async for piece in answer.aiter_bytes(65536):
                    file.write(piece)
                    yield FetchProgress(file.tell(), total)
        if part.stat().st_size < total:
            raise RetryLater("The connection ended too early.")
        item = await self.show(SourceKind.TRACK, source_id)
        yield Fetched(part.rename(into / "song"), item)

    async def _get(self, path: str, **params: str) -> Any:
        async with _asking(self._url) as client:
            answer = await client.get(path, params=params)
        _judge(answer)
        return answer.json()


@asynccontextmanager
async def _asking(url: str) -> AsyncGenerator[httpx.AsyncClient, None]:
    try:
        async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False, verify=False) as client:
            yield client
    except httpx.TransportError as error:
        raise RetryLater(f"The shop cannot be reached ({type(error).__name__}).") from error


def _judge(answer: httpx.Response) -> None:
    if answer.status_code == 401:
        raise AuthorisationNeeded("The shop wants to know who asks.")
    if answer.status_code == 403:
        raise RetryLater("The shop refuses this server.", code="blocked")
    if answer.status_code == 404:
        raise PermanentError("The shop has no such thing.", code="not_found")
    if answer.status_code == 429:
        after = _seconds(answer.headers.get("retry-after"))
        raise RetryLater("The shop is asked too often.", after=after, code="rate_limited")
    if answer.status_code >= 400:
        raise RetryLater(f"The shop answers {answer.status_code}.")


def _seconds(value: str | None) -> float | None:
    """RFC 9110 section 10.2.3: seconds or a date."""
    if value is None or value.isdigit():
        return None if value is None else float(value)
    return (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()


def _item(fields: dict[str, Any]) -> SourceItem:
    """Whatever is wrong stays wrong."""
    known = dict(fields)
    if known.get("kind") in set(SourceKind):
        known["kind"] = SourceKind(known["kind"])
    if isinstance(known.get("audio"), dict):
        known["audio"] = OutsideAudio(**known["audio"])
    return SourceItem(**known)
