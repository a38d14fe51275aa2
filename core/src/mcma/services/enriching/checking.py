"""What enrichers answer with, checked: what does not fit is left out, and said."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from mcma.domain.addresses import checked_url
from mcma.domain.errors import InvalidInput
from mcma.services.enriching.known import Known
from mcma.services.outside.checking import complaint_of
from mcma_plugins.enrichers import Candidate, Reason
from mcma_plugins.texts import fit, one_line
from mcma_plugins.values import ItemKind

MOST_CANDIDATES = 20
MOST_TRACKS = 500
MOST_REASONS = 50
MOST_FIELDS = 50
MOST_ARTISTS = 200
LONGEST_REF = 200
LONGEST_LINE = 500
LONGEST_TEXT = 200_000
"""Characters of one text of a value: lyrics are the longest."""
LARGEST = 1024 * 1024
"""Bytes of JSON of one answer, all candidates together."""
DEEPEST = 8


class Checked(NamedTuple):
    candidates: list[Candidate]
    """The best first."""
    complaint: str | None


class Unfit(Exception):
    """A candidate cannot be used at all."""


def checked_answer(answer: object, known: Known) -> Checked:
    """Raises `TypeError` for what is no sequence at all."""
    if not isinstance(answer, Sequence) or isinstance(answer, str | bytes):
        raise TypeError(f"the answer must be a sequence of Candidate, not {type(answer).__name__}")
    wrong: Counter[str] = Counter()
    found: dict[str, Candidate] = {}
    room = LARGEST
    for one in islice(answer, MOST_CANDIDATES):
        try:
            made, size = _candidate(one, known, wrong)
            room = _take(room, size)
            if made.ref in found:
                raise Unfit("with a ref that another has")
            found[made.ref] = made
        except Unfit as unfit:
            wrong[str(unfit)] += 1
    if len(answer) > MOST_CANDIDATES:
        wrong[f"candidates beyond {MOST_CANDIDATES}"] += len(answer) - MOST_CANDIDATES
    return Checked(sorted(found.values(), key=lambda one: -one.score), complaint_of(wrong))


def _take(room: int, size: int) -> int:
    if size > room:
        raise Unfit("beyond 1 MiB of values")
    return room - size


def _candidate(one: object, known: Known, wrong: Counter[str]) -> tuple[Candidate, int]:
    if not isinstance(one, Candidate):
        raise Unfit("no Candidate")
    ref, title = _line(one.ref, LONGEST_REF), _line(one.title, LONGEST_LINE)
    if not ref or ref != one.ref:
        raise Unfit("without a ref of 1 to 200 characters")
    if not title:
        raise Unfit("without a title")
    fields = _fields(one.fields)
    tracks = _tracks(one.tracks, known)
    artists = _artists(one.artists)
    size = len(orjson.dumps([fields, {str(id_): each for id_, each in tracks.items()}, artists]))
    made = Candidate(
        ref=ref, title=title, score=_score(one.score), reasons=_reasons(one.reasons, wrong), fields=fields,
        tracks=tracks, artists=artists, picture=_maybe(one.picture, "picture", wrong),
        link=_link(one.link, wrong),
    )  # fmt: skip
    return made, size


def _line(value: object, most: int) -> str:
    return one_line(value[: 2 * most], most) if isinstance(value, str) else ""


def _score(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise Unfit("with a score that is no number")
    if not 0 <= value <= 1:
        raise Unfit("with a score that is not between 0 and 1")
    return float(value)


def _reasons(value: object, wrong: Counter[str]) -> tuple[Reason, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        wrong["reasons"] += 1
        return ()
    made = [one for reason in islice(value, MOST_REASONS) if (one := _reason(reason)) is not None]
    if len(made) < len(value):
        wrong["reason"] += len(value) - len(made)
    return tuple(made)


def _reason(value: object) -> Reason | None:
    if not isinstance(value, tuple | list) or len(value) != 3:
        return None
    field, score, note = value
    try:
        number = None if score is None else _score(score)
    except Unfit:
        return None
    name, words = _line(field, 50), _line(note, LONGEST_LINE)
    return Reason(name, number, words) if name else None


def _fields(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping) or len(value) > MOST_FIELDS:
        raise Unfit("with fields that are no mapping of names")
    if not all(isinstance(name, str) and 0 < len(name) <= 50 for name in value):
        raise Unfit("with fields that are no mapping of names")
    return {fit(name): _json(one) for name, one in value.items()}


def _tracks(value: object, known: Known) -> dict[Any, dict[str, Any]]:
    if not isinstance(value, Mapping) or len(value) > MOST_TRACKS:
        raise Unfit(f"with tracks that are no mapping of at most {MOST_TRACKS}")
    if not value.keys() <= known.track_ids:
        raise Unfit("with tracks that were not asked about")
    if known.item.kind is not ItemKind.ARTIST and not value:
        raise Unfit("without a track")
    return {id_: _fields(fields) for id_, fields in value.items()}


def _artists(value: object) -> dict[str, dict[str, Any]]:
    if not isinstance(value, Mapping) or len(value) > MOST_ARTISTS:
        raise Unfit(f"with artists that are no mapping of at most {MOST_ARTISTS}")
    return {_mbid(mbid): _fields(fields) for mbid, fields in value.items()}


def _mbid(value: object) -> str:
    try:
        return str(UUID(str(value)))
    except ValueError:
        raise Unfit("with an artist whose key is no MusicBrainz id") from None


def _maybe(value: object, name: str, wrong: Counter[str]) -> str | None:
    if value is None:
        return None
    clean = _line(value, LONGEST_LINE)
    if not clean or clean != value:
        wrong[name] += 1
        return None
    return clean


def _link(value: object, wrong: Counter[str]) -> str | None:
    try:
        if isinstance(value, str) and value.startswith("https://"):
            return checked_url(value, "It")
    except InvalidInput:
        pass
    if value is not None:
        wrong["link"] += 1
    return None


def _json(value: object, depth: int = 0) -> Any:
    """As both databases keep it. Raises `Unfit`."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return _number(value)
    if depth >= DEEPEST:
        raise Unfit("with a value that is too deep")
    if isinstance(value, Mapping):
        return dict(_pairs(value, depth))
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_json(one, depth + 1) for one in value]
    raise Unfit("with a value that is no JSON")


def _pairs(value: Mapping[Any, Any], depth: int) -> Iterator[tuple[str, Any]]:
    for name, one in value.items():
        if not isinstance(name, str):
            raise Unfit("with a value that is no JSON")
        yield fit(name), _json(one, depth + 1)


def _text(value: str) -> str:
    if len(value) > LONGEST_TEXT:
        raise Unfit("with a text that is too long")
    return fit(value)


def _number(value: float) -> float:
    if not abs(value) < 2**53:  # whole numbers of any length, infinities, and what is no number
        raise Unfit("with a number that is too large")
    return value
