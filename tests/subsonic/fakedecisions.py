"""Decides by the first thing it is told; remembers what it was told."""

from mcma_plugins.decisions import Abilities, Decision, Form, Unfit
from mcma_plugins.delivery import Streaming
from mcma_plugins.errors import Gone, InvalidInput, NotFound, TooManyRequests, Unavailable
from mcma_plugins.ids import TrackId
from mcma_plugins.streams import Served
from mcma_plugins.values import Caller
from tests.subsonic import fakedata as data

SOURCE = Form("flac", "flac", 2, 921, 44_100, 16)
MADE = Form("ogg", "opus", 2, 128, 48_000, None)
FAILURES = {
    "forged": InvalidInput("Not ours."), "old": Gone("Too old."), "down": Unavailable("No ffmpeg."),
    "busy": TooManyRequests("Busy.", retry_after=7),
}  # fmt: skip


class FakeDecisions:
    def __init__(self, streaming: Streaming) -> None:
        self.streaming = streaming
        self.told: list[Abilities] = []
        self.served: list[tuple[str, int, bool]] = []

    async def decide(self, caller: Caller, track_id: TrackId, able: Abilities) -> Decision:
        self.told.append(able)
        if track_id not in {each.id for each in data.TRACKS}:
            raise NotFound("Not here.")
        if able.direct:
            return Decision(True, (), SOURCE, None, "", "direct")
        if able.wanted:
            return Decision(False, (Unfit.CODEC, Unfit.BIT_RATE), SOURCE, MADE, "", "made")
        return Decision(False, (Unfit.NOTHING_NAMED,), SOURCE, None, "Nothing will do.", None)

    async def serve(
        self, caller: Caller, track_id: TrackId, params: str, *, offset_ms: int = 0, start: bool = True
    ) -> Served:
        self.served.append((params, offset_ms, start))
        if params in FAILURES:
            raise FAILURES[params]
        return Served(await self.streaming.original(caller, track_id), "rendition; state=cached")
