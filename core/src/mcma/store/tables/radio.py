"""What is played together, radios as they were given out, and stations of the internet."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from mcma.store.tables._columns import big, doc, key, loose, maybe_when, ref, table, when


class CoPlay(SQLModel, table=True):
    """Derived from the plays of everybody, without saying whose; bounded per track; rebuildable."""

    __tablename__ = "co_plays"
    track_id: UUID = ref("tracks.id", primary=True)
    other_id: UUID = ref("tracks.id", primary=True, index=True)
    score: float = 0.0
    """How often, late plays counting more."""
    __table_args__ = (sa.Index("ix_co_plays_score", "track_id", "score"),)


class RadioRow(SQLModel, table=True):
    __tablename__ = "radios"
    id: UUID = key()
    user_id: UUID = ref("users.id")
    about: dict[str, Any] | None = doc()
    """What it was asked to be like."""
    pool: list[str] | None = doc()
    """Ids of the tracks that stand for it, chosen when it began."""
    seed: int = big()
    """Of its choices: the same library and the same seed give the same radio."""
    created_at: datetime = when()
    used_at: datetime = when()
    __table_args__ = (sa.Index("ix_radios_used", "user_id", "used_at"),)


class RadioItem(SQLModel, table=True):
    """What was given out: never again in this radio, and the same for whoever asks for a page twice."""

    __tablename__ = "radio_items"
    radio_id: UUID = ref("radios.id", primary=True)
    position: int = Field(primary_key=True)
    track_id: UUID = loose()
    reasons: list[Any] | None = doc()
    __table_args__ = (sa.UniqueConstraint("radio_id", "track_id", name="uq_radio_items_track"),)


class Station(SQLModel, table=True):
    """Internet radio. The server never asks these addresses for anything."""

    __tablename__ = "stations"
    id: UUID = key()
    name: str
    name_key: str
    stream_url: str
    homepage_url: str | None = None
    created_at: datetime = when()
    updated_at: datetime = when()
    rev: int = 1
    deleted_at: datetime | None = maybe_when()


co_plays = table(CoPlay)
radios = table(RadioRow)
radio_items = table(RadioItem)
stations = table(Station)
