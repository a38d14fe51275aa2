"""What would be another value, and what stays although an enricher says something else. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from mcma.domain.answers import Checked
from mcma.domain.layering import LYRICS, Layered, agrees
from mcma.domain.layerrules import DEFAULTS, PERSON
from mcma.domain.statuses import MANUAL
from mcma.services.enriching.subjects import Subject
from mcma.services.enriching.values import Change
from mcma_plugins.values import ItemKind, ItemRef

PERSONS, RULE, OTHER = "person", "rule", "enricher"
"""Why a value stays: a person said it, the rule of the field, another enricher counts more. Besides them
`manual`: a person took the whole track; and `wrong: ...` for what cannot be a value."""


def differences(
    subject: Subject, origin: str, answer: Checked, says: Mapping[str, Any] | None = None
) -> Iterator[Change]:
    """Of laying `answer` over the tags of a track (`says`: with what else stays of this origin)."""
    item = ItemRef(ItemKind.TRACK, subject.id)
    said = answer.values if says is None else says
    now, then = subject.now, subject.with_(origin, said)
    for name in DEFAULTS:
        if name in answer.wrong:
            yield Change(item, name, now.value(name), now.origin(name), None, True, _wrong(answer, name))
        elif name == LYRICS:
            continue
        elif name in said or name in subject.mine:
            found = _difference(item, subject, (now, then), name, answer.values.get(name))
            if found is not None:
                yield found
    for name in sorted(answer.wrong.keys() - DEFAULTS.keys()):
        yield Change(item, name, None, "tag", None, True, _wrong(answer, name))


def _wrong(answer: Checked, name: str) -> str:
    return f"wrong: {answer.wrong[name]}"


def _difference(
    item: ItemRef, subject: Subject, states: tuple[Layered, Layered], name: str, value: Any
) -> Change | None:
    now, then = states
    before, after = now.value(name), then.value(name)
    if before != after:
        kept = subject.status == MANUAL
        return Change(item, name, before, now.origin(name), after, kept, MANUAL if kept else None)
    if value is None or agrees(then, name, value):
        return None
    return Change(item, name, before, now.origin(name), value, True, why_kept(then.origin(name)))


def why_kept(origin: str) -> str:
    if origin == PERSON:
        return PERSONS
    return OTHER if origin.startswith("plugin:") else RULE
