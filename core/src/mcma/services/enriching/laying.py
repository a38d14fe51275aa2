"""An answer that was taken is laid over the tags: as field values, which tags, rules and people stand beside.

Nothing is written to tags or files, and tracks that a person took as theirs (`manual`) are left alone.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.answers import Checked, checked_answer
from mcma.domain.layering import LYRICS
from mcma.domain.layerrules import PLUGIN
from mcma.domain.statuses import MANUAL
from mcma.services.enriching import artistlaying
from mcma.services.enriching.differences import differences
from mcma.services.enriching.fieldrows import Kept, Rows, document, put_rows
from mcma.services.enriching.identities import (
    NOTED,
    Noted,
    bare_artists,
    gained,
    give_back,
    hand_over,
    noted_by,
)
from mcma.services.enriching.lyricdifferences import lyric_differences
from mcma.services.enriching.lyriclaying import as_standing, lay_lyrics, standing_lyrics, sung_by
from mcma.services.enriching.mentiondifferences import mention_differences, named_ids
from mcma.services.enriching.samepictures import and_picture, with_same_picture
from mcma.services.enriching.statuses import settle_tracks
from mcma.services.enriching.subjects import Subject, current_album, subjects_of
from mcma.services.enriching.values import Change, KeptCandidate, Laid
from mcma.services.entities.telling import tell_artists
from mcma.services.indexing.afresh import News, tell_afresh
from mcma.store.tables.enriching import enrichment_candidates
from mcma_plugins.values import ItemKind


class Answers:
    """What a candidate says of each track. A track that it does not name, but an earlier answer about the
    same album did (`spoken`), has nothing said of it any more."""

    def __init__(
        self, candidate: KeptCandidate, subjects: Mapping[UUID, Subject], same_picture: Collection[UUID],
        spoken: Collection[UUID],
    ) -> None:  # fmt: skip
        self.candidate, self.origin, self._same_picture = candidate, PLUGIN + candidate.enricher, same_picture
        self.of: dict[UUID, Checked] = {}
        self.subjects: dict[UUID, Subject] = {}
        for asked, fields in candidate.tracks.items():
            if asked in subjects:
                self._add(subjects[asked], checked_answer({**candidate.fields, **fields}))
        for subject in subjects.values():
            if subject.id in spoken:
                self._add(subject, Checked({}, {}))

    def _add(self, subject: Subject, answer: Checked) -> None:
        if subject.id not in self.of:
            self.of[subject.id], self.subjects[subject.id] = answer, subject

    @property
    def open(self) -> list[Subject]:
        """Those that something automatic may change."""
        return [one for one in self.subjects.values() if one.status != MANUAL]

    def rows(self, subject: Subject) -> Rows:
        """What will stand of it."""
        told = {name: Kept(value, self.candidate.id)
                for name, value in self.of[subject.id].values.items() if name != LYRICS}  # fmt: skip
        return and_picture(told, subject.mine, self._same_picture)

    def lyrics(self, subjects: Iterable[Subject]) -> dict[UUID, Any]:
        return {one.id: self.of[one.id].values.get(LYRICS) for one in subjects}

    def changes(self) -> list[Change]:
        return [
            change
            for id_, subject in self.subjects.items()
            for change in differences(subject, self.origin, self.of[id_], _values(self.rows(subject)))
        ]


def _values(rows: Rows) -> dict[str, Any]:
    return {name: kept.value for name, kept in rows.items()}


async def answers_of(connection: AsyncConnection, candidate: KeptCandidate) -> Answers:
    album = await current_album(connection, candidate.item)
    subjects = await subjects_of(connection, list(candidate.tracks), PLUGIN + candidate.enricher, album)
    same = await with_same_picture(connection, candidate, [one.mine for one in subjects.values()])
    sung = await sung_by(connection, [one.id for one in subjects.values()], PLUGIN + candidate.enricher)
    spoken = sung | {one.id for one in subjects.values() if one.mine}
    if album is not None and album != candidate.item.id:
        spoken = await _spoken_of(connection, candidate, subjects.values())
    return Answers(candidate, subjects, same, spoken)


async def _spoken_of(
    connection: AsyncConnection, candidate: KeptCandidate, subjects: Iterable[Subject]
) -> set[UUID]:
    """Of an album that was merged since: what is said of the winner's other tracks stays."""
    answers = {kept.candidate_id for one in subjects for kept in one.mine.values()} - {None}
    columns = enrichment_candidates.c
    query = sa.select(columns.id).where(columns.id.in_(answers), columns.item_id == candidate.item.id)
    own = set(await connection.scalars(query))
    return {one.id for one in subjects if any(kept.candidate_id in own for kept in one.mine.values())}


async def changes_of(connection: AsyncConnection, answers: Answers) -> list[Change]:
    """Of tracks, of what they are sung, of artists that are named by the way. Before anything is written."""
    subjects = answers.subjects.values()
    sung = await lyric_differences(connection, subjects, answers.lyrics(subjects), answers.origin)
    named = await mention_differences(connection, answers.candidate, answers.of.values())
    return [*answers.changes(), *sung, *named]


async def lay(connection: AsyncConnection, candidate: KeptCandidate) -> Laid:
    """For whoever has the catalogue locked. Again is nothing: no row is written, nobody hears of it."""
    if candidate.item.kind is ItemKind.ARTIST:
        return await artistlaying.lay_artist(connection, candidate)
    answers = await answers_of(connection, candidate)
    changes = await changes_of(connection, answers)
    told: dict[UUID, Rows] = {}
    for subject in answers.open:
        rows = answers.rows(subject)
        if rows != subject.mine:
            told[subject.id] = rows
    before: dict[str, Any] = {"tracks": {str(id_): document(answers.subjects[id_].mine) for id_ in told}}
    before["lyrics"] = await _lay_lyrics(connection, answers)
    await put_rows(connection, ItemKind.TRACK, answers.origin, told)
    news, before[NOTED] = await _say_anew(connection, answers, told)
    before["artists"] = await artistlaying.mention(connection, candidate)
    await settle_tracks(connection, list(answers.of))
    return Laid(changes, before, news)


async def _say_anew(
    connection: AsyncConnection, answers: Answers, told: Mapping[UUID, Rows]
) -> tuple[News, Noted]:
    """Artists are first what they were before the answers whose place this one takes."""
    spoken = {answers.subjects[id_]: rows for id_, rows in told.items()}
    former = await noted_by(connection, [one.mine for one in spoken])
    back, left = await give_back(connection, former)
    bare = await bare_artists(connection, list(told), answers.of.values())
    news = await say(connection, answers.origin, spoken)
    await tell_artists(connection, back)
    said = set(named_ids(answers.of.values()).values())
    mine = {id_: note for id_, note in left.items() if note["now"]["mbid"] in said}
    await hand_over(connection, {id_: note for id_, note in left.items() if id_ not in mine})
    return news, {**mine, **await gained(connection, bare)}


async def _lay_lyrics(connection: AsyncConnection, answers: Answers) -> dict[str, Any]:
    said = answers.lyrics(answers.open)
    standing = await standing_lyrics(connection, list(said), answers.origin)
    other = {
        id_: value for id_, value in said.items()
        if (standing[str(id_)] or [None])[0] != as_standing(value, answers.origin)
    }  # fmt: skip
    if not other:
        return {}
    return dict(await lay_lyrics(connection, other, answers.origin, answers.candidate.id))


async def say(connection: AsyncConnection, origin: str, told: Mapping[Subject, Rows]) -> News:
    """Tells those tracks afresh of which something else counts now."""
    places: dict[UUID, list[UUID]] = {}
    for subject, rows in told.items():
        if subject.with_(origin, _values(rows)) != subject.now:
            places.setdefault(subject.library_id, []).append(subject.id)
    news: list[tuple[str, object]] = []
    for library, ids in sorted(places.items()):
        news += await tell_afresh(connection, library, ids)
    return news
