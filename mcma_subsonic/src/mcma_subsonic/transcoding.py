"""Extension `transcoding`: players say what they can play, and get the file or the best of it.

Bit rates are in bit/s on this side (schemas ClientInfo, StreamDetails), in kbit/s on the services'.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any, TypeVar

import orjson
from starlette.responses import Response

from mcma_plugins.decisions import (
    Abilities,
    CodecLimits,
    Comparison,
    Decision,
    DirectPlay,
    Fact,
    Form,
    Limit,
    Wanted,
)
from mcma_plugins.ids import TrackId
from mcma_plugins.values import ItemKind
from mcma_plugins.web import served_response
from mcma_subsonic.call import Call, Node, endpoint
from mcma_subsonic.errors import invalid
from mcma_subsonic.media import LONGEST, MEDIA_HEADERS

LARGEST_BODY = 64 * 1024
MOST = 100
"""Profiles, codecs, limits and values read of each list."""
_LONGEST_WORD = 64
_PROTOCOL = "http"
_Word = TypeVar("_Word", bound=StrEnum)


@endpoint(
    "getTranscodeDecision",
    since="transcoding",
    methods=("POST",),
    notes="ClientInfo as JSON in the body of a POST, everything else in the address; 405 for GET",
)
async def get_transcode_decision(call: Call) -> Node:
    """Parameters stand in the address, ClientInfo in the body. 405 for GET: there is nowhere to say what can
    be played."""
    track = _song(call)
    able = _abilities(_document(call.body))
    return {"transcodeDecision": _shown(await call.services.decisions.decide(call.caller, track, able))}


@endpoint(
    "getTranscodeStream",
    since="transcoding",
    media=True,
    http_errors=True,
    notes="Failures are HTTP statuses: 410 when the decision is too old or the file another by now",
)
async def get_transcode_stream(call: Call) -> Response:
    """What is wrong is told by HTTP statuses (400, 401, 404, 410, ...), as the specification has it."""
    track, params = _song(call), call.params.text("transcodeParams")
    offset = call.params.maybe_integer("offset", 0) or 0
    served = await call.services.decisions.serve(
        call.caller, track, params, offset_ms=min(offset, LONGEST) * 1000,
        start=call.request.method != "HEAD",
    )  # fmt: skip
    return await served_response(call.request, served, headers=MEDIA_HEADERS)


def _song(call: Call) -> TrackId:
    kind = call.params.text("mediaType")
    if kind != "song":
        raise invalid("Parameter 'mediaType' must be song: podcasts are not part of this server.")
    return TrackId(call.params.item("mediaId", ItemKind.TRACK).id)


# What is sent


def _document(body: bytes) -> Mapping[str, Any]:
    if len(body) > LARGEST_BODY:
        raise invalid(f"The body is larger than {LARGEST_BODY // 1024} KiB.")
    with suppress(orjson.JSONDecodeError):
        found = orjson.loads(body)
        if isinstance(found, dict):
            return found
    raise invalid("The body must be a JSON object that says what the client can play (ClientInfo).")


def _abilities(sent: Mapping[str, Any]) -> Abilities:
    """Whatever has another shape than it should counts as not said."""
    return Abilities(
        name=_word(sent.get("name")),
        platform=_word(sent.get("platform")),
        max_bit_rate_kbps=_kilo(_number(sent.get("maxAudioBitrate"))),
        max_made_bit_rate_kbps=_kilo(_number(sent.get("maxTranscodingAudioBitrate"))),
        direct=[_direct(one) for one in _objects(sent.get("directPlayProfiles"))],
        wanted=[_wanted(one) for one in _objects(sent.get("transcodingProfiles"))],
        codecs=[
            CodecLimits(_word(one.get("name")), _limits(one.get("limitations")))
            for one in _objects(sent.get("codecProfiles"))
            if _word(one.get("type")).lower() in ("", "audiocodec")
        ],
    )


def _direct(one: Mapping[str, Any]) -> DirectPlay:
    containers, codecs, protocols = (
        _words(one.get(name)) for name in ("containers", "audioCodecs", "protocols")
    )
    return DirectPlay(containers, codecs, protocols, _number(one.get("maxAudioChannels")))


def _wanted(one: Mapping[str, Any]) -> Wanted:
    container, codec, protocol = (_word(one.get(name)) for name in ("container", "audioCodec", "protocol"))
    return Wanted(container, codec, protocol, _number(one.get("maxAudioChannels")))


def _limits(sent: Any) -> Sequence[Limit]:
    """Those of a kind that nobody knows cannot be kept."""
    found = []
    for one in _objects(sent):
        fact, how = _known(Fact, one.get("name")), _known(Comparison, one.get("comparison"))
        if fact is not None and how is not None:
            values = tuple(_words(one.get("values")))
            scaled = tuple(map(_scaled, values)) if fact is Fact.BIT_RATE else values
            found.append(Limit(fact, how, scaled, one.get("required") is not False))
    return found


def _known(words: type[_Word], value: Any) -> _Word | None:
    return next((one for one in words if isinstance(value, str) and one.lower() == value.lower()), None)


def _scaled(value: str) -> str:
    return str(int(value) // 1000) if value.isascii() and value.isdigit() else value


def _kilo(value: int | None) -> int | None:
    return None if value is None else max(1, value // 1000)


def _number(value: Any) -> int | None:
    """None for 0 as well: it is how clients say "no limit"."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _word(value: Any) -> str:
    return value.strip()[:_LONGEST_WORD] if isinstance(value, str) else ""


def _words(value: Any) -> list[str]:
    """Also of a text with commas, as drafts of the specification had it, and of numbers."""
    listed = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return [word for one in listed[:MOST] if (word := _word(str(one) if isinstance(one, int) else one))]


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value[:MOST] if isinstance(one, dict)] if isinstance(value, list) else []


# What is answered


def _shown(found: Decision) -> Node:
    node: Node = {
        "canDirectPlay": found.plays,
        "canTranscode": found.made is not None,
        "transcodeReason": [reason.value for reason in found.reasons],
        "errorReason": found.error,
        "sourceStream": _stream(found.source),
    }
    if found.params is not None:
        node["transcodeParams"] = found.params
    if found.made is not None:
        node["transcodeStream"] = _stream(found.made)
    return node


def _stream(form: Form) -> Node:
    return {
        "protocol": _PROTOCOL,
        "container": form.container,
        "codec": form.codec,
        "audioChannels": form.channels,
        "audioBitrate": form.bit_rate_kbps * 1000,
        "audioProfile": "",
        "audioSamplerate": form.sample_rate_hz,
        "audioBitdepth": form.bit_depth or 0,
    }
