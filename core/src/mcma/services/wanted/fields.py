"""What a request may be made of, as it is sent to this server."""

from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints

from mcma.domain.texts import storable

SourceName = Annotated[str, StringConstraints(max_length=100, pattern=r"^[a-z0-9_.-]+$")]
SourceKey = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[!-~]+$")]
"""Of a recording in a source: what a source takes for an id has no spaces."""
ThingKind = Literal["track", "album", "playlist"]
Note = Annotated[str, StringConstraints(max_length=1000), AfterValidator(storable)]
