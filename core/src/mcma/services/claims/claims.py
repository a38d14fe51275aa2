"""Claims: what somebody says a recording is, linked to a track as soon as there is one.

A claim that waits is looked at again when a track arrives that may be it. What a person has decided is left
alone. Logs that point at a claim are never written again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.claim_paths import name_key
from mcma.domain.claiming import Link, Said, key_of
from mcma.domain.matching.titles import title_of
from mcma.services.catalogue.lookup import chunks
from mcma.services.claims.lookup import UNKNOWN, Match, Matcher, Wanted
from mcma.services.indexing.values import Telling, display
from mcma.services.listening import derive
from mcma.services.matching.candidate_store import Look, keep, settled
from mcma.services.playlists.playlist_counts import recount
from mcma.services.playlists.playlist_locks import lock_playlists_with
from mcma.store.bulk import upsert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.queries import claims as queries
from mcma.store.queries import listening
from mcma.store.queries.downloads import lock_requests
from mcma.store.redirects import merged_into
from mcma.store.tables.listening import claims, playlist_items
from mcma.store.tables.wanted import (
    CANCELLED,
    FOR_SOURCE,
    HAVE,
    REJECTED,
    REQUESTED,
    REVIEW,
    download_requests,
)
from mcma_plugins.ids import ClaimId, TrackId, UserId
from mcma_plugins.values import Caller

UNNAMED = "?"
_NAMESPACE = UUID("0ac19e0b-4ce3-5b0c-9a0e-6a1d2a4b7f31")


class Held(NamedTuple):
    id: UUID
    track_id: UUID | None


async def said_by(connection: AsyncConnection, caller: Caller, said: Sequence[Wanted]) -> dict[Wanted, Held]:
    """Claims of the caller that say this: those that are there, and new ones, which are matched at once."""
    keys = {row["norm_key"] for row in (_said(one, None) for one in said)}
    held: dict[Wanted, Held] = {}
    for row in await connection.execute(queries.claimed_by(caller.user_id, keys - {""})):
        for one in (wanted(row), as_said(row)):
            held.setdefault(one, Held(row.id, row.track_id))
    new = [one for one in dict.fromkeys(said) if one not in held]
    made = await of_things(connection, caller, {new_id(): one for one in new})
    held |= {one: Held(*claim) for one, claim in zip(new, made.values(), strict=True)}
    return {one: held[one] for one in said}


class Line(NamedTuple):
    """What a line of a list says, and what was found for it."""

    wanted: Wanted
    url: str | None
    match: Match


async def make(connection: AsyncConnection, caller: Caller, lines: Sequence[Line]) -> list[ClaimId]:
    """In the same order."""
    ids = [ClaimId(new_id()) for _ in lines]
    await write(connection, caller, dict(zip(ids, lines, strict=True)))
    return ids


async def write(connection: AsyncConnection, caller: Caller, lines: Mapping[ClaimId, Line]) -> None:
    """New claims, by their ids."""
    rows = [{"id": id_, **_said(one.wanted, one.url), **_matched(one.match)} for id_, one in lines.items()]
    await _keep(connection, caller, rows)
    await keep(connection, [_look(caller, id_, one.match) for id_, one in lines.items()])


async def of_things(
    connection: AsyncConnection, caller: Caller, said: Mapping[UUID, Wanted], *, match: bool = True
) -> dict[UUID, tuple[ClaimId, TrackId | None]]:
    """Of each thing that is made from what somebody says (a row of a playlist, a request), by its id: the
    claim, whose id follows from who says what of which thing, so that saying it again is the same claim and
    no other one; and the track where there is one already and `match` asks for it."""
    wanted = list(said.values())
    matches = await Matcher(connection, caller).match(wanted) if match and wanted else [UNKNOWN] * len(wanted)
    rows = [
        {"id": _claim_of(caller, id_, one), **_said(one, None), **_matched(match)}
        for (id_, one), match in zip(said.items(), matches, strict=True)
    ]
    await _keep(connection, caller, rows)
    await keep(
        connection, [_look(caller, row["id"], match) for row, match in zip(rows, matches, strict=True)]
    )
    return {id_: (row["id"], row["track_id"]) for id_, row in zip(said, rows, strict=True)}


def _method(match: Match) -> str | None:
    """None while it waits, unless a person said that it is none of those."""
    return match.method if match.track_id is not None or match.method == queries.PERSON else None


def _look(caller: Caller, claim_id: UUID, match: Match) -> Look:
    return Look(claim_id, caller.user_id, match.found, match.verdict)


def _claim_of(caller: Caller, id_: UUID, one: Wanted) -> ClaimId:
    said = one.said
    length = "" if said.duration_ms is None else str(said.duration_ms)
    words = (said.title, *said.artists, said.album or "", length, one.isrc or "")
    return ClaimId(uuid5(_NAMESPACE, "\0".join((str(caller.user_id), str(id_), *words))))


def _matched(match: Match) -> dict[str, Any]:
    if match.track_id is None:
        return dict.fromkeys(("track_id", "match_method", "match_score", "matched_at"))
    return {"track_id": match.track_id, "match_method": match.method, "match_score": match.score,
            "matched_at": utcnow()}  # fmt: skip


async def _keep(connection: AsyncConnection, caller: Caller, rows: Sequence[dict[str, Any]]) -> None:
    """What is known already stays as it is."""
    now = utcnow()
    made = {"created_by": caller.user_id, "created_at": now, "updated_at": now}
    await upsert_rows(connection, claims, [row | made for row in rows], ("id",), ())


def _said(one: Wanted, url: str | None) -> dict[str, Any]:
    said = one.said
    key = key_of(said.title, said.artist) or (name_key(one.path) if one.path and not said.artists else "")
    return {
        "title": said.title or UNNAMED, "artists": list(said.artists), "album": said.album,
        "duration_ms": said.duration_ms, "isrc": one.isrc, "recording_mbid": one.recording_mbid,
        "source_ids": _sources(one.path, url), "norm_key": key,
        "source": one.link and one.link.source, "source_id": one.link and one.link.source_id,
    }  # fmt: skip


def _sources(path: bytes | None, url: str | None) -> dict[str, str] | None:
    """Paths as they are printed, and in hexadecimal where that is another thing."""
    found = {} if url is None else {"url": url}
    if path is not None:
        found["path"] = display(path)
        if found["path"].encode() != path:
            found["path_hex"] = path.hex()
    return found or None


def path_of(source_ids: Mapping[str, str] | None) -> bytes | None:
    held = source_ids or {}
    if "path_hex" in held:
        return bytes.fromhex(held["path_hex"])
    return held["path"].encode() if "path" in held else None


async def link(connection: AsyncConnection, matches: Mapping[UUID, Match]) -> None:
    """Claims get their tracks, and so do rows of playlists, requests and listens that name them."""
    if not matches:
        return
    touched: set[UUID] = set()
    for part in chunks(matches):
        touched |= await lock_playlists_with(connection, playlist_items.c.claim_id.in_(part))
    before = await _tracks(connection, matches)
    now = utcnow()
    statement = sa.update(claims).where(claims.c.id == sa.bindparam("claim"))
    named: dict[str, Any] = {
        name: sa.bindparam(f"b_{name}") for name in ("track_id", "match_method", "match_score")
    }
    linked = [
        {"claim": id_, "b_track_id": match.track_id, "b_match_method": _method(match),
         "b_match_score": match.score}
        for id_, match in matches.items()
    ]  # fmt: skip
    await connection.execute(statement.values(**named, matched_at=now, updated_at=now), linked)
    rows = sa.update(playlist_items).where(
        playlist_items.c.claim_id == sa.bindparam("claim"), playlist_items.c.deleted_at.is_(None)
    )
    moved = [{"claim": id_, "b_track_id": match.track_id} for id_, match in matches.items()]
    await connection.execute(rows.values(track_id=sa.bindparam("b_track_id")), moved)
    await _answer(connection, matches, now)
    await settled(connection, {id_: match.track_id for id_, match in matches.items()})
    await recount(connection, touched, changed_at=now)
    await _recount_plays(connection, matches, before)


async def _tracks(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    found: dict[UUID, UUID] = {}
    for part in chunks(ids):
        held = sa.select(claims.c.id, claims.c.track_id).where(claims.c.id.in_(part))
        rows = await connection.execute(held.where(claims.c.track_id.is_not(None)))
        found |= {row.id: row.track_id for row in rows}
    return found


async def _recount_plays(
    connection: AsyncConnection, matches: Mapping[UUID, Match], before: Mapping[UUID, UUID]
) -> None:
    """Listens of claims are plays of the tracks that these have now, and no more of those they had."""
    users: set[UUID] = set()
    for part in chunks(matches):
        users |= set(await connection.scalars(listening.listeners(part)))
    tracks = {*before.values(), *(match.track_id for match in matches.values() if match.track_id)}
    leads = await merged_into(connection, tracks) if users else {}
    for user in sorted(users):
        await derive.lock(connection, user)
        await derive.refresh_plays(connection, user, tracks, leads)


async def _answer(connection: AsyncConnection, matches: Mapping[UUID, Match], now: datetime) -> None:
    """Whoever asked for what is claimed has it now, or not any more: then it waits for nothing yet, and who
    may have it got is asked anew (`downloading/upkeep.py`)."""
    for part in chunks(matches):
        await lock_requests(connection, download_requests.c.claim_id.in_(part))
    waits = download_requests.c.claim_id == sa.bindparam("claim"), download_requests.c.deleted_at.is_(None)
    state = download_requests.c.state
    wanted_still = state != REJECTED, state != CANCELLED, download_requests.c.kind == "track"
    there = sa.update(download_requests).where(*waits, *wanted_still)
    told: dict[str, Any] = dict.fromkeys(("waiting_for", "retry_at", "code", "error", "look_at"))
    met: dict[str, Any] = {**told, "track_id": sa.bindparam("b_track_id"), "state": HAVE, "changed_at": now}
    found = [{"claim": id_, "b_track_id": one.track_id} for id_, one in matches.items() if one.track_id]
    if found:
        await connection.execute(there.values(**met), found)
    again = {**told, "track_id": None, "state": REQUESTED, "changed_at": now}
    if gone := [{"claim": id_} for id_, one in matches.items() if one.track_id is None]:
        lost = sa.update(download_requests).where(*waits, state == HAVE)
        await connection.execute(lost.values(**again), gone)
        open_ = sa.update(download_requests).where(*waits, state == REVIEW)
        await connection.execute(open_.values(**{**again, "waiting_for": FOR_SOURCE}), gone)


async def arrived(connection: AsyncConnection, library: UUID, batch: Sequence[Telling]) -> None:
    """Links claims that waited for one of these tracks. One query where none did, and a very small one where
    no claim waits for anything.

    To be called with the tracks of a batch in the transaction that wrote them.
    """
    [[some_wait]] = await queries.SOME_WAIT.columns(connection, {})
    if not some_wait:
        return
    keys = {key_of(one.tags.title or "", one.credited.display) for one in batch}
    keys |= {key_of(title_of(one.tags.title or "").bare, one.credited.display) for one in batch}
    keys |= {name_key(path) for path in (getattr(one, "path", None) for one in batch) if path}
    isrcs = {isrc for one in batch for isrc in one.tags.isrcs}
    mbids = {UUID(one.tags.recording_mbid) for one in batch if one.tags.recording_mbid}
    rows = (await connection.execute(queries.waiting(keys - {""}, isrcs, mbids, library))).all()
    await _settle(connection, rows)


async def fetched(connection: AsyncConnection, links: Sequence[Link]) -> None:
    """Links claims that waited for what has come from these sources. Two queries where none did.

    To be called in the transaction that wrote the references of the tracks (`source_refs`).
    """
    rows = [row for part in chunks(links) for row in await connection.execute(queries.waiting_for(part))]
    await _settle(connection, rows)


async def look_again(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    """For claims that wait, whatever has come or changed since."""
    for part in chunks(ids):
        await _settle(connection, (await connection.execute(queries.again(part))).all())


async def _settle(connection: AsyncConnection, rows: Iterable[Any]) -> None:
    of_person: dict[Caller, list[Any]] = defaultdict(list)
    for row in rows:
        of_person[Caller(UserId(row.user), row.name, row.is_admin)].append(row)
    matches: dict[UUID, Match] = {}
    for caller, held in of_person.items():
        found = await Matcher(connection, caller).match(
            [wanted(row) for row in held], [row.id for row in held]
        )
        mine = {row.id: match for row, match in zip(held, found, strict=True)}
        await keep(connection, [_look(caller, id_, match) for id_, match in mine.items()])
        matches |= mine
    await link(connection, {id_: match for id_, match in matches.items() if match.track_id})


async def named(connection: AsyncConnection, said: Mapping[UUID, Wanted]) -> None:
    """What is said now of claims of which nothing was: their rows are told anew, and they are matched. The
    transaction has the catalogue held."""
    if not said:
        return
    await lock_playlists_with(connection, playlist_items.c.claim_id.in_(said))
    now = utcnow()
    for id_, one in said.items():
        known = _said(one, None)
        words = {name: known[name] for name in _WORDS}
        new = sa.update(claims).where(claims.c.id == id_, claims.c.title == UNNAMED)
        await connection.execute(new.values(**words, updated_at=now))
    told = sa.update(playlist_items).where(playlist_items.c.claim_id.in_(said))
    await connection.execute(told.values(claim_id=playlist_items.c.claim_id))
    await _settle(connection, await connection.execute(queries.waiting_ids(list(said))))


_WORDS = ("title", "artists", "album", "duration_ms", "isrc", "recording_mbid", "norm_key")


def wanted(row: Any) -> Wanted:
    where = None if row.source is None else Link(row.source, row.source_id)
    return replace(as_said(row), link=where)


def as_said(row: Any) -> Wanted:
    """Without where it is to come from, which may have been decided since."""
    said = Said(row.title, tuple(row.artists or ()), row.album, row.duration_ms)
    return Wanted(said, row.isrc, row.recording_mbid, None, path_of(row.source_ids))
