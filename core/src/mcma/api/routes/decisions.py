"""Which form of a track a player gets, when it says what it can play."""

from typing import Annotated

from pydantic import Field, StringConstraints
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import Body, Id, Storable, body
from mcma.api.openapi import area, told
from mcma.api.respond import answer
from mcma_plugins.decisions import Abilities, CodecLimits, Comparison, DirectPlay, Fact, Limit, Wanted
from mcma_plugins.ids import TrackId

router = area("/tracks", "media")
MOST = 100
Word = Annotated[str, StringConstraints(max_length=64), Storable]
Words = Annotated[tuple[Word, ...], Field(max_length=MOST, description="None means any.")]
MaxChannels = Annotated[int | None, Field(ge=1, le=64, description="At most.")]
Rate = Annotated[int | None, Field(ge=1, le=1_000_000, description="kbit/s, at most.")]


class Direct(Body):
    """What is played as it is."""

    model_config = body({"containers": ["mp3"], "codecs": ["mp3"]})
    containers: Words = ()
    codecs: Words = ()
    max_channels: MaxChannels = None


class WantedForm(Body):
    """What other things may be turned into."""

    model_config = body({"container": "ogg", "codec": "opus", "max_channels": 2})
    container: Word = ""
    codec: Word
    max_channels: MaxChannels = None


class FactLimit(Body):
    model_config = body({"fact": "audioSamplerate", "comparison": "LessThanEqual", "values": ["48000"]})
    fact: Fact
    comparison: Comparison
    values: Annotated[
        list[Word], Field(max_length=MOST, description="kbit/s, Hz, bits or channels, as text.")
    ]
    required: bool = True


class LimitsOfCodec(Body):
    model_config = body({"codec": "flac", "limits": []})
    codec: Word
    limits: list[FactLimit] = Field(default=[], max_length=MOST)


class PlayerAbilities(Body):
    model_config = body(
        {
            "direct": [{"containers": ["mp3"], "codecs": ["mp3"]}],
            "wanted": [{"container": "ogg", "codec": "opus"}],
        }
    )
    max_bit_rate_kbps: Rate = None
    max_made_bit_rate_kbps: Rate = Field(None, description="The same, of what is made.")
    direct: list[Direct] = Field(default=[], max_length=MOST)
    wanted: list[WantedForm] = Field(default=[], max_length=MOST, description="The best first.")
    codecs: list[LimitsOfCodec] = Field(default=[], max_length=MOST)

    def value(self) -> Abilities:
        return Abilities(
            max_bit_rate_kbps=self.max_bit_rate_kbps,
            max_made_bit_rate_kbps=self.max_made_bit_rate_kbps,
            direct=[DirectPlay(one.containers, one.codecs, (), one.max_channels) for one in self.direct],
            wanted=[Wanted(one.container, one.codec, "", one.max_channels) for one in self.wanted],
            codecs=[CodecLimits(one.codec, [_limit(limit) for limit in one.limits]) for one in self.codecs],
        )


def _limit(one: FactLimit) -> Limit:
    return Limit(one.fact, one.comparison, tuple(one.values), one.required)


@router.post("/{track_id}/decision", **told("Decide how a player gets a track", "StreamDecision"))
async def decide_stream(call: SignedIn, track_id: Id, sent: PlayerAbilities) -> Response:
    """As it is, where that can be played; else as the first form that is wanted and can be made within the
    limits. `params` go to `/tracks/{id}/stream?decision=`."""
    found = await call.services.decisions.decide(call.caller, TrackId(track_id), sent.value())
    return answer(shapes.decision(found))
