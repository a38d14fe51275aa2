"""What somebody says a recording is, as it is sent to this server."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from mcma.domain.claiming import Said
from mcma.domain.texts import storable
from mcma.services.claims.lookup import Wanted

MOST_ARTISTS = 100


def _isrc(text: str) -> str | None:
    """What is none, as many tags have it, is passed over: what is said with it is worth more."""
    code = re.sub(r"[\s-]", "", text[:50]).upper()
    return code if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", code) else None


Name = Annotated[str, StringConstraints(max_length=500), AfterValidator(storable)]
Title = Annotated[Name, StringConstraints(min_length=1)]
Duration = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]


class SaidRecording(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True,
        json_schema_extra={
            "examples": [{"title": "Sinnerman", "artists": ["Nina Simone"], "duration_ms": 622_000}]
        },
    )  # fmt: skip
    title: Title
    artists: list[Name] = Field(max_length=MOST_ARTISTS)
    album: Name | None = None
    duration_ms: Duration | None = None
    isrc: Annotated[str, AfterValidator(_isrc)] | None = None

    def wanted(self) -> Wanted:
        said = Said(self.title, tuple(self.artists), self.album, self.duration_ms)
        return Wanted(said, self.isrc)
