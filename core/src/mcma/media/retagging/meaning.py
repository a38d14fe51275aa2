"""What a file would say of itself after fields were written. Pure."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from mcma.domain.facts import AudioFacts, TagFacts
from mcma.domain.tagfields import BESIDE, texts_of
from mcma.media._fields import tag_facts
from mcma.media._raw import Raw

NOTHING: Final = AudioFacts("", "", 0, 0, 0, None, 0, False)
NOT_FACTS: Final = frozenset({"artwork", "lyrics", "from_name"})


def as_written(wanted: TagFacts, there: TagFacts, fields: Collection[str]) -> TagFacts:
    """`there` with these fields as they would be read after they were written."""
    said = tag_facts(Raw(audio=NOTHING, regions=[], tags=texts_of(wanted, there, fields)), ())
    names = [name for field in fields for name in (field, *BESIDE.get(field, ())) if name not in NOT_FACTS]
    written = replace(there, **{name: getattr(said, name) for name in names})
    return replace(written, from_name=tuple(name for name in there.from_name if name not in names))


def unguessed(tags: TagFacts) -> TagFacts:
    """Without what the file's name alone says."""
    nothing = TagFacts()
    return replace(tags, **{name: getattr(nothing, name) for name in tags.from_name}, from_name=())


def changed(before: TagFacts, after: TagFacts, fields: Collection[str]) -> list[str]:
    """Those of the fields that are not the same."""
    return [
        field for field in sorted(fields)
        if any(getattr(before, name) != getattr(after, name)
               for name in (field, *BESIDE.get(field, ())) if name not in NOT_FACTS)
    ]  # fmt: skip
