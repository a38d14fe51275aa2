"""Short names for the columns that nearly every table has."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, UTCDateTime

from mcma.store.types import Big, Id, Json, SortText

SQLModel.model_config["defer_build"] = True
"""Rows are read as columns: a validator for every table would be made at each start, for nobody."""


def key() -> Any:
    return Field(sa_type=Id, primary_key=True)


def ref(target: str, *, primary: bool = False, cascade: bool = True, index: bool = False) -> Any:
    """A foreign key that goes with its target."""
    return Field(
        sa_type=Id,
        foreign_key=target,
        ondelete="CASCADE" if cascade else "SET NULL",
        primary_key=primary,
        index=index,
    )


def maybe_ref(target: str, *, cascade: bool = False, index: bool = False) -> Any:
    return Field(
        default=None,
        sa_type=Id,
        foreign_key=target,
        ondelete="CASCADE" if cascade else "SET NULL",
        nullable=True,
        index=index,
    )


def loose(*, primary: bool = False) -> Any:
    """An id that points at one of several tables, or outlives what it points at."""
    return Field(sa_type=Id, primary_key=primary)


def maybe_loose() -> Any:
    return Field(default=None, sa_type=Id, nullable=True)


def when() -> Any:
    return Field(sa_type=UTCDateTime)


def maybe_when() -> Any:
    return Field(default=None, sa_type=UTCDateTime, nullable=True)


def doc() -> Any:
    return Field(default=None, sa_type=Json, nullable=True)


def sorted_text() -> Any:
    return Field(default="", sa_type=SortText)


def big(default: int | None = 0) -> Any:
    return Field(default=default, sa_type=Big, nullable=default is None)


def octets(length: int | None = None) -> Any:
    return Field(default=None, sa_type=sa.LargeBinary, nullable=True)


def required_octets() -> Any:
    return Field(sa_type=sa.LargeBinary)


def table(model: type[SQLModel]) -> sa.Table:
    """The Core table behind a model: reads select its columns, bulk writes insert into it."""
    found = model.__table__  # type: ignore[attr-defined]
    assert isinstance(found, sa.Table)
    return found
