"""Other names of artists, and what people have said of how names in tags are to be read."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from mcma.store.tables._columns import doc, maybe_loose, ref, sorted_text, table, when
from mcma.store.types import SortText


class ArtistAlias(SQLModel, table=True):
    __tablename__ = "artist_aliases"
    artist_id: UUID = ref("artists.id", primary=True)
    name: str = Field(primary_key=True)
    origin: str = Field(primary_key=True)
    """person, plugin:<name of the enricher>, or merge (a name of an artist that was merged into this one)."""
    name_key: str = sorted_text()
    sort_name: str | None = None
    locale: str | None = None
    is_primary: bool = False
    """The name by which it is known in this locale."""
    __table_args__ = (sa.Index("ix_artist_aliases_key", "name_key"),)


class NameRule(SQLModel, table=True):
    """A name as tags have it, and the names it stands for."""

    __tablename__ = "name_rules"
    kind: str = Field(primary_key=True)
    """artist or label."""
    name_key: str = Field(sa_type=SortText, primary_key=True)
    names: list[Any] | None = doc()
    by_user: UUID | None = maybe_loose()
    at: datetime = when()


artist_aliases = table(ArtistAlias)
name_rules = table(NameRule)
