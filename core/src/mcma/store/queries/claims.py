"""What claims are compared with, and the claims that wait."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.claiming import Candidate
from mcma.store.access import library_ids
from mcma.store.dialect import search_any, search_candidates
from mcma.store.queries.prepared import Prepared
from mcma.store.queries.rows import quick
from mcma.store.tables.catalogue import albums, external_ids, libraries, source_refs, track_files, tracks
from mcma.store.tables.listening import claims
from mcma.store.tables.machinery import search_tracks
from mcma.store.tables.matching import match_decisions
from mcma.store.tables.people import library_access, users
from mcma_plugins.values import Caller

PERSON = "person"
"""How a claim was matched that nothing automatic touches any more."""
_PRESENT = (tracks.c.deleted_at.is_(None), tracks.c.missing_since.is_(None))
_CANDIDATE = (
    quick(tracks.c.id), tracks.c.title, tracks.c.artist, tracks.c.details, albums.c.title.label("album"),
    tracks.c.duration_ms, quick(tracks.c.recording_id),
)  # fmt: skip
MOST_CANDIDATES = 20_000
"""Tracks that one query for some hundred names may find."""
SOME_WAIT = Prepared(sa.select(sa.exists().where(claims.c.track_id.is_(None))))
"""Whether there is a claim without a track at all."""


def _candidates(caller: Caller) -> sa.Select[Any]:
    source = tracks.outerjoin(albums, albums.c.id == tracks.c.album_id)
    seen = tracks.c.library_id.in_(library_ids(caller))
    return sa.select(*_CANDIDATE).select_from(source).where(*_PRESENT, seen).limit(MOST_CANDIDATES)


def called(titles: Sequence[str], caller: Caller) -> sa.Select[Any]:
    """Tracks with one of these folded titles."""
    return _candidates(caller).where(tracks.c.sort_key.in_(titles))


def of_ids(ids: Sequence[UUID], caller: Caller) -> sa.Select[Any]:
    """With the MusicBrainz id of the recording as the last column."""
    return _candidates(caller).add_columns(tracks.c.recording_mbid).where(tracks.c.id.in_(ids))


def worded(
    dialect: str, groups: Sequence[Sequence[str]], caller: Caller, most: int
) -> tuple[sa.Select[Any], dict[str, str]]:
    """(item_id, words) of tracks that have all words of one of the groups, with the parameters."""
    found = search_candidates(dialect, search_tracks, library_ids(caller)).limit(most)
    return found, {"query": search_any(dialect, groups)}


def candidate(row: Sequence[Any]) -> Candidate:
    """Of the columns of all these queries."""
    id_, title, artist, details, album, duration, recording = row
    names = tuple(credit[1] for credit in (details or {}).get("artists") or ())
    return Candidate(id_, title, artist, names, album, duration, recording)


def recorded(mbids: Sequence[UUID], caller: Caller) -> sa.Select[Any]:
    return _candidates(caller).add_columns(tracks.c.recording_mbid).where(tracks.c.recording_mbid.in_(mbids))


def coded(isrcs: Sequence[str], caller: Caller) -> sa.Select[Any]:
    """With the code as the last column."""
    chosen = _candidates(caller).add_columns(external_ids.c.value)
    return chosen.join(external_ids, external_ids.c.item_id == tracks.c.id).where(
        external_ids.c.scheme == "isrc", external_ids.c.value.in_(isrcs)
    )


def fetched(links: Sequence[tuple[str, str]]) -> sa.Select[Any]:
    """(source, id, track) of what has come from these sources."""
    columns = (source_refs.c.source, source_refs.c.source_id, quick(source_refs.c.track_id))
    where = sa.tuple_(source_refs.c.source, source_refs.c.source_id)
    known = [(source, id_.encode()) for source, id_ in links]
    return sa.select(*columns).where(source_refs.c.instance == "", where.in_(known))


def roots(caller: Caller) -> sa.Select[Any]:
    """(id, root) of the folders the caller may see."""
    columns = (quick(libraries.c.id), libraries.c.root)
    return sa.select(*columns).where(libraries.c.id.in_(library_ids(caller)), libraries.c.root.is_not(None))


def _files(caller: Caller) -> sa.Select[Any]:
    """(track, library, folder, name) of files that are there."""
    columns = (quick(tracks.c.id), quick(track_files.c.library_id), track_files.c.folder, track_files.c.name)
    there = (track_files.c.deleted_at.is_(None), track_files.c.missing_since.is_(None))
    chosen = sa.select(*columns).join(tracks, tracks.c.id == track_files.c.track_id)
    return chosen.where(*there, *_PRESENT, track_files.c.library_id.in_(library_ids(caller)))


def placed(places: Sequence[tuple[UUID, bytes, bytes]], caller: Caller) -> sa.Select[Any]:
    """Files at one of these (library, folder, name)."""
    where = sa.tuple_(track_files.c.library_id, track_files.c.folder, track_files.c.name)
    return _files(caller).where(where.in_(places))


def folders(library: UUID) -> sa.Select[Any]:
    return sa.select(track_files.c.folder).where(track_files.c.library_id == library).distinct()


def in_folders(library: UUID, wanted: Sequence[bytes], caller: Caller) -> sa.Select[Any]:
    return _files(caller).where(track_files.c.library_id == library, track_files.c.folder.in_(wanted))


def claimed_by(user: UUID, keys: Iterable[str]) -> sa.Select[Any]:
    """Claims of a user with one of these keys, the first first."""
    mine = claims.c.created_by == user, claims.c.norm_key.in_(list(keys))
    return sa.select(claims).where(*mine).order_by(claims.c.id).limit(MOST_CANDIDATES)


def waiting(
    keys: Iterable[str], isrcs: Iterable[str], mbids: Iterable[UUID], library: UUID
) -> sa.Select[Any]:
    """Claims that one of these may settle, of people who may see the library, with who they are of."""
    may = sa.exists().where(library_access.c.user_id == users.c.id, library_access.c.library_id == library)
    known = sa.or_(
        claims.c.norm_key.in_(list(keys)),
        claims.c.isrc.in_(list(isrcs)),
        claims.c.recording_mbid.in_(list(mbids)),
    )
    return _waiting(known).where(sa.or_(users.c.is_admin, may), _undecided())


def again(ids: Sequence[UUID]) -> sa.Select[Any]:
    """Those of these claims that wait, with who they are of."""
    return _waiting(claims.c.id.in_(ids)).where(_undecided())


def _undecided() -> sa.ColumnElement[bool]:
    """Nobody has said what of a source it is to be."""
    said = match_decisions.c.claim_id == claims.c.id, match_decisions.c.kind == PERSON
    return ~sa.exists().where(*said, match_decisions.c.undone_at.is_(None))


def meant_otherwise(source: str, source_id: str) -> sa.ColumnElement[bool]:
    """Somebody has said of the claim that it is something else than this of a source, or nothing at all."""
    other = claims.c.source.is_distinct_from(source), claims.c.source_id.is_distinct_from(source_id)
    return sa.or_(claims.c.match_method.is_not_distinct_from(PERSON), sa.and_(~_undecided(), sa.or_(*other)))


def waiting_for(links: Sequence[tuple[str, str]]) -> sa.Select[Any]:
    """Claims of what these sources call so, with who they are of."""
    return _waiting(sa.tuple_(claims.c.source, claims.c.source_id).in_(list(links)))


def waiting_ids(ids: Sequence[UUID]) -> sa.Select[Any]:
    """Those of these claims that wait, with who they are of."""
    return _waiting(claims.c.id.in_(ids))


def _waiting(known: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return (
        sa.select(claims, users.c.id.label("user"), users.c.name, users.c.is_admin)
        .join(users, users.c.id == claims.c.created_by)
        .where(known, claims.c.track_id.is_(None), claims.c.match_method.is_distinct_from(PERSON))
        .limit(MOST_CANDIDATES)
    )
