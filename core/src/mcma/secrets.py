"""Keys the server signs and encrypts with: given by a person, or made on first start.

Made ones live in the data folder, each in a file that nobody else may read; never in the database, so that a
stolen backup of it is worth nothing.
"""

import os
import secrets
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mcma.domain.errors import McmaError

SMALLEST_KEY = 32
"""Bytes. RFC 7518 section 3.2: a key for HS256 is at least as long as its hash."""
_LARGEST_FILE = 64 * 1024
_DISTINCT = 8
_KNOWN = (
    "changeme", "change-me", "change_me", "secret", "password", "your-256-bit-secret", "your-secret-key",
    "please-change", "insecure", "example", "0123456789abcdef",
)  # fmt: skip
"""Pieces of keys that were copied from a page of instructions."""


class ConfigError(McmaError):
    """The server cannot start like this; the message names the setting, never a secret's value."""

    code = "bad_config"


def make_data_folder(path: Path) -> None:
    """Creates it if need be, and keeps other users of the machine out of it (mode 0700).

    Raises `ConfigError` when it cannot be made. A folder that belongs to somebody else (a container's volume)
    keeps its mode.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"The data folder {path} cannot be made: {error.strerror}", hint="MCMA_DATA_DIR"
        ) from None
    with suppress(PermissionError):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o700)


def checked_key(text: str, name: str) -> bytes:
    """The key's bytes. Raises `ConfigError` for one that is short, well known or hardly random."""
    key = text.strip().encode("utf-8", "surrogatepass")
    if len(key) < SMALLEST_KEY:
        raise ConfigError(f"{name} is shorter than {SMALLEST_KEY} bytes.", hint=_how(name))
    if len(set(key)) < _DISTINCT or any(known in text.lower() for known in _KNOWN):
        raise ConfigError(f"{name} can be guessed: it is from an example, or not random.", hint=_how(name))
    return key


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs or encrypts now, and what did before."""

    current: bytes = field(repr=False)
    previous: tuple[bytes, ...] = field(default=(), repr=False)


def keys(folder: Path, file: str, env: str, given: str | None, previous: Sequence[str] = ()) -> Keys:
    """The key that was `given` by the variable `env`, else the one kept in `folder/file`.

    A kept key counts as a previous one once a person gives theirs: nothing it protected is lost.
    Raises `ConfigError`.
    """
    former = [checked_key(one, f"{env}_PREVIOUS") for one in previous]
    if given is None:
        return Keys(generated_key(folder, file), tuple(former))
    if os.path.lexists(folder / file):
        former.append(generated_key(folder, file))
    return Keys(checked_key(given, env), tuple(former))


def _how(name: str) -> str:
    return (
        f"Leave {name} out to have one made, or use: python -c 'import secrets; print(secrets.token_hex(32))'"
    )


def generated_key(folder: Path, name: str) -> bytes:
    """The key kept in `folder/name`, made on first use. Two processes that start at once get the same one.

    Raises `ConfigError` when others can read the file, when it is no regular file, or does not hold a key.
    """
    path = folder / name
    if not os.path.lexists(path):
        _publish(path, secrets.token_hex(SMALLEST_KEY))
    return checked_key(_read_private(path), str(path))


def _publish(path: Path, text: str) -> None:
    """Written elsewhere first: a crash must not leave an empty key, nor a second process read half of one."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        _name_it(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _name_it(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        draft.rename(path)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_private(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    try:
        _check_mode(path, os.fstat(descriptor).st_mode)
        return os.read(descriptor, _LARGEST_FILE).decode("ascii", "replace")
    finally:
        os.close(descriptor)


def _check_mode(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise ConfigError(f"{path} is not a regular file.")
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(f"Others can read {path}.", hint=f"chmod 600 {path}")


def read_secret_file(path: Path, name: str) -> str:
    """A secret a person keeps in a file (Docker secrets); its mode is theirs to choose."""
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_FILE).decode().rstrip("\r\n")
    except OSError as error:
        raise ConfigError(f"{name}: {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{name}: {path} is not UTF-8 text.") from None
