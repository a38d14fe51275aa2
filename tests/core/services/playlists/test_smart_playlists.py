"""Smart playlists: read like others, with owners, limits, seeds and a time budget."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from mcma.domain.folding import fold
from mcma.domain.smartrules import parsed
from mcma.services.playlists import smart
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.playlists.smart_playlists import SmartPlaylists
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.queries import smart as queries
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import playlists
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Caller
from tests.support.catalogue import EPOCH, GENRES, seed, set_row
from tests.support.smart import Library, smart_library

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lib(database: Database) -> Library:
    return await smart_library(database)


async def titles(database: Database, caller: Caller, document: Mapping[str, Any]) -> list[UUID]:
    async with database.read() as connection:
        return await smart.held(connection, smart.asked_by(caller, parsed(document)))


@pytest.fixture
def service(database: Database) -> PlaylistService:
    return PlaylistService(database)


@pytest.fixture
def smarts(database: Database, service: PlaylistService) -> SmartPlaylists:
    return SmartPlaylists(database, service)


ALL: dict[str, Any] = {"all": []}


async def test_it_is_read_like_any_other(
    database: Database, lib: Library, service: PlaylistService, smarts: SmartPlaylists
) -> None:
    genre = GENRES[0]
    rules = parsed({"all": [{"field": "genre", "op": "is", "value": genre}], "sort": ["-duration_ms"]})
    view = await smarts.create(lib.user, "Rock", rules, "loud", public=True)
    wanted = sorted(
        (one for one in lib.tracks if fold(genre) in one["genre"]),
        key=lambda one: (-one["duration_ms"], one["id"]),
    )
    assert (view.smart, view.song_count) == (True, len(wanted))
    assert view.duration_ms == sum(one["duration_ms"] for one in wanted)
    entries = await service.entries(lib.user, view.id)
    assert [one.track and one.track.id for one in entries] == [one["id"] for one in wanted]
    first = await service.page(lib.user, view.id, None, 3)
    rest = await service.page(lib.user, view.id, first.next, 500)
    assert [*first.items, *rest.items] == list(entries)
    assert await smarts.rules(lib.user, view.id) == rules
    await set_row(database, c.tracks, wanted[0]["id"], deleted_at=EPOCH)
    assert (await service.playlist(lib.user, view.id)).song_count == len(wanted) - 1
    with pytest.raises(InvalidInput):
        await service.page(lib.user, view.id, ("nonsense", new_id()), 3)


async def test_it_is_not_filled_by_hand(
    lib: Library, service: PlaylistService, smarts: SmartPlaylists
) -> None:
    view = await smarts.create(lib.user, "All", parsed(ALL))
    track = TrackId(lib.tracks[0]["id"])
    for call in (
        service.edit(lib.user, view.id, add=[track]), service.replace(lib.user, view.id, [track]),
        service.edit(lib.user, view.id, remove_at=[0]), service.clear(lib.user, view.id),
        service.dedupe(lib.user, view.id),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call
    assert (await service.edit(lib.user, view.id, name="Everything")).name == "Everything"
    plain_one = await service.create(lib.user, "Plain", [track])
    with pytest.raises(Conflict):
        await smarts.set_rules(lib.user, plain_one.id, parsed(ALL))
    with pytest.raises(NotFound):
        await smarts.rules(lib.user, plain_one.id)
    with pytest.raises(NotFound):
        await smarts.freeze(lib.user, plain_one.id)


async def test_limits(database: Database, lib: Library) -> None:
    order = [one["id"] for one in sorted(lib.tracks, key=lambda one: (one["sort_key"], one["id"]))]
    held = {one["id"]: one for one in lib.tracks}
    assert await titles(database, lib.user, {**ALL, "limit": {"count": 5}}) == order[:5]
    for unit in ("duration_ms", "size"):
        budget, wanted = 3 * held[order[0]][unit] + 1, []
        for id_ in order:
            budget -= held[id_][unit]
            if budget < 0:
                break
            wanted.append(id_)
        most = 3 * held[order[0]][unit] + 1
        assert await titles(database, lib.user, {**ALL, "limit": {unit: most}}) == wanted
    both = {"count": 2, "duration_ms": 10**9}
    assert await titles(database, lib.user, {**ALL, "limit": both}) == order[:2]


async def test_sorts_and_shuffles(database: Database, lib: Library) -> None:
    everything = {one["id"] for one in lib.tracks}
    for sort in (
        "artist",
        "album",
        "year",
        "added",
        "-last_played",
        "liked_at",
        "-plays",
        "rating",
        "bit_rate_kbps",
        "size",
        "-bpm",
    ):
        found = await titles(database, lib.user, {**ALL, "sort": [sort, "-title"]})
        assert set(found) == everything, sort
    plays = {one["id"]: one["play_count"] or 0 for one in lib.tracks}
    by_plays = await titles(database, lib.user, {**ALL, "sort": ["-plays"]})
    assert [plays[id_] for id_ in by_plays] == sorted(plays.values(), reverse=True)
    shuffles = [
        await titles(database, lib.user, {**ALL, "sort": ["random"], "seed": n}) for n in (1, 2, 3, 1)
    ]
    assert shuffles[0] == shuffles[3]
    assert len({tuple(one) for one in shuffles}) == 3
    assert all(set(one) == everything for one in shuffles)


async def test_whose_likes_and_whose_libraries(
    database: Database, lib: Library, service: PlaylistService, smarts: SmartPlaylists
) -> None:
    other = await seed(database, tracks=12, seed=2)
    liked = parsed({"all": [{"field": "liked", "op": "is", "value": True}]})
    mine = await smarts.create(lib.user, "Liked", liked, public=True)
    seen = await service.entries(lib.seeded.admin, mine.id)
    assert {one.track and one.track.id for one in seen} == {
        one["id"] for one in lib.tracks if one["liked_at"]
    }
    assert all(one.track and one.track.user.liked_at is None for one in seen), (
        "the reader's own state is shown"
    )
    everything = await smarts.create(lib.seeded.admin, "All", parsed(ALL), public=True)
    assert everything.song_count == len(lib.tracks) + 12
    assert (await service.playlist(lib.user, everything.id)).song_count == len(lib.tracks)
    assert (await service.playlist(other.user, mine.id)).song_count == 0
    copy = await service.duplicate(other.user, everything.id)
    assert (copy.smart, copy.song_count) == (True, 12)


async def test_tracks_of_playlists_and_libraries(
    database: Database, lib: Library, service: PlaylistService, smarts: SmartPlaylists
) -> None:
    chosen = [TrackId(one["id"]) for one in lib.tracks[:3]]
    picked = await service.create(lib.user, "Picked", chosen)
    inside = {"field": "playlist", "op": "is", "value": str(picked.id)}
    assert set(await titles(database, lib.user, {"all": [inside]})) == set(chosen)
    outside = await titles(database, lib.user, {"all": [{**inside, "op": "is_not"}]})
    assert len(outside) == len(lib.tracks) - 3
    assert await titles(database, lib.seeded.admin, {"all": [inside]}) == [], "not theirs to see"
    await service.delete(lib.user, picked.id)
    assert await titles(database, lib.user, {"all": [inside]}) == []
    here = {"field": "library", "op": "is", "value": str(lib.seeded.library_id)}
    assert len(await titles(database, lib.user, {"all": [here]})) == len(lib.tracks)
    assert await titles(database, lib.user, {"all": [{**here, "op": "is_not"}]}) == []


async def test_frozen_and_changed(
    database: Database, lib: Library, service: PlaylistService, smarts: SmartPlaylists
) -> None:
    view = await smarts.create(lib.user, "Some", parsed({**ALL, "limit": {"count": 4}}))
    before = [one.track and one.track.id for one in await service.entries(lib.user, view.id)]
    changed = await smarts.set_rules(lib.user, view.id, parsed({**ALL, "limit": {"count": 3}}))
    assert (changed.song_count, changed.rev > view.rev) == (3, True)
    with pytest.raises(Conflict):
        await smarts.set_rules(lib.user, view.id, parsed(ALL), expected_rev=view.rev)
    frozen = await smarts.freeze(lib.user, view.id)
    assert (frozen.smart, frozen.song_count) == (False, 3)
    assert [one.track and one.track.id for one in await service.entries(lib.user, view.id)] == before[:3]
    assert (await service.edit(lib.user, view.id, remove_at=[0])).song_count == 2


async def test_lists_show_what_was_counted_last(
    database: Database, lib: Library, service: PlaylistService, smarts: SmartPlaylists
) -> None:
    view = await smarts.create(lib.user, "All", parsed(ALL))
    await set_row(database, c.tracks, lib.tracks[0]["id"], deleted_at=EPOCH)
    assert [one.song_count for one in await service.playlists(lib.user)] == [view.song_count]
    assert (await smarts.count(), await smarts.count()) == (1, 0)
    assert [one.song_count for one in await service.playlists(lib.user)] == [view.song_count - 1]
    await set_row(database, playlists, view.id, rules={"nonsense": 1})
    assert await smarts.count() == 0


async def test_what_takes_too_long_is_stopped(
    database: Database,
    lib: Library,
    service: PlaylistService,
    smarts: SmartPlaylists,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = await smarts.create(lib.user, "All", parsed(ALL))
    endless = sa.text(
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) AS songs, 0 FROM n"
    )
    monkeypatch.setattr(smart, "BUDGET_SECONDS", 0.3)
    monkeypatch.setattr(queries, "totals", lambda asked: endless)
    with pytest.raises(Unavailable) as raised:
        await smarts.preview(lib.user, parsed(ALL), 5)
    assert raised.value.stable_code == "rules_too_slow"
    assert (await service.playlist(lib.user, view.id)).song_count == view.song_count, "as counted last"
    monkeypatch.undo()
    assert len(await service.entries(lib.user, view.id)) == view.song_count, "the connection is good again"
