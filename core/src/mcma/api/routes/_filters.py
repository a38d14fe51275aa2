"""Filters that several lists share."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from mcma.api.inputs import Text, Year

Liked = Annotated[bool | None, Query(description="Only what I like, or only what I do not.")]
Genre = Annotated[Text | None, Query(description="The name of a genre, whatever its case and accents.")]
FromYear = Annotated[Year | None, Query(description="This year or later.")]
ToYear = Annotated[Year | None, Query(description="This year or earlier.")]
OfArtist = Annotated[UUID | None, Query(description="Credited to this artist.")]
OfAlbum = Annotated[UUID | None, Query(description="On this album.")]
Download = Annotated[bool, Query(description="Offer it for saving, with its file name.")]
Status = Annotated[
    Text | None, Query(description="metadata_status: pending, enriched, review, failed or manual.")
]
