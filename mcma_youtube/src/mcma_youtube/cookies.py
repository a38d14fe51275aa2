"""Cookies of an account: where they are kept, who may read them, and how old they are.

yt-dlp gets a copy of its own and rewrites it; after a run that went well, the rewritten one is kept.
"""

import asyncio
import os
import stat
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from mcma_plugins.errors import InvalidInput
from mcma_plugins.sources import CredentialHealth
from mcma_youtube import faults, netscape, private
from mcma_youtube.home import Home

SETTING: Final = "MCMA_PLUGIN_YOUTUBE_COOKIES_FILE"
_JAR, _NOTE, _COPY = "cookies.txt", "cookies.json", ".jar-"
_DAY: Final = 86_400.0


class Cookies:
    """`named`: the file of the setting, which is only read."""

    def __init__(self, named: Path | None, home: Home) -> None:
        self._named, self._home = named, home

    async def take(self, content: bytes) -> None:
        if self._named is not None:
            raise InvalidInput(
                f"{SETTING} names a file of cookies: it would win over this one.", code="credential_elsewhere"
            )
        checked = netscape.kept(content)
        await asyncio.to_thread(self._keep, checked.content, content)

    async def forget(self) -> None:
        await asyncio.to_thread(self._forget)

    async def health(self) -> CredentialHealth:
        """Of what would be used now; the problem with it is raised as `AuthorisationNeeded`."""
        there = await asyncio.to_thread(self._current)
        note = private.read_json(self._home.path, _NOTE) if there is not None else {}
        return CredentialHealth(_time(note, "kept_since"), _time(note, "last_success"))

    def expired(self) -> bool:
        """The latest run went well without them: they were refused."""
        return bool(private.read_json(self._home.path, _NOTE).get("expired"))

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Path | None]:
        """A copy for one run of yt-dlp; None when there are no cookies."""
        kept = await asyncio.to_thread(self._current)
        if kept is None:
            yield None
            return
        copy = await asyncio.to_thread(self._copy, kept)
        try:
            yield copy
            await asyncio.to_thread(self._take_back, copy, kept)
        finally:
            copy.unlink(missing_ok=True)

    async def sweep(self) -> None:
        """Copies that were left because the server was killed."""
        await asyncio.to_thread(self._sweep)

    def _sweep(self) -> None:
        for copy in self._home.path.glob(f"{_COPY}*"):
            with suppress(OSError):
                if time.time() - copy.stat().st_mtime > _DAY:
                    copy.unlink()

    def _current(self) -> bytes | None:
        """What is kept; before that, what the setting names, when it is another than it was."""
        if self._named is not None:
            original = _private(self._named)
            if private.read_json(self._home.path, _NOTE).get("digest") != _digest(original):
                try:
                    self._keep(netscape.kept(original).content, original)
                except InvalidInput as error:
                    raise faults.misconfigured(f"{SETTING}: {error.message}") from None
        try:
            return (self._home.path / _JAR).read_bytes()
        except FileNotFoundError:
            return None

    def _keep(self, content: bytes, original: bytes) -> None:
        private.write(self._home.path, _JAR, content)
        note = {"digest": _digest(original), "kept_since": _now(), "last_success": None}
        private.write_json(self._home.path, _NOTE, note)

    def _copy(self, content: bytes) -> Path:
        handle, name = tempfile.mkstemp(prefix=_COPY, dir=self._home.path)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        return Path(name)

    def _take_back(self, copy: Path, lent: bytes) -> None:
        """Only when nobody brought others meanwhile, and they are still those of an account: YouTube takes
        the login out of those that it does not want any more."""
        with suppress(OSError):
            if (self._home.path / _JAR).read_bytes() != lent:
                return
            note, new = private.read_json(self._home.path, _NOTE), _usable(copy.read_bytes())
            if netscape.kept(lent).logged_in and not (new and new.logged_in):
                note["expired"] = _now()
            else:
                note |= {"last_success": _now(), "expired": None}
                private.write(self._home.path, _JAR, new.content if new else lent)
            private.write_json(self._home.path, _NOTE, note)

    def _forget(self) -> None:
        for name in (_JAR, _NOTE):
            (self._home.path / name).unlink(missing_ok=True)


def _usable(content: bytes) -> netscape.Kept | None:
    try:
        return netscape.kept(content)
    except InvalidInput:
        return None


def _private(path: Path) -> bytes:
    """Raises `AuthorisationNeeded` that says why it is not read."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise faults.misconfigured(f"{SETTING}: {path} is no file.")
            if status.st_mode & 0o077:
                mode = stat.S_IMODE(status.st_mode)
                reason = f"{SETTING}: others can read {path} (mode {mode:04o}): chmod 600 {path}"
                raise faults.misconfigured(reason)
            return file.read(netscape.LARGEST + 1)
    except OSError as error:
        raise faults.misconfigured(f"{SETTING}: {path}: {error.strerror}") from error


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _time(note: dict[str, Any], key: str) -> datetime | None:
    try:
        return datetime.fromisoformat(str(note.get(key)))
    except ValueError:
        return None
