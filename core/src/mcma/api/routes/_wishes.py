"""Parameters that say how a track is to be sent."""

from typing import Annotated

from fastapi import Query
from pydantic import StringConstraints

FormatName = Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Za-z0-9-]+$")]
Format = Annotated[
    FormatName | None,
    Query(alias="format", description="A profile, mp3, opus, aac, flac, or raw for the original."),
]
BitRate = Annotated[int | None, Query(alias="bitrate", ge=8, le=10_000, description="kbit/s, at most.")]
SampleRate = Annotated[int | None, Query(ge=8000, le=192_000, description="Hz, at most.")]
Channels = Annotated[int | None, Query(ge=1, le=8, description="At most.")]
Offset = Annotated[
    float, Query(ge=0, le=86_400, allow_inf_nan=False, description="Where to begin, in seconds.")
]
DecisionParams = Annotated[
    Annotated[str, StringConstraints(min_length=1, max_length=2048, pattern=r"^[A-Za-z0-9_.-]+$")] | None,
    Query(
        alias="decision",
        description="`params` of `/tracks/{id}/decision`; then `offset` alone is looked at beside it.",
    ),
]
Estimate = Annotated[
    bool,
    Query(description="Send an estimated Content-Length while it is made, and exactly that many bytes."),
]
