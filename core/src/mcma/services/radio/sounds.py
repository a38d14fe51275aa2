"""What plugins say of how tracks sound. Who asks them, and contains them, is given by wiring."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from mcma_plugins.suggestions import Note


class SoundAnswer(NamedTuple):
    scores: Mapping[UUID, float]
    """0 to 1; of several plugins the highest."""
    notes: tuple[Note, ...] = ()
    """What was missing."""


class Sounds(Protocol):
    """Never raises, and answers within a time limit."""

    async def __call__(self, tracks: Sequence[UUID], limit: int, /) -> SoundAnswer: ...


ABSENT = Note(
    "sound_absent",
    "No plugin here knows how tracks sound: genres, artists, years, plays and likes decide.",
)


async def absent(tracks: Sequence[UUID], limit: int, /) -> SoundAnswer:
    """Without any plugin."""
    return SoundAnswer({}, (ABSENT,))


class Answer(Protocol):
    """One plugin's. `likeness` is None when it failed."""

    @property
    def name(self) -> str: ...
    @property
    def likeness(self) -> Mapping[UUID, float] | None: ...


Ask = Callable[[Sequence[UUID], int], Awaitable[Sequence[Answer]]]


class Ears:
    """The `Sounds` of several plugins. `ask` contains them and keeps to a time limit."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def __call__(self, tracks: Sequence[UUID], limit: int, /) -> SoundAnswer:
        answers = await self._ask(tracks, limit)
        if not answers:
            return SoundAnswer({}, (ABSENT,))
        scores: dict[UUID, float] = {}
        for answer in answers:
            for id_, likeness in (answer.likeness or {}).items():
                scores[id_] = max(likeness, scores.get(id_, 0.0))
        return SoundAnswer(scores, tuple(_failed(one.name) for one in answers if one.likeness is None))


def _failed(name: str) -> Note:
    return Note("sound_failed", f"The plugin {name}, which knows how tracks sound, did not answer.")
