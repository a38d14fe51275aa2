"""From what is said to a decision: by itself, by a person, and back."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.claiming import Said
from mcma.domain.errors import Conflict, NotFound
from mcma.domain.matching import Facts
from mcma.services.claims import claims
from mcma.services.claims.lookup import Matcher, Wanted
from mcma.services.matching.blocking import blocks_for
from mcma.services.matching.deciding import Decided, say, undo
from mcma.services.matching.evaluation import consider
from mcma.services.matching.values import Decision, Outcome, Proposal, Thing, Verdict
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables import matching as t
from mcma.store.tables.catalogue import tracks
from mcma.store.tables.listening import claims as claimed
from mcma.store.tables.people import users
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Caller
from tests.support.catalogue import a_user, insert
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio


def said(title: str, *artists: str, album: str | None = None, duration_ms: int | None = None) -> Wanted:
    return Wanted(Said(title, artists, album, duration_ms))


async def made(database: Database, caller: Caller, *wanted: Wanted) -> list[tuple[UUID, UUID | None]]:
    async with database.write() as transaction:
        things = {new_id(): one for one in wanted}
        found = await claims.of_things(transaction.connection, caller, things)
    return list(found.values())


async def rows(database: Database, table: sa.Table) -> list[Any]:
    async with database.read() as connection:
        return list(await connection.execute(sa.select(table)))


async def called(database: Database, title: str) -> list[TrackId]:
    async with database.read() as connection:
        query = sa.select(tracks.c.id).where(tracks.c.title == title).order_by(tracks.c.id)
        return [TrackId(id_) for id_ in await connection.scalars(query)]


async def claim_of(database: Database, id_: UUID) -> Any:
    async with database.read() as connection:
        return (await connection.execute(sa.select(claimed).where(claimed.c.id == id_))).one()


class Ear:
    def __init__(self) -> None:
        self.heard: list[Decision] = []

    async def __call__(self, _: object, decision: Decision) -> None:
        self.heard.append(decision)


async def considered(
    database: Database, claim: UUID, *proposals: Proposal, ear: Ear | None = None
) -> Verdict:
    async with database.write() as transaction:
        await lock_catalogue(transaction.connection)
        return await consider(transaction.connection, claim, proposals, ear)


async def told(
    database: Database, caller: Caller, claim: UUID, choice: Any, ear: Ear | None = None
) -> Decided:
    async with database.write() as transaction:
        await lock_catalogue(transaction.connection)
        return await say(transaction.connection, caller, claim, choice, ear)


async def undone(database: Database, caller: Caller, claim: UUID, ear: Ear | None = None) -> Decided:
    async with database.write() as transaction:
        await lock_catalogue(transaction.connection)
        return await undo(transaction.connection, caller, claim, ear)


def outside(id_: str, title: str, artist: str, **facts: Any) -> Proposal:
    return Proposal(
        Thing(None, "shop", id_), Facts(title, (artist,), **facts), "source:shop", (f"https://x/{id_}",)
    )


async def test_what_no_key_finds_is_found_by_its_words(
    database: Database, music: Music, user: Caller
) -> None:
    found = await made(
        database, user,
        said("Lithium", "Nirvana"), said("Nirvana - Lithium (Official Music Video)", "somebody"),
        said("Gruppa krovi", "Kino"), said("Aneurysm", "Nirvana"), said("Song", "Ann"),
        said("Polly", "Nirvana"),
    )  # fmt: skip
    [lithium], [blood] = (
        await called(database, "Lithium (Remastered 2011)"),
        await called(database, "Группа крови"),
    )
    assert [track for _, track in found] == [lithium, lithium, blood, None, None, None]
    methods = [(await claim_of(database, id_)).match_method for id_, _ in found]
    assert methods == ["alike", "alike", "alike", None, None, None]
    kept = {(row.claim_id, row.track_id): row for row in await rows(database, t.match_candidates)}
    [live] = await called(database, "Aneurysm (Live)")
    rejected = kept[found[3][0], live]
    assert (rejected.version, rejected.provider) == ("other", "library")
    assert ["version", 0.0, "live on one side alone"] in rejected.reasons
    [held] = await rows(database, t.reviews)
    assert (held.claim_id, held.state, held.kind, held.user_id) == (
        found[4][0],
        "open",
        "track",
        user.user_id,
    )
    assert {row.claim_id for row in await rows(database, t.match_decisions)} == {id_ for id_, _ in found[:3]}


async def test_an_automatic_match_is_taken_back_and_does_not_come_again(
    database: Database, music: Music, user: Caller
) -> None:
    [(claim, track)] = await made(database, user, said("Lithium", "Nirvana"))
    assert track is not None
    stranger_row, stranger = a_user("stranger")
    async with database.write() as transaction:
        await insert(transaction.connection, users, [stranger_row])
    with pytest.raises(NotFound):
        await undone(database, stranger, claim)
    assert (await undone(database, user, claim)).track_id is None
    now = await claim_of(database, claim)
    assert (now.track_id, now.match_method) == (None, None)
    async with database.read() as connection:
        [again] = await Matcher(connection, user).match([claims.wanted(now)], [claim])
    assert (again.track_id, again.outcome) == (None, Outcome.NONE)
    assert [one.thing.track_id for one in again.found] == [track], "the reason stays to be seen"
    library = Proposal(Thing(TrackId(track)), Facts("?"), "plugin:ears", (), 1.0, "sounds the same")
    assert (await considered(database, claim, library)).outcome is Outcome.NONE
    with pytest.raises(Conflict):
        await undone(database, user, claim)
    assert (await told(database, user, claim, Thing(TrackId(track)))).track_id == track, "a person may"


async def test_a_person_decides_and_takes_it_back(database: Database, music: Music, user: Caller) -> None:
    first, second = await called(database, "Song")
    [(claim, _)] = await made(database, user, said("Song", "Ann"))
    ear = Ear()
    [candidate] = [row for row in await rows(database, t.match_candidates) if row.track_id == second]
    assert (await told(database, user, claim, candidate.id, ear)).track_id == second
    [review] = await rows(database, t.reviews)
    assert (review.state, review.track_id, review.decided_by) == ("decided", second, "person")
    assert (await told(database, user, claim, Thing(first), ear)).track_id == first
    again = await told(database, user, claim, Thing(first))
    assert again.track_id == first, "said twice, it is one decision"
    assert (await undone(database, user, claim, ear)).track_id == second, "what stood before"
    assert (await claim_of(database, claim)).match_method == "person"
    assert (await undone(database, user, claim, ear)).track_id is None
    [review] = await rows(database, t.reviews)
    assert (review.state, review.track_id) == ("open", None)
    assert [(one.kind, one.thing and one.thing.track_id) for one in ear.heard] == [
        ("person", second), ("person", first), ("undone", second), ("undone", None),
    ]  # fmt: skip
    await told(database, user, claim, Thing(first))
    await undone(database, user, claim)
    assert len(await rows(database, t.match_blocks)) == 2, "what was undone twice is blocked once"
    with pytest.raises(NotFound):
        await told(database, user, claim, new_id())
    with pytest.raises(NotFound):
        await told(database, user, claim, Thing(TrackId(new_id())))


async def test_things_of_a_source(database: Database, music: Music, user: Caller) -> None:
    [(claim, _)] = await made(database, user, said("Polly", "Nirvana", duration_ms=177_000))
    ear = Ear()
    proposals = [
        outside("live", "Polly (Live)", "Nirvana", duration_ms=178_000),
        outside("video", "Nirvana - Polly", "Someone", duration_ms=190_000),
    ]
    assert (await considered(database, claim, *proposals, ear=ear)).outcome is Outcome.HELD
    [review] = await rows(database, t.reviews)
    assert (review.kind, review.state) == ("download", "open")
    better = outside("right", "Polly", "Nirvana", duration_ms=177_500)
    verdict = await considered(database, claim, *proposals, better, ear=ear)
    assert (verdict.outcome, verdict.thing) == (Outcome.AUTOMATIC, better.thing)
    now = await claim_of(database, claim)
    assert (now.source, now.source_id, now.track_id) == ("shop", "right", None)
    [review] = await rows(database, t.reviews)
    assert (review.state, review.source_id, review.decided_by) == ("decided", "right", "automatic")
    await undone(database, user, claim, ear)
    now = await claim_of(database, claim)
    assert (now.source, now.source_id) == (None, None)
    verdict = await considered(database, claim, *proposals, better, ear=ear)
    assert verdict.outcome is Outcome.HELD, "what was undone is not chosen again by itself"
    await told(database, user, claim, Thing(None, "shop", "video"), ear)
    assert (await claim_of(database, claim)).source_id == "video"
    assert (await considered(database, claim, better)).outcome is Outcome.PERSON
    assert [(one.kind, one.thing and one.thing.source_id) for one in ear.heard] == [
        ("automatic", "right"), ("undone", None), ("person", "video"),
    ]  # fmt: skip


async def test_a_plugins_word_brings_about_a_question_at_most(
    database: Database, music: Music, user: Caller
) -> None:
    [(claim, _)] = await made(database, user, said("Smells Like Teen Spirit", "Nirvana"))
    [blood] = await called(database, "Группа крови")
    proposal = Proposal(Thing(blood), Facts("?"), "plugin:ears", (), 1.0, "sounds the same")
    assert (await considered(database, claim, proposal)).outcome is Outcome.HELD
    [kept] = [row for row in await rows(database, t.match_candidates) if row.track_id == blood]
    assert kept.provider == "plugin:ears"
    assert ["plugin", 1.0, "sounds the same"] in kept.reasons


@pytest.mark.parametrize("whose", ["mine", "everybody's", "another's"])
async def test_what_is_blocked_is_never_chosen(
    database: Database, music: Music, user: Caller, whose: str
) -> None:
    [lithium] = await called(database, "Lithium (Remastered 2011)")
    other_row, other = a_user("other")
    async with database.write() as transaction:
        await insert(transaction.connection, users, [other_row])
        of = {"mine": user.user_id, "everybody's": None, "another's": other.user_id}[whose]
        row = {"id": new_id(), "user_id": of, "claim_id": None, "track_id": lithium, "source": None,
               "source_id": None, "note": None, "created_by": user.user_id,
               "created_at": (await rows(database, tracks))[0].created_at}  # fmt: skip
        await insert(transaction.connection, t.match_blocks, [row])
    [(_, track)] = await made(database, user, said("Lithium", "Nirvana"))
    assert track == (lithium if whose == "another's" else None)


async def test_many_claims_need_few_queries(database: Database, music: Music, user: Caller) -> None:
    wanted = [said(f"Nothing Number {n}", f"Nobody {n}") for n in range(400)]
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    async with database.read() as connection:
        assert connection.sync_connection is not None
        sa.event.listen(connection.sync_connection, "before_cursor_execute", counted)
        found = await Matcher(connection, user).match(wanted)
    assert {one.method for one in found} == {"unknown"}
    assert count <= 15, "a portion costs a few, whatever it holds"


async def test_what_was_said_and_blocked_follows_tracks_that_become_one(
    database: Database, music: Music, user: Caller
) -> None:
    gone, stays = await called(database, "Song")
    [other] = await called(database, "Aneurysm (Live)")
    [(claim, _)] = await made(database, user, said("Whatever", "Whoever"))
    async with database.write() as transaction:
        connection = transaction.connection
        await lock_catalogue(connection)
        await say(connection, user, claim, Thing(gone))
        await say(connection, user, claim, Thing(other))
        block = {"id": new_id(), "user_id": user.user_id, "track_id": gone, "created_at": utcnow()}
        await insert(connection, t.match_blocks, [block])
        merged = sa.update(tracks).where(tracks.c.id == gone)
        await connection.execute(merged.values(replaced_by=stays, deleted_at=utcnow()))
        assert (await undo(connection, user, claim)).track_id == stays
        blocks = await blocks_for(connection, user.user_id, [claim])
        assert blocks.has(None, Thing(stays)) and blocks.has(claim, Thing(other))
        assert not blocks.has(None, Thing(other))
        await connection.execute(sa.update(tracks).where(tracks.c.id == stays).values(deleted_at=utcnow()))
        await say(connection, user, claim, Thing(other))
        assert (await undo(connection, user, claim)).track_id is None
    row = await claim_of(database, claim)
    assert (row.track_id, row.match_method) == (None, None), "it waits; nobody said that it is none of those"
