"""Artists as things of their own."""

from pydantic import BaseModel, Field

from mcma.api.schemas.catalogue import Artist


class ArtistAlias(BaseModel):
    name: str
    sort_name: str | None
    locale: str | None
    primary: bool = Field(description="The name by which it is known in this locale.")
    origin: str = Field(description="person, plugin:NAME, or merge: of an artist merged into this one.")


class ArtistDetails(Artist):
    disambiguation: str | None
    type: str | None = Field(description="person, group, orchestra, choir, character or other.")
    begin: str | None = Field(description="ISO 8601 of any precision.")
    end: str | None
    area: str | None
    links: list[str]
    aliases: list[ArtistAlias]
    origins: dict[str, str] = Field(description="Who says a field, where it is not the tags.")
    metadata_status: str
    rev: int
