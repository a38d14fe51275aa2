"""YouTube Music by ytmusicapi, in threads of its own: it blocks, and knows neither limits nor cancelling."""

import asyncio
import locale
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from mcma_plugins.errors import McmaError
from mcma_youtube import faults
from mcma_youtube.condition import Condition
from mcma_youtube.pace import PATIENT, SOON, Questions
from mcma_youtube.settings import YouTubeSettings

if TYPE_CHECKING:
    from mcma_youtube.client import Client

T = TypeVar("T")
ORIGIN: Final = "https://music.youtube.com"
_THREADS: Final = 4
_AS_SOMEBODY_ELSE: Final = frozenset({"blocked", "rate_limited"})
"""After these the next question comes from a new visitor: YouTube numbers them."""


class Music:
    """`base`: where the service is, for tests."""

    def __init__(self, settings: YouTubeSettings, base: str = ORIGIN) -> None:
        self._settings, self._base = settings, base
        self._questions = Questions(settings.questions_per_minute)
        self._threads = ThreadPoolExecutor(_THREADS, "youtube-music")
        self._making = threading.Lock()
        self._client: Client | None = None
        self.condition = Condition()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def ask(self, question: "Callable[[Client], T]", *, further: bool = False) -> T:
        """One question; `further` is one more page of a list. Raises errors of the contract and no others."""
        self.condition.check()
        await self._questions.take(PATIENT if further else SOON, spaced=further)
        with self.condition.noting():
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, question)

    def _answer(self, question: "Callable[[Client], T]") -> T:
        try:
            return question(self._opened())
        except Exception as error:  # noqa: BLE001 - whatever ytmusicapi stumbles over
            found = _explained(error)
            if found.stable_code in _AS_SOMEBODY_ELSE:
                self._client = None
            raise found from None

    def _opened(self) -> "Client":
        with self._making:
            if self._client is None:
                self._client = _open(self._settings, self._base)
            return self._client


def _open(settings: YouTubeSettings, base: str) -> "Client":
    from mcma_youtube.client import Client
    from mcma_youtube.session import open_session

    proxy = settings.proxy.get_secret_value() if settings.proxy else None
    session = open_session(base, settings.search_seconds, proxy)
    before = locale.setlocale(locale.LC_ALL)
    try:  # it sets the locale of the whole process
        return Client(requests_session=session, location=_location(settings.country))
    finally:
        locale.setlocale(locale.LC_ALL, before)


def _location(country: str) -> str:
    from ytmusicapi.helpers import SUPPORTED_LOCATIONS

    if country and country not in SUPPORTED_LOCATIONS:
        raise faults.misconfigured(f"YouTube Music is not in {country}: MCMA_PLUGIN_YOUTUBE_COUNTRY")
    return country


def _explained(error: Exception) -> McmaError:
    from mcma_youtube.session import explained

    return explained(error)
