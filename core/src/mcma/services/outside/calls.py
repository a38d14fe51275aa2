"""How services reach the code of a source: through whoever contains it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Asking(Protocol):
    """Runs code of a source, whatever it does. What comes out is its value, or one of three: `PluginError` as
    the source raised it, `TimeoutError`, `RuntimeError` for all else; with texts that may be shown."""

    async def call(self, source: str, what: str, work: Callable[[], Awaitable[T]], seconds: float) -> T: ...

    def stream(
        self, source: str, what: str, work: Callable[[], AsyncGenerator[T, None]], each: float
    ) -> AsyncGenerator[T, None]:
        """`each`: seconds for one piece. All of it runs in one task, which ends when this is closed."""
        ...

    def now(self, source: str, what: str, work: Callable[[], T]) -> T:
        """What asks nobody."""
        ...

    def complain(self, source: str, complaint: str) -> None:
        """Something was left out of an answer: it is counted with the plugin."""
        ...
