"""What sources answer with, checked: what does not fit is left out, and said."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from mcma.domain.addresses import checked_url
from mcma.domain.errors import InvalidInput
from mcma.services.outside.ids import is_id
from mcma_plugins.sources import OutsideAudio, SourceHealth, SourceItem, SourceKind
from mcma_plugins.texts import one_line

T = TypeVar("T")
LONGEST_TEXT = 500
LONGEST_WORD = 50
MOST_ARTISTS = 50
MOST_EXTRAS = 20
LONGEST_MS = 7 * 86_400_000
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")


class Checked(NamedTuple):
    items: tuple[SourceItem, ...]
    complaint: str | None
    """What was left out, for the author of the plugin."""


class Unfit(Exception):
    """A thing cannot be shown at all."""


def checked_items(
    answer: object, kinds: Collection[SourceKind], most: int, *, repeats: bool = False
) -> Checked:
    """The first `most` that fit, each id once unless it `repeats`. Raises `TypeError` for what is no sequence
    at all."""
    if not isinstance(answer, Sequence) or isinstance(answer, str | bytes):
        raise TypeError(f"the answer must be a sequence of SourceItem, not {type(answer).__name__}")
    found: dict[tuple[object, ...], SourceItem] = {}
    wrong: Counter[str] = Counter()
    for place, one in enumerate(islice(answer, most)):
        try:
            item = checked_item(one, kinds, wrong)
            found.setdefault((item.kind, item.source_id, place if repeats else None), item)
        except Unfit as unfit:
            wrong[str(unfit)] += 1
    if len(answer) > most:
        wrong[f"things beyond the {most} that were asked for"] += len(answer) - most
    return Checked(tuple(found.values()), complaint_of(wrong))


def complaint_of(wrong: Mapping[str, int]) -> str | None:
    return "left out: " + ", ".join(f"{count} × {what}" for what, count in wrong.items()) if wrong else None


def checked_item(one: object, kinds: Collection[SourceKind], wrong: Counter[str]) -> SourceItem:
    """Raises `Unfit`. A field that may be missing and does not fit is missing, and counted in `wrong`."""
    if not isinstance(one, SourceItem):
        raise Unfit("no SourceItem")
    kind: object = one.kind
    if not isinstance(kind, SourceKind) or kind not in kinds:
        raise Unfit("of a kind that was not asked for")
    if not is_id(one.source_id):
        raise Unfit("source_id of a wrong form")
    fields = _Fields(one, wrong)
    if not (title := fields.get("title", _text)):
        raise Unfit("without a title")
    return SourceItem(
        kind=kind,
        source_id=one.source_id,
        title=title,
        artists=fields.get("artists", _artists) or (),
        album=fields.get("album", _text) or None,
        album_id=fields.get("album_id", _id),
        track_number=fields.get("track_number", partial(_number, 1, 9_999)),
        disc_number=fields.get("disc_number", partial(_number, 1, 999)),
        year=fields.get("year", partial(_number, 1, 9_999)),
        duration_ms=fields.get("duration_ms", partial(_number, 1, LONGEST_MS)),
        track_count=fields.get("track_count", partial(_number, 0, 1_000_000)),
        isrc=fields.get("isrc", _isrc),
        recording_mbid=fields.get("recording_mbid", _mbid),
        audio=fields.get("audio", _audio),
        artwork_url=fields.get("artwork_url", _url),
        url=fields.get("url", _url),
        fetchable=one.fetchable is True,
        extra=fields.get("extra", _extra) or {},
    )


class _Fields(NamedTuple):
    item: SourceItem
    wrong: Counter[str]

    def get(self, name: str, read: Callable[[Any], T]) -> T | None:
        """`read` raises `ValueError` for what does not fit."""
        value = getattr(self.item, name)
        if value is None:
            return None
        try:
            return read(value)
        except ValueError:
            self.wrong[name] += 1
            return None


def _text(value: Any) -> str:
    """Of one line. Whatever is behind a thousand characters is not worth cleaning."""
    if not isinstance(value, str):
        raise ValueError
    return one_line(value[: 2 * LONGEST_TEXT], LONGEST_TEXT)


def _artists(value: Any) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) > MOST_ARTISTS:
        raise ValueError
    return tuple(dict.fromkeys(name for name in map(_text, value) if name))


def _id(value: Any) -> str:
    if not is_id(value):
        raise ValueError
    return str(value)


def _number(least: int, most: int, value: Any) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError
    return value


def _isrc(value: Any) -> str:
    code = _text(value).replace("-", "").upper()
    if not _ISRC.fullmatch(code):
        raise ValueError
    return code


def _mbid(value: Any) -> str:
    return str(UUID(_text(value)))


def _url(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    try:
        return checked_url(value, "It")
    except InvalidInput as wrong:
        raise ValueError from wrong


def _audio(value: Any) -> OutsideAudio:
    if not isinstance(value, OutsideAudio):
        raise ValueError
    codec = None if value.codec is None else _text(value.codec)[:LONGEST_WORD].lower()
    rate = None if value.bit_rate_kbps is None else _number(1, 100_000, value.bit_rate_kbps)
    return OutsideAudio(codec or None, rate, value.lossless is True)


def _extra(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or len(value) > MOST_EXTRAS:
        raise ValueError
    return {_text(name)[:LONGEST_WORD]: _text(text) for name, text in value.items()}


def _pairs(details: Mapping[Any, Any]) -> Iterable[tuple[Any, Any]]:
    return details.items()


def checked_health(answer: object) -> SourceHealth:
    """Raises `TypeError` when it is none; details that do not fit are left out."""
    if not isinstance(answer, SourceHealth) or not isinstance(answer.details, Mapping):
        raise TypeError("health must answer with a SourceHealth")
    state: object = answer.state
    reason: object = answer.reason
    word = _text(state)[:LONGEST_WORD] if isinstance(state, str) else ""
    details = {
        _text(name)[:LONGEST_WORD]: _text(value) if isinstance(value, str) else value
        for name, value in islice(_pairs(answer.details), MOST_EXTRAS)
        if isinstance(name, str) and (value is None or isinstance(value, str | int))
    }
    return SourceHealth(
        answer.ok is True, word or "broken", _text(reason) if isinstance(reason, str) else None, details
    )
