"""Types of what events say: what passes them fits both databases. Numbers and flags are what they look like:
no text is taken for a number, and no flag for one."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from mcma.domain.claiming import Said
from mcma.domain.texts import storable
from mcma.services.claims.matching import Wanted
from mcma_plugins.values import ItemKind, ItemRef

Storable = AfterValidator(storable)
Text = Annotated[str, StringConstraints(max_length=500), Storable]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), Storable]
LongText = Annotated[str, StringConstraints(max_length=10_000), Storable]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]


def _isrc(text: str) -> str | None:
    """What is none, as many tags have it, is passed over: a play is worth more."""
    code = re.sub(r"[\s-]", "", text[:50]).upper()
    return code if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", code) else None


class EventData(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def likeable(kind: ItemKind) -> ItemKind:
    if kind not in (ItemKind.TRACK, ItemKind.ALBUM, ItemKind.ARTIST):
        raise ValueError("must be track, album or artist")
    return kind


class OfItem(EventData):
    """About something that can be liked."""

    kind: Annotated[ItemKind, AfterValidator(likeable)]
    item_id: UUID

    @property
    def item(self) -> ItemRef:
        return ItemRef(self.kind, self.item_id)


class ClaimData(EventData):
    """What somebody says a recording is."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=500), Storable]
    artists: list[Text] = Field(max_length=100)
    album: Text | None = None
    duration_ms: Count | None = None
    isrc: Annotated[str, AfterValidator(_isrc)] | None = None

    @property
    def wanted(self) -> Wanted:
        said = Said(self.title, tuple(self.artists), self.album, self.duration_ms)
        return Wanted(said, self.isrc)


def first_wrong(error: ValidationError) -> str:
    """Names the first field that is wrong, and never repeats what was sent for it."""
    found: Mapping[str, Any] = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(("data", *(str(part)[:60] for part in found["loc"])))
    return f"{where}: {str(found['msg']).removeprefix('Value error, ')}"
