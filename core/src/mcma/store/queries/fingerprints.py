"""Fingerprints of files: which are missing, what is kept, and which may be alike."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.fingerprints import NEAR_MS, SHARED, packed, terms, unpacked
from mcma.store.bulk import insert_rows, upsert_rows
from mcma.store.queries.prepared import Prepared, param
from mcma.store.tables.catalogue import libraries, track_files, tracks
from mcma.store.tables.sounds import file_fingerprints, fingerprint_terms
from mcma_plugins.enrichers import Fingerprint

ALGORITHM = 1
CARRIED = "migration"
"""Who made those that were kept before files had fingerprints."""
CANDIDATES = 50
"""Whose bits are compared: those that share most terms."""
LOOKED_UP = 500
"""That are looked up for it, likewise."""
OFTEN = 250
"""Fingerprints of one term that are looked at, of shorter and of longer recordings. What silence, a drone or
the same jingle leaves in very many tells little apart; copies have the same length, and are among them."""

_AT_ONCE = 2000
"""Fingerprints that are written in one transaction."""
_PORTION = 20_000
"""Terms that are looked at in one transaction."""

_kept = file_fingerprints.c
_files = track_files.c


class Silent(NamedTuple):
    """A file that has no fingerprint yet."""

    id: UUID
    root: bytes
    folder: bytes
    name: bytes
    size: int
    mtime_ns: int


class Counted(NamedTuple):
    waiting: int
    last: int
    """Number of the fingerprint that was made last."""


class Extent(NamedTuple):
    last: int
    """The greatest number."""
    fingerprints: int

    def lost_since(self, before: "Extent") -> bool:
        """Numbers are never used again."""
        gone = self.last - self.fingerprints, before.last - before.fingerprints
        return gone[0] != gone[1] or self.fingerprints < before.fingerprints


class Made(NamedTuple):
    """What a fingerprinter answered about a file: a fingerprint, or why there is none."""

    file_id: UUID
    made_by: str
    fingerprint: Fingerprint | None
    error_code: str | None = None
    error: str | None = None


class Heard(NamedTuple):
    number: int
    file_id: UUID
    raw: bytes
    duration_ms: int


def _silent() -> Any:
    return (
        sa.select(_files.id)
        .join_from(track_files, libraries, libraries.c.id == _files.library_id)
        .outerjoin(file_fingerprints, _kept.file_id == _files.id)
        .where(
            _kept.file_id.is_(None), _files.deleted_at.is_(None), _files.missing_since.is_(None),
            libraries.c.deleted_at.is_(None), libraries.c.root.is_not(None),
        )
    )  # fmt: skip


async def count_silent(connection: AsyncConnection) -> Counted:
    """Looks at all files."""
    waiting = sa.select(sa.func.count()).select_from(_silent().subquery()).scalar_subquery()
    last = sa.select(sa.func.max(_kept.number)).scalar_subquery()
    row = (await connection.execute(sa.select(waiting, last))).one()
    return Counted(row[0], row[1] or 0)


async def count_since(connection: AsyncConnection, number: int) -> int:
    """Files that were fingerprinted, or found to have none, since that number was the last."""
    query = sa.select(sa.func.count()).where(_kept.number > number)
    return (await connection.execute(query)).scalar_one()


async def silent(connection: AsyncConnection, after: UUID | None, limit: int) -> Sequence[Silent]:
    """By id, behind `after`."""
    query = _silent().with_only_columns(
        _files.id, libraries.c.root, _files.folder, _files.name, _files.size, _files.mtime_ns
    )
    if after is not None:
        query = query.where(_files.id > after)
    return [Silent(*row) for row in await connection.execute(query.order_by(_files.id).limit(limit))]


async def keep(connection: AsyncConnection, made: Sequence[Made], now: datetime) -> None:
    """Files that are there still; a former fingerprint of theirs goes."""
    ids = [one.file_id for one in made]
    there = set(await connection.scalars(sa.select(_files.id).where(_files.id.in_(ids))))
    await connection.execute(sa.delete(file_fingerprints).where(_kept.file_id.in_(ids)))
    await insert_rows(connection, file_fingerprints, [_row(one, now) for one in made if one.file_id in there])
    numbers = sa.select(_kept.file_id, _kept.number).where(_kept.file_id.in_(ids))
    found = {row.file_id: row.number for row in await connection.execute(numbers)}
    await index(connection, [
        Heard(found[one.file_id], one.file_id, one.fingerprint.raw, one.fingerprint.duration_ms)
        for one in made if one.fingerprint and one.file_id in found
    ])  # fmt: skip


def _row(one: Made, now: datetime) -> dict[str, Any]:
    made = one.fingerprint
    return {
        "file_id": one.file_id, "algorithm": ALGORITHM, "packed": made and packed(made.raw),
        "duration_ms": made and made.duration_ms, "made_by": one.made_by, "made_at": now,
        "error_code": one.error_code, "error": one.error, "compared_at": None if made else now,
    }  # fmt: skip


async def index(connection: AsyncConnection, heard: Sequence[Heard]) -> None:
    """What they are found by. May be done again."""
    rows = [
        {"term": term, "seconds": one.duration_ms // 1000, "number": one.number}
        for one in heard for term in terms(one.raw)
    ]  # fmt: skip
    await upsert_rows(connection, fingerprint_terms, rows, ("term", "seconds", "number"), ())


async def uncompared(connection: AsyncConnection, limit: int) -> Sequence[Heard]:
    query = sa.select(_kept.number, _kept.file_id, _kept.packed, _kept.duration_ms)
    query = query.where(_kept.compared_at.is_(None), _kept.packed.is_not(None))
    rows = await connection.execute(query.order_by(_kept.number).limit(limit))
    return [Heard(row.number, row.file_id, unpacked(row.packed), row.duration_ms) for row in rows]


async def unindexed(connection: AsyncConnection, after: int, limit: int) -> Sequence[Heard]:
    """Those that were carried over from before there was an index."""
    query = sa.select(_kept.number, _kept.file_id, _kept.packed, _kept.duration_ms)
    query = query.where(_kept.made_by == CARRIED, _kept.compared_at.is_(None), _kept.number > after)
    rows = await connection.execute(query.order_by(_kept.number).limit(limit))
    return [Heard(row.number, row.file_id, unpacked(row.packed), row.duration_ms) for row in rows]


async def count_uncompared(connection: AsyncConnection) -> int:
    there = _kept.compared_at.is_(None), _kept.packed.is_not(None)
    return int(await connection.scalar(sa.select(sa.func.count()).where(*there)) or 0)


async def near(connection: AsyncConnection, mine: Heard) -> Sequence[Heard]:
    """Those of similar length that share terms with this one, the likest first. One indexed query, whose
    work is bounded however many fingerprints there are, and however many of them have the same terms."""
    asked = terms(mine.raw)
    if len(asked) < SHARED:
        return ()
    shortest, longest = mine.duration_ms - NEAR_MS, mine.duration_ms + NEAR_MS
    columns = await _near(len(asked)).columns(connection, {
        **{f"term_{place}": term for place, term in enumerate(asked)}, "mine": mine.number,
        "shortest": shortest, "longest": longest, "least_seconds": shortest // 1000,
        "seconds": mine.duration_ms // 1000, "most_seconds": longest // 1000,
    })  # fmt: skip
    return [
        Heard(number, file, unpacked(raw), length) for number, file, raw, length in zip(*columns, strict=True)
    ]


@cache
def _near(count: int) -> Prepared:
    """For so many terms."""
    shared = sa.func.count().label("shared")
    having = sa.union_all(*(one for place in range(count) for one in _having(f"term_{place}"))).subquery()
    ranked = (
        sa.select(having.c.number, shared)
        .where(having.c.number != param("mine", sa.Integer()))
        .group_by(having.c.number)
        .having(shared >= SHARED)
        .order_by(shared.desc(), having.c.number)
        .limit(LOOKED_UP)
        .subquery()
    )
    lengths = _kept.duration_ms.between(param("shortest", sa.BigInteger()), param("longest", sa.BigInteger()))
    query = (
        sa.select(_kept.number, _kept.file_id, _kept.packed, _kept.duration_ms)
        .join_from(ranked, file_fingerprints, _kept.number == ranked.c.number)
        .join(track_files, _files.id == _kept.file_id)
        .where(lengths, _files.deleted_at.is_(None))
        .order_by(ranked.c.shared.desc(), _kept.number)
        .limit(CANDIDATES)
    )
    return Prepared(query)


def _having(term: str) -> Sequence[sa.Select[Any]]:
    """Those of the nearest lengths, where very many have it: shorter ones, and longer ones."""
    c = fingerprint_terms.c
    here = sa.select(c.number).where(c.term == param(term, sa.Integer()))
    own = param("seconds", sa.Integer())
    shorter = here.where(c.seconds < own, c.seconds >= param("least_seconds", sa.Integer()))
    longer = here.where(c.seconds >= own, c.seconds <= param("most_seconds", sa.Integer()))
    ordered = (
        shorter.order_by(c.seconds.desc(), c.number.desc()),
        longer.order_by(c.seconds, c.number),
    )
    return [sa.select(one.limit(OFTEN).subquery().c.number) for one in ordered]


async def mark_compared(connection: AsyncConnection, numbers: Collection[int], now: datetime) -> None:
    at = sa.update(file_fingerprints).where(_kept.number.in_(numbers))
    await connection.execute(at.values(compared_at=now))


async def compare_again(connection: AsyncConnection, after: int) -> int | None:
    """Those of a portion behind the number `after`. Where the next one begins; None: that was the last."""
    behind = sa.select(_kept.number).where(_kept.number > after).order_by(_kept.number)
    last: int | None = await connection.scalar(behind.limit(1).offset(_AT_ONCE))
    here = [_kept.number > after] if last is None else [_kept.number > after, _kept.number <= last]
    heard = _kept.packed.is_not(None), _kept.compared_at.is_not(None)
    await connection.execute(sa.update(file_fingerprints).where(*here, *heard).values(compared_at=None))
    return last


async def extent(connection: AsyncConnection) -> Extent:
    query = sa.select(sa.func.coalesce(sa.func.max(_kept.number), 0), sa.func.count())
    return Extent(*(await connection.execute(query.select_from(file_fingerprints))).one())


async def sweep_terms(connection: AsyncConnection, after: int) -> tuple[int, int | None]:
    """Terms of fingerprints that are no more, of a portion behind the term `after`. How many went, and where
    the next portion begins; None: that was the last one."""
    term, number = fingerprint_terms.c.term, fingerprint_terms.c.number
    behind = sa.select(term).where(term > after).order_by(term).limit(1).offset(_PORTION)
    last = await connection.scalar(behind)
    here = [term > after] if last is None else [term > after, term <= last]
    known = sa.select(_kept.number).where(_kept.number == number).exists()
    gone = await connection.execute(sa.delete(fingerprint_terms).where(*here, ~known))
    return int(gone.rowcount), last


async def fingerprints_of(
    connection: AsyncConnection, track_ids: Collection[UUID]
) -> Mapping[UUID, Fingerprint]:
    """Of tracks that have some: that of the file that is played, else of any other."""
    query = (
        sa.select(_files.track_id, _kept.packed, _kept.duration_ms)
        .join_from(track_files, file_fingerprints, _kept.file_id == _files.id)
        .join(tracks, tracks.c.id == _files.track_id)
        .where(_files.track_id.in_(list(track_ids)), _files.deleted_at.is_(None), _kept.packed.is_not(None))
        .order_by(_files.track_id, (tracks.c.file_id == _files.id).desc(), _files.id)
    )
    found: dict[UUID, Fingerprint] = {}
    for row in await connection.execute(query):
        if row.track_id not in found:
            found[row.track_id] = Fingerprint(unpacked(row.packed), row.duration_ms)
    return found
