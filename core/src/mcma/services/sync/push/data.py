"""Types of what events say: what passes them fits both databases. Numbers and flags are what they look like:
no text is taken for a number, and no flag for one."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from mcma.domain.texts import storable
from mcma_plugins.values import ItemKind, ItemRef

Storable = AfterValidator(storable)
Text = Annotated[str, StringConstraints(max_length=500), Storable]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), Storable]
LongText = Annotated[str, StringConstraints(max_length=10_000), Storable]
Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]


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


def first_wrong(error: ValidationError) -> str:
    """Names the first field that is wrong, and never repeats what was sent for it."""
    found: Mapping[str, Any] = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(("data", *(str(part)[:60] for part in found["loc"])))
    return f"{where}: {str(found['msg']).removeprefix('Value error, ')}"
