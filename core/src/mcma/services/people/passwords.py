"""Account passwords: argon2id, never more than a few at a time, the same time for users who do not exist."""

import asyncio
import base64
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from mcma.domain.errors import InvalidInput
from mcma.services.people._common_passwords import COMMON
from mcma.services.people.usernames import name_key

SHORTEST = 10
LONGEST = 1024
"""Characters; beyond it hashing would be work for an attacker to hand out."""
_DISTINCT = 4


def check_new_password(password: str, *, user: str = "") -> None:
    """Raises `InvalidInput`. Length and a list of common ones, no rules about character classes
    (NIST SP 800-63B section 5.1.1.2)."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(f"A password has {SHORTEST} to {LONGEST} characters.")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in password):
        raise InvalidInput("The password has characters that cannot be typed.")
    plain = name_key(password)
    if plain in COMMON or len(set(plain)) < _DISTINCT or _is_just(plain, name_key(user)):
        raise InvalidInput("This password is among the first that would be guessed.")


def _is_just(password: str, name: str) -> bool:
    """Nothing but the user's name, digits and punctuation."""
    rest = password.replace(name, "") if name else password
    return rest != password and not any(character.isalpha() for character in rest)


def generated_password() -> str:
    """138 bits that can be read aloud and typed: seven groups of four, without letters that look alike."""
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(7))


class Passwords:
    """Hashes and checks. Defaults are RFC 9106's second choice (64 MiB, three passes, four lanes).

    Two threads do the work: hashing takes 64 MiB and a core each time, and a thread, unlike a semaphore
    around one, stays taken when its request goes away.
    """

    def __init__(
        self, *, time_cost: int = 3, memory_kib: int = 65536, parallelism: int = 4, at_once: int = 2
    ) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._dummy = _nobodys_hash(time_cost, memory_kib, parallelism)
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="mcma-password")

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._hasher.hash, _octets(password)
        )

    async def verify(self, stored: str | None, password: str) -> bool:
        """False after the same work when there is nothing stored to compare with."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._verify, stored, _octets(password)
        )

    def is_outdated(self, stored: str) -> bool:
        """Whether the stored hash was made with other parameters than today's."""
        try:
            return self._hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return True

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str | None, password: bytes) -> bool:
        try:
            self._hasher.verify(stored or self._dummy, password)
        except (Argon2Error, InvalidHashError):
            return False
        return bool(stored)


def _nobodys_hash(time_cost: int, memory_kib: int, parallelism: int) -> str:
    """A hash nothing has, in argon2's own notation: checking against it is the usual work."""
    salt, digest = (base64.b64encode(secrets.token_bytes(n)).decode().rstrip("=") for n in (16, 32))
    return f"$argon2id$v=19$m={memory_kib},t={time_cost},p={parallelism}${salt}${digest}"


def _octets(password: str) -> bytes:
    """Composed, so that every keyboard's é is the same one; never raises, whatever a client sent."""
    return unicodedata.normalize("NFKC", password[: LONGEST + 1]).encode("utf-8", "surrogatepass")
