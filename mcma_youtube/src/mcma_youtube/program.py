"""yt-dlp as a program: which one, and how it is called."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from mcma_plugins.process import MIB, Limits
from mcma_plugins.sources import FetchWish
from mcma_youtube import ids
from mcma_youtube.settings import YouTubeSettings

PROGRESS: Final = "mcma-progress"
_TEMPLATE: Final = (
    f"download:{PROGRESS} %(progress.downloaded_bytes)s %(progress.total_bytes)s "
    "%(progress.total_bytes_estimate)s"
)
_SLACK: Final = 2 * MIB
"""Beside the sound it writes a picture and a description."""


class Program(NamedTuple):
    argv: tuple[str, ...]
    """Begins with an absolute path."""
    version: str
    """As a date: 2026.10.26."""
    origin: str
    """installed, updated, or setting."""
    wheels: tuple[Path, ...] = ()


class Manner(NamedTuple):
    """How yt-dlp is called. Tests lead it to a site of their own, by an extractor that they bring along."""

    extractors: str = "youtube"
    plugin_dirs: Path | None = None
    socket_seconds: float = 20.0
    retries: int = 3
    pause: float = 2.0
    """Seconds before another try."""


AS_ALWAYS: Final = Manner()


def command(
    program: Program,
    manner: Manner,
    settings: YouTubeSettings,
    wish: FetchWish,
    source_id: str,
    into: Path,
    cookies: Path | None,
) -> list[str]:
    """`source_id` has been judged. It comes last, in an address, behind the end of options."""
    plugins = [] if manner.plugin_dirs is None else ["--plugin-dirs", str(manner.plugin_dirs)]
    jar = [] if cookies is None else ["--cookies", str(cookies)]
    return [
        *program.argv,
        "--ignore-config", "--no-plugin-dirs", *plugins, "--use-extractors", manner.extractors,
        "--no-js-runtimes", "--js-runtimes", settings.js_runtime, "--no-remote-components",
        "--no-cache-dir", "--no-exec", "--no-playlist", "--fixup", "never", "--color", "never", *jar,
        "--socket-timeout", f"{manner.socket_seconds:g}", "--retries", str(manner.retries),
        "--fragment-retries", str(manner.retries), "--extractor-retries", "1",
        "--retry-sleep", f"{manner.pause:g}", "--file-access-retries", "1",
        "--abort-on-unavailable-fragments",
        "--format", "bestaudio", "--continue", "--max-filesize", str(wish.most_bytes),
        "--restrict-filenames", "--no-mtime", "--write-info-json", "--write-thumbnail",
        "--paths", str(into), "--output", "audio.%(format_id)s.%(ext)s",
        "--output", "infojson:audio.%(ext)s", "--output", "thumbnail:cover.%(ext)s",
        "--newline", "--progress-delta", "0.2", "--progress-template", _TEMPLATE,
        "--", ids.address(source_id),
    ]  # fmt: skip


def environment(program: Program, settings: YouTubeSettings) -> dict[str, str]:
    """A proxy may have a password: everybody can read arguments, and only the user the environment."""
    proxy = settings.proxy.get_secret_value() if settings.proxy else ""
    proxies = {f"{name}_proxy": proxy for name in ("http", "https")} if proxy else {"no_proxy": "*"}
    return {**proxies, **python_path(program)}


def python_path(program: Program) -> Mapping[str, str]:
    return {"PYTHONPATH": ":".join(map(str, program.wheels))} if program.wheels else {}


def limits(wish: FetchWish) -> Limits:
    """No limit of the address space: scripts' runtimes reserve more of it than there is memory."""
    return Limits(
        seconds=wish.seconds, memory=None, file_size=wish.most_bytes + _SLACK, family=True,
        output=64 * 1024, errors=64 * 1024,
    )  # fmt: skip
