"""What somebody says a recording is, as it is sent."""

from typing import Annotated

from pydantic import Field, StringConstraints

from mcma.api.inputs import Body, Count, Storable, Text, body
from mcma.domain.claiming import Said
from mcma.services.claims.matching import Wanted

Isrc = Annotated[str, StringConstraints(max_length=20, pattern=r"^[A-Za-z0-9-]+$")]
Title = Annotated[str, StringConstraints(min_length=1, max_length=500), Storable]


class SaidRecording(Body):
    model_config = body({"title": "Sinnerman", "artists": ["Nina Simone"], "duration_ms": 622_000})
    title: Title
    artists: list[Text] = Field(default=[], max_length=50)
    album: Text | None = None
    duration_ms: Count | None = None
    isrc: Isrc | None = None

    def wanted(self) -> Wanted:
        isrc = None if self.isrc is None else self.isrc.upper().replace("-", "")
        return Wanted(Said(self.title, tuple(self.artists), self.album, self.duration_ms), isrc)
