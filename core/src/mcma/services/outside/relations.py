"""How a thing of a source and what is here are to each other."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from mcma.domain.folding import fold
from mcma.domain.matching import Band, Bands, Compared, Facts, Version, compare
from mcma.services.outside.folded_keys import artist_keys_of, titles_of
from mcma_plugins.sources import OutsideAudio, SourceItem

SURE = 0.97
"""No other track is looked at then: the likeliest are compared first."""


class Relation(StrEnum):
    OWNED = "owned"
    OWNED_BETTER = "owned_better"
    """Here, and in better quality than the source would give."""
    PARTLY = "partly"
    """Of an album: some of its tracks are here."""
    OTHER_VERSION = "other_version"
    DOWNLOADING = "downloading"
    """Asked for, or on its way."""
    NEW = "new"


class Found(NamedTuple):
    source: str
    item: SourceItem


class Known(NamedTuple):
    relation: Relation
    track_id: UUID | None = None
    """owned, owned_better, other_version: that track. new: the one that it may be, which is not sure."""
    album_id: UUID | None = None
    artist_id: UUID | None = None
    score: float | None = None
    """How surely it is that track, 0 to 1."""
    songs: int | None = None
    """How many tracks of an album are here."""


NEW = Known(Relation.NEW)


class Here(NamedTuple):
    """A track of the library, as it is compared."""

    id: UUID
    sort_key: str
    facts: Facts
    lossless: bool
    codec: str
    bit_rate_kbps: int


def best_of(item: SourceItem, candidates: Sequence[Here], bands: Bands) -> Known | None:
    said = Facts(
        item.title, tuple(item.artists), item.album, item.duration_ms, item.isrc, item.recording_mbid
    )
    best: tuple[Compared, Here] | None = None
    other: tuple[Compared, Here] | None = None
    for one in candidates:
        compared = compare(said, one.facts)
        if compared.version is Version.OTHER:
            other = max(other or (compared, one), (compared, one), key=_score)
        else:
            best = max(best or (compared, one), (compared, one), key=_score)
            if compared.score >= SURE:
                break
    if best is not None and bands.verdict(best[0].score) is Band.AUTOMATIC:
        return owned(best[1], item.audio, best[0].score)
    if other is not None:
        return Known(Relation.OTHER_VERSION, track_id=other[1].id, score=other[0].score)
    if best is not None and bands.verdict(best[0].score) is Band.REVIEW:
        return Known(Relation.NEW, track_id=best[1].id, score=best[0].score)
    return None


def _score(pair: tuple[Compared, Here]) -> float:
    return pair[0].score


def owned(track: Here, audio: OutsideAudio | None, score: float) -> Known:
    better = audio is not None and _gives_less(audio, track)
    return Known(Relation.OWNED_BETTER if better else Relation.OWNED, track_id=track.id, score=score)


def _gives_less(audio: OutsideAudio, track: Here) -> bool:
    """Rates of different codecs cannot be compared."""
    if audio.lossless or audio.codec is None:
        return False
    if track.lossless:
        return True
    rate = audio.bit_rate_kbps
    return rate is not None and audio.codec == track.codec.lower() and track.bit_rate_kbps > rate


def of_album(item: SourceItem, held: Mapping[str, Sequence[Any]]) -> Known:
    """Whole titles that are the same first; one that goes on is another edition of it."""
    whole, artists = fold(item.title), artist_keys_of(item)
    alike = [row for title in titles_of(item) for row in held.get(title, ())]
    rows = {row[0]: row for row in alike if row.artist_key in artists}
    best = min(
        rows.values(), key=lambda row: (row.sort_key != whole, len(row.sort_key), row[0]), default=None
    )
    if best is None:
        return NEW
    songs, full = best.song_count, item.track_count
    if fold(best.title) != whole:
        return Known(Relation.OTHER_VERSION, album_id=best[0], songs=songs)
    relation = Relation.PARTLY if full is not None and songs < full else Relation.OWNED
    return Known(relation, album_id=best[0], songs=songs)
