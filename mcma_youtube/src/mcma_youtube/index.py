"""What a package index says of the newest yt-dlp, by PyPI's JSON API (/pypi/NAME/json)."""

import platform
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from mcma_plugins.errors import PermanentError
from mcma_plugins.fetching import Web

_WHEEL: Final = re.compile(r"[A-Za-z0-9_.]{1,100}-[0-9][A-Za-z0-9_.]{0,50}-py(?:2\.py)?3-none-any\.whl")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_EJS: Final = "yt-dlp-ejs"


class Wheel(NamedTuple):
    name: str
    url: str
    sha256: str


class Release(NamedTuple):
    version: str
    wheels: tuple[Wheel, ...]
    """Of yt-dlp, and of what solves YouTube's puzzles for it, in the version that it wants."""


class Index:
    def __init__(self, base: str, web: Web) -> None:
        self._base, self._web = base.rstrip("/"), web

    async def newest_version(self) -> tuple[str, Mapping[str, Any]]:
        """With what was said of it. Raises `PermanentError` when nothing here can run it."""
        said = await self._ask("yt-dlp")
        info = _mapping(said.get("info"))
        version = _version(info.get("version"))
        if version.is_prerelease or info.get("yanked"):
            raise _unfit("its newest yt-dlp is no finished version")
        try:
            wanted = SpecifierSet(str(info.get("requires_python") or ""))
        except InvalidSpecifier as error:
            raise _unfit("it does not say which Python it needs") from error
        if not wanted.contains(platform.python_version(), prereleases=True):
            raise PermanentError(f"yt-dlp {version} needs Python {wanted}.", code="needs_newer_python")
        return str(info["version"]), said

    async def release(self, version: str, said: Mapping[str, Any]) -> Release:
        wheels = [_wheel(said)]
        if (pinned := _pinned(_mapping(said.get("info")))) is not None:
            wheels.append(_wheel(await self._ask(f"{_EJS}/{pinned}")))
        return Release(version, tuple(wheels))

    async def _ask(self, what: str) -> Mapping[str, Any]:
        return _mapping(await self._web.get_json(f"{self._base}/pypi/{what}/json", most=64 * 1024 * 1024))


def place(base: str) -> str:
    """`host:port` of an index, which may stand at home."""
    parts = urlsplit(base)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def _pinned(info: Mapping[str, Any]) -> Version | None:
    for text in info.get("requires_dist") or ():
        try:
            one = Requirement(str(text))
        except InvalidRequirement:
            continue
        exact = [spec.version for spec in one.specifier if spec.operator == "=="]
        if one.name == _EJS and len(exact) == 1:
            return _version(exact[0])
    return None


def _wheel(said: Mapping[str, Any]) -> Wheel:
    for found in _wheels(said.get("urls")):
        return found
    raise _unfit("there is no wheel that could be used")


def _wheels(files: object) -> Iterator[Wheel]:
    for one in files if isinstance(files, list) else ():
        told = _mapping(one)
        name, url = str(told.get("filename")), str(told.get("url"))
        sha256 = str(_mapping(told.get("digests")).get("sha256"))
        if _WHEEL.fullmatch(name) and _SHA256.fullmatch(sha256) and not told.get("yanked"):
            yield Wheel(name, url, sha256)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _version(text: object) -> Version:
    try:
        return Version(str(text))
    except InvalidVersion as error:
        raise _unfit("it does not say which version is the newest") from error


def _unfit(reason: str) -> PermanentError:
    return PermanentError(f"The package index is of no use: {reason}.", code="bad_index")
