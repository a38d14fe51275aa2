"""What plugins say of how tracks sound. Who asks them, and contains them, is given by wiring."""

from collections.abc import Mapping, Sequence
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
