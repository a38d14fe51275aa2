"""Types at the border: what passes them fits both databases. All else is a 422 that names the field."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from mcma.domain.documents import kept
from mcma.domain.texts import storable

PAGE = 50
LARGEST_PAGE = 500
LARGEST_BATCH = 1000
INT4 = 2**31 - 1
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]")


def _written(at: object) -> object:
    """A number is no time: nobody says whether it counts seconds or milliseconds."""
    if (isinstance(at, str) and not _TIME.match(at)) or isinstance(at, int | float):
        raise ValueError("must be a time as RFC 3339 writes it")
    return at


def _plausible(at: datetime) -> datetime:
    if not 1970 <= at.year <= 2200:
        raise ValueError("must lie between 1970 and 2200")
    return at.astimezone(UTC)


Storable = AfterValidator(storable)
Text = Annotated[str, StringConstraints(max_length=500), Storable]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), Storable]
LongText = Annotated[str, StringConstraints(max_length=10_000), Storable]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=1024), Storable]
Email = Annotated[str, StringConstraints(max_length=254), Storable]
PathText = Annotated[str, StringConstraints(min_length=1, max_length=4096), Storable]
Count = Annotated[int, Field(ge=0, le=INT4)]
Year = Annotated[int, Field(ge=0, le=9999)]
Rating = Annotated[int, Field(strict=True, ge=0, le=5)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_plausible)]
"""A time with its offset; afterwards in UTC."""

Id = Annotated[UUID, Path(description="The id.")]
SourceName = Annotated[str, Path(max_length=100, pattern=r"^[a-z0-9_.-]+$", description="The name.")]
PlainName = Annotated[str, Path(max_length=100, pattern=r"^[a-z0-9_-]+$", description="The name.")]

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Items per page.")]
Cursor = Annotated[
    Annotated[str, StringConstraints(max_length=4000), Storable] | None,
    Query(description="`next` of the page before, with the same sort and filters."),
]
Sort = Annotated[Text, Query(description="A field to sort by, with `-` before it for the other direction.")]
Libraries = Annotated[
    list[UUID] | None,
    Query(alias="library_id", max_length=100, description="Only this library; may be given several times."),
]
Words = Annotated[Text | None, Query(description="The beginning of the name, whatever its case and accents.")]
Size = Annotated[
    int | None,
    Query(ge=1, le=4096, description="Longest side in pixels; pictures are never enlarged."),
]


Document = Annotated[dict[str, Any], AfterValidator(kept)]


class Body(BaseModel):
    """A request's body. Unknown fields are refused: a misspelt one would be silently without effect."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def body(example: Mapping[str, Any]) -> ConfigDict:
    """The configuration of a `Body` with its example."""
    return ConfigDict(json_schema_extra={"examples": [dict(example)]})
