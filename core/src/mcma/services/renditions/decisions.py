"""What a player gets of a track: decided from what the file holds and what the player says of itself."""

from mcma.domain.decisions import decide
from mcma.domain.errors import Gone, InvalidInput, Unavailable
from mcma.domain.profiles import Reason
from mcma.services.callers import require_right
from mcma.services.renditions.passes import Pass, Passes
from mcma.services.renditions.service import Renditions
from mcma.services.renditions.sources import is_as_known, sound_of
from mcma.services.streaming import Streams
from mcma.store.queries.renditions import SourceRow
from mcma_plugins.decisions import Abilities, Decision, Form
from mcma_plugins.ids import TrackId
from mcma_plugins.streams import Served
from mcma_plugins.values import Caller, Right


class Decisions:
    """Satisfies `mcma_plugins.services.Decisions`."""

    def __init__(self, streams: Streams, renditions: Renditions, passes: Passes) -> None:
        self._streams, self._renditions, self._passes = streams, renditions, passes

    async def decide(self, caller: Caller, track_id: TrackId, able: Abilities) -> Decision:
        source = await self._renditions.source(caller, track_id)
        form = _form_of(source)
        found = decide(form, sound_of(source), able, await self._renditions.encoders())
        params = None
        if found.plays or found.target is not None:
            params = self._passes.write(caller.user_id, Pass(source.id, found.target))
        return Decision(found.plays, found.reasons, form, found.made, found.error, params)

    async def serve(
        self,
        caller: Caller,
        track_id: TrackId,
        params: str,
        *,
        offset_ms: int = 0,
        start: bool = True,
        keep: bool = False,
    ) -> Served:
        if keep:
            require_right(caller, Right.DOWNLOAD)
        allowed = self._passes.read(params, caller.user_id)
        source = await self._renditions.source(caller, track_id)
        if source.id != allowed.file_id or not await is_as_known(source):
            raise Gone("The file has changed since. Ask for another decision.", code="file_changed")
        if allowed.target is None:
            original = await self._streams.original(caller, track_id)
            return Served(original, f"original; reason={Reason.ASKED}")
        if offset_ms < 0 or (offset_ms and offset_ms >= source.duration_ms):
            raise InvalidInput("offset: lies behind the end of the track.", code="invalid_field")
        target = allowed.target._replace(offset_ms=offset_ms)
        made = await self._renditions.serve_target(caller, source, target, start=start)
        if isinstance(made, Reason):  # the original is what this player cannot play
            raise Unavailable(f"It cannot be made now: {made}.", code="transcode_failed")
        return made


def _form_of(source: SourceRow) -> Form:
    return Form(
        source.container, source.codec, source.channels, source.bit_rate_kbps, source.sample_rate_hz,
        source.bit_depth if source.lossless else None,
    )  # fmt: skip
