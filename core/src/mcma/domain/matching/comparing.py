"""Whether two say one recording, and how surely."""

from functools import lru_cache
from typing import NamedTuple

from mcma.domain.matching import albums, lengths, names, numbers, titlescores, versionscores
from mcma.domain.matching.names import Names, key_of, names_of
from mcma.domain.matching.titles import Title, less, splits_of, title_of
from mcma.domain.matching.values import Compared, Facts, FieldReason, Limits, Version
from mcma.domain.matching.versions import LOUD

_WEIGHTS = {"title": 0.40, "artist": 0.30, "duration": 0.20, "album": 0.10}
_COMMON = frozenset(
    ("intro", "introduction", "outro", "interlude", "untitled", "prelude", "overture", "finale", "theme",
     "main", "title", "skit", "hidden", "track", "1", "2", "3", "opening", "ending", "epilogue",
     "prologue", "credits", "end", "bonus", "no", "name", "instrumental", "jam", "reprise", "home",
     "intermission", "coda", "イントロ", "アウトロ", "序", "前奏")
)  # fmt: skip
_ENOUGH = 0.8


class Side(NamedTuple):
    facts: Facts
    title: Title
    names: Names
    by_title: bool = False
    """Whether the artist is read out of the title."""


@lru_cache(16384)
def side_of(facts: Facts) -> Side:
    artists = names_of(facts.artists)
    for split in splits_of(facts.title):
        if artists.mains and key_of(names.channel_of(split.artist)) in artists.everybody:
            return _side(facts, split.title, artists)
    return _side(facts, facts.title, artists)


def _side(facts: Facts, text: str, artists: Names, by_title: bool = False) -> Side:
    title = title_of(text)
    return Side(facts, title, artists.with_guests(title.guests), by_title)


def compare(said: Facts, found: Facts) -> Compared:
    """Never raises, whatever the texts are, and says the same either way round.

    Facts that are equal get 1.0 unless they are too poor to say one recording: no artist, or a title that
    many have ("Intro") without an album or a duration.
    """
    if said.recording_mbid and found.recording_mbid and _same_id(said.recording_mbid, found.recording_mbid):
        return Compared(1.0, (FieldReason("recording", 1.0, "the same recording by its MusicBrainz id"),))
    one, other, alike = _parted(*_seen(side_of(said), side_of(found)))
    limits = Limits()
    fields = _fields(one, other, alike, limits)
    version = _versions(one, other, fields, limits)
    _ids(said, found, limits)
    _common(one, other, fields, limits)
    mean = _mean(fields)
    if said.isrc and found.isrc and _same_id(said.isrc, found.isrc) and limits.most >= _ENOUGH:
        return Compared(
            0.99, (FieldReason("isrc", 1.0, "the same recording by its ISRC"), *fields, *limits.reasons)
        )
    same_song = version is Version.OTHER and _agree(fields)
    reasons = (*fields, *limits.reasons)
    return Compared(round(min(mean, limits.most), 4), reasons, Version.OTHER if same_song else Version.SAME)


def _mean(fields: list[FieldReason]) -> float:
    total = weight = 0.0
    for field, score, _ in fields:
        if score is not None:
            total += _WEIGHTS[field] * score
            weight += _WEIGHTS[field]
    return total / weight if weight else 0.0


def _same_id(one: str, other: str) -> bool:
    return one.replace("-", "").lower() == other.replace("-", "").lower()


def _agree(fields: list[FieldReason]) -> bool:
    return all(
        one.score is not None and one.score >= 0.7 for one in fields if one.field in ("title", "artist")
    )


def _seen(one: Side, other: Side) -> tuple[Side, Side]:
    """With the artist read out of a title where the other side has that artist."""
    if one.title.key == other.title.key and one.names.everybody & other.names.everybody:
        return one, other
    return _told(one, other), _told(other, one)


def _told(one: Side, by: Side) -> Side:
    known = by.names.everybody
    if not known or (one.names.mains | one.names.wholes) & known:
        return one
    for split in splits_of(one.facts.title):
        artists = names_of((split.artist,))
        if artists.everybody & known or any(
            names.alike(mine, theirs) for mine in artists.mains for theirs in known
        ):
            return _side(
                one.facts, split.title, artists._replace(loud=one.names.loud | artists.loud), by_title=True
            )
    return one


def _parted(one: Side, other: Side) -> tuple[Side, Side, titlescores.Alike]:
    """Without words of versions that stand in no brackets, and in one of the titles alone."""
    alike = titlescores.against(one.title, other.title)
    mine, theirs = _without(one, alike.mine), _without(other, alike.theirs)
    if mine is one and theirs is other:
        return one, other, alike
    return mine, theirs, titlescores.against(mine.title, theirs.title)


def _without(one: Side, words: tuple[str, ...]) -> Side:
    parted = less(one.title, words) if words else one.title
    return one if parted is one.title else one._replace(title=parted)


def _fields(one: Side, other: Side, alike: titlescores.Alike, limits: Limits) -> list[FieldReason]:
    artist, most_artist = names.against(one.names, other.names)
    if (one.by_title or other.by_title) and artist.score is not None and artist.score > 0.95:
        artist = FieldReason("artist", 0.95, "the artist is named in the title")
    duration, most_duration = lengths.against(one.facts.duration_ms, other.facts.duration_ms)
    title = FieldReason("title", alike.score, alike.note)
    album = albums.against(one.facts.album, other.facts.album)
    limits.most = min(limits.most, most_artist, most_duration, _most_title(alike.score, duration.score))
    most, note = numbers.against(one.title.numbers, other.title.numbers)
    if note:
        limits.note("number", most, note, most)
    return [title, artist, duration, album]


def _most_title(score: float | None, duration: float | None) -> float:
    if score is None:
        return 0.78
    if score >= 0.95 or (score >= 0.9 and duration == 1.0):
        return 1.0
    return min(0.89, score + 0.03) if score >= 0.7 else score * 0.9


def _versions(one: Side, other: Side, fields: list[FieldReason], limits: Limits) -> Version:
    _, _, duration, album = fields
    around = versionscores.Around(album.score, duration.score)
    return versionscores.against(_told_version(one), _told_version(other), around, limits)


def _told_version(one: Side) -> versionscores.Told:
    hints = albums.tells(one.facts.album) if one.facts.album else frozenset()
    loud = (hints & LOUD) | one.names.loud
    families = one.title.families
    if loud - families.keys():
        families = {name: frozenset[str]() for name in loud} | families
    return versionscores.Told(families, hints)


def _ids(said: Facts, found: Facts, limits: Limits) -> None:
    if said.recording_mbid and found.recording_mbid:
        limits.note("recording", 0.5, "another recording by its MusicBrainz id", 0.85)


def _common(one: Side, other: Side, fields: list[FieldReason], limits: Limits) -> None:
    if not (_COMMON.issuperset(one.title.words) and _COMMON.issuperset(other.title.words)):
        return
    _, _, duration, album = fields
    if album.score is not None and album.score < 0.5:
        limits.note("album", album.score, "many have this title, and the album is another", 0.8)
    elif (album.score is None or album.score < _ENOUGH) and (
        duration.score is None or duration.score < _ENOUGH
    ):
        limits.note("title", None, "many have this title, and nothing else tells which", 0.85)
