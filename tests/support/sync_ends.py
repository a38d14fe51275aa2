"""What must be true once everybody has synced: of the copies, of the logs, and of all that is counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from mcma.control.operations import rebuild
from mcma.store.tables import catalogue, listening
from mcma.store.tables.people import users
from mcma.store.tables.push import push_receipts
from mcma_client import items
from mcma_client.clock import time_of
from tests.support import sync_model as model_of
from tests.support.sync_model import Model, Receipt, Said
from tests.support.sync_phone import Phone
from tests.support.sync_world import World

Key = tuple[str, str, str]
Copy = dict[Key, tuple[int, Any]]
"""(scope, type, id) to revision and data."""
_SLACK = 1e-3
"""Seconds: times are told to the millisecond."""
DERIVED = (
    catalogue.artist_libraries.c["artist_id", "library_id", "song_count", "album_count", "duration_ms"],
    catalogue.albums.c["id", "song_count", "duration_ms"],
    catalogue.libraries.c["id", "song_count", "album_count", "artist_count", "duration_ms", "size"],
    catalogue.genre_libraries.c["genre_id", "library_id", "song_count", "album_count"],
    listening.user_items.c["user_id", "item_id", "liked_at", "rating", "rated_at", "play_count",
                           "last_played_at"],
    listening.plays.c["id", "user_id", "track_id", "listen_id", "started_at", "ms_played", "counted"],
    listening.playlists.c["id", "song_count", "duration_ms"],
    listening.playlist_libraries.c["playlist_id", "library_id", "song_count", "duration_ms"],
)  # fmt: skip


def fresh(world: World, name: str) -> Copy:
    """All that the server tells this person now."""
    caller, copy, asked = world.seed.callers[name], Copy(), dict[str, str]()
    while True:
        answer = world.ask(caller, "GET", "/sync/snapshot", params=asked)
        *lines, ending = [orjson.loads(line) for line in answer.content.splitlines()]
        copy |= {(one["scope"], one["type"], one["id"]): (one["rev"], one["data"]) for one in lines}
        if "cursor" in ending:
            return copy
        asked = {"page": ending["page"]}


def held(phone: Phone) -> Copy:
    query = "SELECT scope, type, id, rev, data FROM items"
    return {(*key, id_): (rev, orjson.loads(data)) for *key, id_, rev, data in phone.client.store.rows(query)}


def same_copies(world: World, phones: Sequence[Phone]) -> None:
    """By what is in them, and by the digest."""
    for name in {one.name for one in phones}:
        there = fresh(world, name)
        answer = world.ask(world.seed.callers[name], "GET", "/sync/digest").json()["items"]
        theirs = {items.Digest(one["scope"], one["type"], one["items"], one["sum"]) for one in answer}
        for phone in (one for one in phones if one.name == name):
            here = held(phone)
            assert here.keys() == there.keys(), differing(here, there)
            assert here == there, differing(here, there)
            scopes = [scope for (scope,) in phone.client.store.rows("SELECT scope FROM scopes")]
            mine = {one for scope in scopes for one in items.digests(phone.client.store, scope)}
            assert mine == theirs


def differing(here: Copy, there: Copy) -> list[Any]:
    keys = [key for key in here.keys() | there.keys() if here.get(key) != there.get(key)]
    return [(key, here.get(key), there.get(key)) for key in sorted(keys)]


def nothing_waits(phones: Sequence[Phone]) -> None:
    """But for what somebody may yet bring back the playlist of, who was not heard since the restore."""
    for phone in phones:
        states = phone.client.store.rows("SELECT n, type, state, status, code FROM outbox")
        assert [one for one in states if one[2] not in ("settled", "early")] == []


def as_listed(world: World, name: str, copy: Copy) -> None:
    """The copy says what the lists of the API say."""
    caller = world.seed.callers[name]

    def get(path: str, **params: Any) -> Any:
        answer = world.ask(caller, "GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    mine = {key[2]: data for key, (_, data) in copy.items() if key[1] == "user_item@1"}
    for kind in ("tracks", "albums", "artists"):
        liked = {one["id"] for one in get("/likes")[kind]}
        here = present(copy, f"{kind[:-1]}@1")
        assert liked & here == {id_ for id_, one in mine.items() if one["liked_at"]} & here, kind
    for one in get("/tracks", limit=100)["items"]:
        told = mine.get(one["id"], {})
        assert (one["user"]["rating"], one["user"]["play_count"]) == (
            told.get("rating"), told.get("play_count") or 0
        )  # fmt: skip
    here = present(copy, "track@1")
    marks = {key[2]: data["position_ms"] for key, (_, data) in copy.items()
             if key[1] == "bookmark@1" and key[2] in here}  # fmt: skip
    listed = {one["track"]["id"]: one["position_ms"] for one in get("/bookmarks")["items"]}
    assert {id_: at for id_, at in listed.items() if id_ in here} == marks
    _playlists_as_listed(get, copy)


def present(copy: Copy, type_: str) -> set[str]:
    """What is hidden, because its files are gone for now, is left out of lists."""
    gone = "missing_since"
    return {key[2] for key, (_, data) in copy.items() if key[1] == type_ and not data.get(gone)}


def _playlists_as_listed(get: Any, copy: Copy) -> None:
    names = {key[2]: data["name"] for key, (_, data) in copy.items() if key[1] == "playlist@1"}
    assert {one["id"]: one["name"] for one in get("/playlists", limit=200)["items"]} == names
    here = present(copy, "track@1")
    for playlist in names:
        rows = {key[2]: data for key, (_, data) in copy.items()
                if key[1] == "playlist_item@1" and data["playlist_id"] == playlist}  # fmt: skip
        ordered = sorted(rows, key=lambda id_: (rows[id_]["position"].encode(), id_))
        listed = [one["id"] for one in get(f"/playlists/{playlist}/items", limit=500)["items"]]
        assert listed == [id_ for id_ in ordered if id_ in set(listed)]
        assert {id_ for id_, one in rows.items() if one["track_id"] in here} <= set(listed)


# The model


def receipts(world: World, name: str) -> dict[str, Receipt]:
    t = push_receipts.c
    query = sa.select(t.id, t.received_at, t.status, t.code, t.canonical).where(
        t.user_id == world.seed.callers[name].user_id
    )
    found = [Receipt(name, str(row.id), *row[1:]) for row in world.rows(query)]
    return {one.id: one for one in found}


def logged(world: World, name: str, table: sa.Table, *columns: str) -> list[Any]:
    wanted = [table.c[column] for column in ("id", "at", "source", *columns)]
    return world.rows(sa.select(*wanted).where(table.c.user_id == world.seed.callers[name].user_id))


def logs_are_what_was_done(world: World, name: str, said: Sequence[Said]) -> None:
    """Each once, at its time, of its item."""
    for type_, table, column in (("like.set", listening.like_events, "liked"),
                                 ("rating.set", listening.rating_events, "rating")):  # fmt: skip
        rows = logged(world, name, table, "item_id", column)
        there = Counter((str(r.id), r.at, str(r.item_id), int(r[4])) for r in rows if r.source == "sync")
        done = Counter(
            (one.id, one.at, one.data["item_id"], int(one.data[column])) for one in said if one.type == type_
        )
        assert there == done, (type_, there - done, done - there)
    rows = logged(world, name, listening.listens)
    plays = Counter((str(row.id), row.at) for row in rows if row.source == "sync")
    assert plays == Counter((one.id, one.at) for one in said if one.type == "play")


def elsewhere(world: World, name: str) -> list[Said]:
    """What came another way than from devices: it is in the same order with all else."""
    rows = logged(world, name, listening.like_events, "item_kind", "item_id", "liked")
    return [
        Said(row.at, str(row.id), "like.set", {"item_id": str(row.item_id), "liked": row.liked})
        for row in rows
        if row.source != "sync"
    ]


def state_is_what_was_said(copy: Copy, said: Sequence[Said], model: Model) -> None:
    """`said` with what came from elsewhere, in order."""
    mine = {key[2]: data for key, (_, data) in copy.items() if key[1] == "user_item@1"}
    likes = {id_: near(one["liked_at"]) for id_, one in mine.items() if one["liked_at"]}
    wanted = {id_: near(at) for id_, at in model_of.likes(said, model).items()}
    assert likes == {id_: at for id_, at in wanted.items() if id_ in mine}
    assert all(id_ in mine for id_ in wanted), "a like that nobody is told of"
    rated = {id_: (one["rating"], near(one["rated_at"])) for id_, one in mine.items() if one["rating"]}
    assert rated == {id_: (one, near(at)) for id_, (one, at) in model_of.ratings(said, model).items()}
    kept = {data["name"]: data["value"] for key, (_, data) in copy.items() if key[1] == "user_setting@1"}
    assert kept == model_of.settings(said)


def bookmarks_are_what_was_said(copy: Copy, said: Sequence[Said], left_out: set[str]) -> None:
    marks = {key[2]: (data["position_ms"], data["comment"] or None)
             for key, (_, data) in copy.items() if key[1] == "bookmark@1"}  # fmt: skip
    wanted = model_of.bookmarks(said)
    assert {id_: one for id_, one in marks.items() if id_ not in left_out} == {
        id_: one for id_, one in wanted.items() if id_ not in left_out
    }


def rows_are_what_was_said(
    copy: Copy, said: Sequence[Said], answered: Mapping[str, Receipt], owner: str
) -> None:
    there = {key[2] for key, (_, data) in copy.items()
             if key[1] == "playlist@1" and data["owner_id"] == owner}  # fmt: skip
    made = {one.data["playlist_id"] for one in said if one.type == "playlist.create"}
    gone = {one.data["playlist_id"] for one in said if one.type == "playlist.delete"}
    assert there == made - gone
    wanted = model_of.rows(said, answered)
    for playlist in there:
        rows = {key[2] for key, (_, data) in copy.items()
                if key[1] == "playlist_item@1" and data["playlist_id"] == playlist}  # fmt: skip
        assert rows == wanted.get(playlist, set())


def near(at: str | datetime) -> float:
    return round((time_of(at) if isinstance(at, str) else at).timestamp(), 3)


def counted_as_anew(world: World) -> None:
    """Every number is what it would be made anew from the logs."""
    before = _derived(world)

    async def quietly(_: object) -> None:
        return None

    world.loop.run(rebuild(world.core, quietly))
    for was, anew in zip(before, _derived(world), strict=True):
        assert was == anew, (was - anew, anew - was)
    heard = sa.select(sa.func.count()).select_from(listening.play_listens)
    [(joined,)] = world.rows(heard)
    distinct = sa.select(sa.func.count(listening.play_listens.c.listen_id.distinct()))
    assert world.rows(distinct) == [(joined,)], "a listen in two plays"


def _derived(world: World) -> list[Counter[Any]]:
    found = [world.rows(sa.select(*columns)) for columns in DERIVED]
    return [Counter(_plain(tuple(row)) for row in rows) for rows in found]


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row


def people(world: World) -> Mapping[str, str]:
    return {row.name: str(row.id) for row in world.rows(sa.select(users.c.id, users.c.name))}
