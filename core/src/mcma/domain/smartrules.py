"""The rules of smart playlists: what a person may ask for, as data.

Text is compared folded: without case, accents and punctuation; titles and albums by their sort form. A rule
about something a track does not have is false, and its opposite true.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from mcma.domain.errors import InvalidInput

DEEPEST, MOST_RULES, MOST_TRACKS = 6, 100, 10_000
MOST_NODES = 2 * MOST_RULES + 1
"""Rules and groups together."""
_BIG = 2**53

TextField = Literal[
    "title", "artist", "album_artist", "album", "genre", "label", "codec", "status", "comment"
]
NumberField = Literal[
    "year",
    "original_year",
    "plays",
    "rating",
    "duration_ms",
    "bit_rate_kbps",
    "sample_rate_hz",
    "size",
    "bpm",
    "disc",
    "track",
]
DateField = Literal["added", "last_played", "liked_at"]
FlagField = Literal["liked", "lossless", "compilation", "explicit"]
IdField = Literal["library", "playlist"]
Sort = Literal[
    "title", "artist", "album", "year", "added", "last_played", "liked_at", "plays", "rating", "duration_ms",
    "bit_rate_kbps", "size", "bpm", "random",
    "-title", "-artist", "-album", "-year", "-added", "-last_played", "-liked_at", "-plays", "-rating",
    "-duration_ms", "-bit_rate_kbps", "-size", "-bpm",
]  # fmt: skip


def _storable(text: str) -> str:
    if "\0" in text or not text.isprintable() or not text.strip():
        raise ValueError("must be printable text")
    return text


def _plausible(at: datetime) -> datetime:
    if not 1900 <= at.year <= 2200:
        raise ValueError("must lie between 1900 and 2200")
    return at


Words = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_storable)]
Number = Annotated[float, Field(ge=-_BIG, le=_BIG, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=1, le=36_500)]
Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class TextRule(_Part):
    """`contains` begins at a word: "ove" is not in "Love"."""

    field: TextField
    op: Literal["is", "is_not", "contains", "not_contains", "starts_with"]
    value: Words


class NumberRule(_Part):
    field: NumberField
    op: Literal["is", "is_not", "gt", "gte", "lt", "lte"]
    value: Number


class RangeRule(_Part):
    """Both ends included."""

    field: NumberField
    op: Literal["between"]
    value: tuple[Number, Number]


class DateRule(_Part):
    field: DateField
    op: Literal["before", "after"]
    value: Moment


class RecentRule(_Part):
    """In the last so many days; never counts as not."""

    field: DateField
    op: Literal["in_last", "not_in_last"]
    value: Days


class FlagRule(_Part):
    """What is not known is false."""

    field: FlagField
    op: Literal["is"]
    value: bool


class IdRule(_Part):
    """A library, or a playlist that the owner sees and that is not smart itself."""

    field: IdField
    op: Literal["is", "is_not"]
    value: UUID


class SetRule(_Part):
    """Whether there is a value at all."""

    field: TextField | NumberField | DateField
    op: Literal["is_set"]
    value: bool


_KINDS: Mapping[Any, str] = {
    **dict.fromkeys(get_args(TextField), "text"),
    **dict.fromkeys(get_args(NumberField), "number"),
    **dict.fromkeys(get_args(DateField), "date"),
    **dict.fromkeys(get_args(FlagField), "flag"),
    **dict.fromkeys(get_args(IdField), "id"),
}


def _kind(value: Any) -> str | None:
    """Which model a part is of; None for a field that there is not."""
    given = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    if "all" in given or "any" in given:
        return "group"
    name, op = given.get("field"), given.get("op")
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if op == "is_set" and kind is not None:
        return "set"
    if kind == "number" and op == "between":
        return "range"
    return "recent" if kind == "date" and op in ("in_last", "not_in_last") else kind


Node = Annotated[
    Annotated["Group", Tag("group")]
    | Annotated[TextRule, Tag("text")]
    | Annotated[NumberRule, Tag("number")]
    | Annotated[RangeRule, Tag("range")]
    | Annotated[DateRule, Tag("date")]
    | Annotated[RecentRule, Tag("recent")]
    | Annotated[FlagRule, Tag("flag")]
    | Annotated[IdRule, Tag("id")]
    | Annotated[SetRule, Tag("set")],
    Discriminator(
        _kind,
        custom_error_type="rule",
        custom_error_message="is no rule: a known `field` with an `op`, or a group",
    ),
]


class Group(_Part):
    """All of these, or any of them; an empty `all` is everything, an empty `any` nothing."""

    all: list[Node] | None = Field(default=None, max_length=MOST_RULES)
    any: list[Node] | None = Field(default=None, max_length=MOST_RULES)

    @model_validator(mode="after")
    def _one(self) -> "Group":
        if (self.all is None) == (self.any is None):
            raise ValueError("a group has either `all` or `any`")
        return self


class Limit(_Part):
    """The first of these that is reached ends the playlist."""

    count: int | None = Field(default=None, ge=1, le=MOST_TRACKS)
    duration_ms: int | None = Field(default=None, ge=1, le=_BIG)
    size: int | None = Field(default=None, ge=1, le=_BIG, description="Bytes.")


class Rules(Group):
    """What a smart playlist holds: the tracks that these rules let through, sorted and cut off."""

    sort: list[Sort] = Field(default=[], max_length=5, description="`-` before a name: the other way round.")
    limit: Limit = Limit()
    seed: Literal["daily"] | Annotated[int, Field(ge=0, lt=2**31)] = Field(
        default="daily", description="Of `random`: another order every day, or one that stays."
    )

    @model_validator(mode="after")
    def _small(self) -> "Rules":
        if sum(1 for _ in parts(self)) > MOST_RULES:
            raise ValueError(f"{MOST_RULES} rules at most")
        return self


Rule = TextRule | NumberRule | RangeRule | DateRule | RecentRule | FlagRule | IdRule | SetRule
Group.model_rebuild()
Rules.model_rebuild()


def parts(group: Group, depth: int = 1) -> Iterator[Rule]:
    """Every rule. `ValueError` where groups lie too deep in each other."""
    if depth > DEEPEST:
        raise ValueError(f"groups may be {DEEPEST} deep")
    for one in members(group):
        if isinstance(one, Group):
            yield from parts(one, depth + 1)
        else:
            yield one


def _nodes(document: object) -> int:
    """Rules and groups of a raw document, counted no further than needed."""
    waiting, count = [document], 0
    while waiting and count <= MOST_NODES:
        node, count = waiting.pop(), count + 1
        if isinstance(node, Mapping):
            for name in ("all", "any"):
                inner = node.get(name)
                waiting += inner if isinstance(inner, list) else ()
    return count


def members(group: Group) -> list[Group | Rule]:
    found: list[Group | Rule] = list((group.all if group.all is not None else group.any) or [])
    return found


def parsed(document: Mapping[str, Any]) -> Rules:
    """`InvalidInput` with the first thing that is wrong, by its place."""
    if _nodes(document) > MOST_NODES:  # before anything is built of them
        raise InvalidInput(f"Rules: {MOST_RULES} rules at most, and no more groups.", code="bad_rules")
    try:
        return Rules.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part)[:60] for part in first["loc"]) or "rules"
        raise InvalidInput(
            f"{where}: {first['msg'].removeprefix('Value error, ')}", code="bad_rules"
        ) from None
    except RecursionError:
        raise InvalidInput(f"Groups may be {DEEPEST} deep.", code="bad_rules") from None


def plain(rules: Rules) -> dict[str, Any]:
    """As it is stored and shown."""
    return rules.model_dump(mode="json", exclude_none=True)
