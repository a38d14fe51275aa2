"""What would change, as people read it: what is the same for several tracks once, the rest track by track."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcma.domain.words import counted

Json = Mapping[str, Any]
MOST = 60
"""Lines of one answer."""
_WRONG = "wrong: "
"""Of a value that cannot be one."""
_LAST = ("_mbid", "acoustid", "isrcs", "label_info", "artwork")


def change_lines(changes: Sequence[Json]) -> list[str]:
    """Each change has `id` and `title` of its item, `field`, `before`, `after`, `kept` and `reason`."""
    found = list(_all_lines(changes))
    more = len(found) - MOST
    return [*found[:MOST], f"... {counted(more, 'more line')}; --json has all"] if more > 0 else found


def value_words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value_words(one) for one in value)
    if isinstance(value, dict):
        said = value.get("name") or value.get("plain") or ("lyrics" if value else "nothing")
        did = (None if value.get("role") == "artist" else value.get("role"), value.get("detail"))
        role = ", ".join(filter(None, did))
        return f"{said} ({role})" if role else str(said)
    return "nothing" if value is None else str(value)


def _all_lines(changes: Sequence[Json]) -> Iterator[str]:
    of: dict[str, list[Json]] = {}
    for one in changes:
        of.setdefault(_same(one), []).append(one)
    shared = [alike[0] for alike in of.values() if len(alike) > 1]
    counts = {_same(one): len(of[_same(one)]) for one in shared}
    for count in sorted(set(counts.values()), reverse=True):
        yield counted(count, "track")
        yield from _lines(one for one in shared if counts[_same(one)] == count)
    yield from _single([alike[0] for alike in of.values() if len(alike) == 1])


def _single(changes: Sequence[Json]) -> Iterator[str]:
    items: dict[str, list[Json]] = {}
    for one in changes:
        items.setdefault(str(one["id"]), []).append(one)
    for id_, mine in items.items():
        yield mine[0].get("title") or id_
        yield from _lines(mine)


def _lines(changes: Iterator[Json] | Sequence[Json]) -> Iterator[str]:
    for one in sorted(changes, key=lambda one: str(one["field"]).endswith(_LAST)):
        reason = str(one["reason"])
        if reason.startswith(_WRONG):
            yield f"  {one['field']}: left out, {reason.removeprefix(_WRONG)}"
            continue
        kept = f" (stays: {reason})" if one["kept"] else ""
        before, after = _told_apart(one["before"], one["after"])
        yield f"  {one['field']}: {before} -> {after}{kept}"


def _told_apart(before: Any, after: Any) -> tuple[str, str]:
    """With everything, where the short words of both are the same: the ids of artists, times of lyrics."""
    short = value_words(before).partition("\n")[0], value_words(after).partition("\n")[0]
    return short if short[0] != short[1] else (short[0], f"{short[1]}, {_beside(before, after)}")


def _beside(before: Any, after: Any) -> str:
    names = {name for one in _parts(after) for name, value in one.items() if value not in _told(before, name)}
    return "with another " + " and ".join(sorted(names)) if names else "told another way"


def _told(value: Any, name: str) -> list[Any]:
    return [one.get(name) for one in _parts(value)]


def _parts(value: Any) -> list[dict[str, Any]]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _same(change: Json) -> str:
    return json.dumps([change[name] for name in ("field", "before", "after", "kept", "reason")])
