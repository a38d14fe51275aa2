"""What a person may say about a track. How long and how large is the service's business."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from mcma.api.inputs import Body, Count, LongText, body

Line = Annotated[LongText, StringConstraints(max_length=1000)]
Lines = Annotated[list[Line], Field(max_length=50)]
Number = Annotated[int, Field(strict=True, ge=1, le=9999)]
PartDate = Annotated[str, Field(max_length=10, description="1965, 1965-10 or 1965-10-20.")]
_EXAMPLE = {"title": "Sinnerman", "artists": ["Nina Simone"], "date": "1965-10", "comment": None}


class TrackEdit(Body):
    """What is left out stays as it is; null goes back to what the file and plugins say."""

    model_config = body(_EXAMPLE)
    title: Line | None = None
    sort_title: Line | None = None
    artists: Lines | None = None
    album: Line | None = None
    sort_album: Line | None = None
    album_version: Line | None = None
    album_artists: Lines | None = None
    track: Number | None = None
    track_total: Number | None = None
    disc: Number | None = None
    disc_total: Number | None = None
    disc_title: Line | None = None
    date: PartDate | None = None
    original_date: PartDate | None = None
    compilation: bool | None = None
    genres: Lines | None = None
    moods: Lines | None = None
    labels: Lines | None = None
    bpm: float | None = Field(default=None, gt=0, lt=1000, allow_inf_nan=False)
    comment: LongText | None = None
    language: Line | None = None
    explicit: bool | None = None
    recording_mbid: UUID | None = None
    release_mbid: UUID | None = None
    base_rev: Count | None = Field(
        default=None,
        description="The revision that was seen; another one in the server is a 409.",
    )

    only_fields: bool = Field(
        default=False,
        description="Only these fields become yours: the track does not become manual, and "
        "plugins go on saying the others.",
    )

    def values(self) -> dict[str, Any]:
        said = self.model_dump(exclude_unset=True, exclude={"base_rev", "only_fields"})
        return {name: str(value) if isinstance(value, UUID) else value for name, value in said.items()}
