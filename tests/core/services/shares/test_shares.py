"""Shares as their owners keep them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from mcma.services.people.app_passwords import ALPHABET
from mcma.services.people.secretbox import SecretBox
from mcma.services.shares import shares as service
from mcma.services.shares.shares import ShareService
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.queries import people
from mcma.store.tables.machinery import changes
from mcma.store.tables.shares import share_items, shares
from mcma_plugins.ids import ShareId
from mcma_plugins.services import Shares
from mcma_plugins.values import ItemKind, Right, ShareView
from tests.support.household import KEY, OTHER_KEY
from tests.support.sharing import Home, token_of

pytestmark = pytest.mark.anyio
TRACK, ALBUM, ARTIST, PLAYLIST = ItemKind.TRACK, ItemKind.ALBUM, ItemKind.ARTIST, ItemKind.PLAYLIST


async def test_it_is_what_adapters_are_promised(home: Home) -> None:
    promised: Shares = home.shares
    assert promised is not None


async def rows_of(database: Database, table: sa.Table) -> list[Any]:
    async with database.read() as connection:
        return list((await connection.execute(sa.select(table))).all())


async def test_made_listed_shown_changed_and_deleted(home: Home) -> None:
    album, track = home.lib.albums[0], home.lib.tracks[-1]
    later = utcnow() + timedelta(days=1)
    made = await home.share(
        (ALBUM, album), (TRACK, track), (ALBUM, album), description=" x ", expires_at=later
    )
    assert [(one.kind, one.id) for one in made.items] == [(ALBUM, album), (TRACK, track)]
    assert (made.description, made.allow_download, made.visits, made.owner) == ("x", False, 0, home.user.name)
    assert all(one.name for one in made.items)
    [listed] = (await home.shares.page(home.user)).items
    assert listed == made
    found = await home.shares.share(home.user, made.id)
    assert [one.id for one in found.tracks] == [*home.lib.tracks_of[album], track]
    assert found.complete
    [several] = await home.shares.shares(home.user)
    assert several == found
    changed = await home.shares.update(home.user, made.id, description="", allow_download=True)
    assert (changed.description, changed.allow_download, changed.expires_at) == (None, True, made.expires_at)
    assert (changed.path, changed.rev) == (made.path, made.rev + 1)
    endless = await home.shares.update(home.user, made.id, endless=True)
    assert (endless.expires_at, endless.allow_download) == (None, True)
    await home.shares.delete(home.user, made.id)
    assert await home.shares.shares(home.user) == []
    for gone in (home.shares.delete(home.user, made.id), home.shares.update(home.user, made.id)):
        with pytest.raises(NotFound):
            await gone


async def test_others_shares_do_not_exist_but_for_administrators(home: Home) -> None:
    mine = await home.share((TRACK, home.lib.tracks[0]))
    theirs = await home.share((TRACK, home.lib.tracks[1]), caller=home.friend)
    assert [one.id for one in (await home.shares.page(home.friend)).items] == [theirs.id]
    for refused in (
        home.shares.share(home.friend, mine.id),
        home.shares.update(home.friend, mine.id, description="mine now"),
        home.shares.delete(home.friend, mine.id),
        home.shares.share(home.user, ShareId(new_id())),
    ):
        with pytest.raises(NotFound):
            await refused
    seen = [(one.share.id, one.share.owner) for one in await home.shares.shares(home.lib.admin)]
    assert seen == [(theirs.id, "friend"), (mine.id, home.user.name)]
    await home.shares.delete(home.lib.admin, mine.id)
    assert await home.shares.shares(home.user) == []


async def test_pages_go_on_after_the_last_one(home: Home) -> None:
    made = [await home.share((TRACK, home.lib.tracks[n])) for n in range(5)]
    seen: list[ShareView] = []
    after: UUID | None = None
    for _ in range(3):
        page = await home.shares.page(home.user, after, 2)
        seen, after = [*seen, *page.items], page.next
    assert after is None
    assert [one.id for one in seen] == [one.id for one in reversed(made)]


async def test_what_cannot_be_seen_is_skipped(home: Home) -> None:
    made = await home.share((TRACK, new_id()), (PLAYLIST, new_id()), (ARTIST, home.lib.artists[0]))
    assert [one.kind for one in made.items] == [ARTIST]
    with pytest.raises(NotFound):
        await home.share((TRACK, new_id()))
    with pytest.raises(NotFound):
        await home.share()
    assert len(await rows_of(home.database, shares)) == 1


async def test_limits(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    track = (TRACK, home.lib.tracks[0])
    with pytest.raises(InvalidInput):
        await home.share(track, expires_at=utcnow() - timedelta(seconds=1))
    with pytest.raises(InvalidInput):
        await home.share(track, description="x" * 2001)
    with pytest.raises(InvalidInput):
        await home.share(*[track] * 1001)
    monkeypatch.setattr(service, "MOST_SHARES", 1)
    await home.share(track, description="a\0b")
    with pytest.raises(Conflict):
        await home.share(track)
    await home.share(track, caller=home.friend)


async def test_the_link_is_random_and_not_readable_in_the_database(home: Home) -> None:
    made = [await home.share((TRACK, home.lib.tracks[0])) for _ in range(3)]
    tokens = {token_of(one) for one in made}
    assert len(tokens) == 3
    assert {len(one) for one in tokens} == {26}, "130 bits"
    assert set("".join(tokens)) <= set(ALPHABET)
    stored = b"".join(row.token + row.token_hash for row in await rows_of(home.database, shares))
    assert not any(one.encode() in stored for one in tokens)


async def test_a_new_key_takes_the_links_along(home: Home) -> None:
    made = await home.share((TRACK, home.lib.tracks[0]))
    other = ShareService(home.database, SecretBox(OTHER_KEY, [KEY]))
    assert await other.rekey() == 0
    alone = ShareService(home.database, SecretBox(OTHER_KEY))
    assert (await alone.share(home.user, made.id)).share.path == made.path


async def test_without_its_key_a_link_works_and_is_shown_no_more(home: Home) -> None:
    made = await home.share((TRACK, home.lib.tracks[0]))
    stranger = ShareService(home.database, SecretBox(OTHER_KEY))
    assert await stranger.rekey() == 1
    assert (await stranger.share(home.user, made.id)).share.path is None
    assert len(await home.shown(made)) == 1


async def test_devices_hear_of_it_by_the_feed_but_not_of_visits(home: Home) -> None:
    made = await home.share((TRACK, home.lib.tracks[0]))

    async def told() -> list[Any]:
        query = sa.select(changes).where(changes.c.kind == "share")
        async with home.database.read() as connection:
            return list((await connection.execute(query)).all())

    [first] = await told()
    assert (first.scope, first.scope_id, first.op) == ("me", home.user.user_id, "put")
    await home.shown(made)
    await home.open.close()
    [again] = await told()
    assert again == first
    await home.shares.delete(home.user, made.id)
    [last] = await told()
    assert (last.op, last.item_id) == ("del", made.id)


async def test_shares_go_with_their_owner(home: Home) -> None:
    await home.share((TRACK, home.lib.tracks[0]))
    async with home.database.write() as transaction:
        await people.delete_user(transaction.connection, home.user.user_id)
    assert await rows_of(home.database, shares) == []
    assert await rows_of(home.database, share_items) == []


async def test_sharing_is_a_right_and_so_is_letting_it_be_saved(home: Home) -> None:
    track = (TRACK, home.lib.tracks[0])
    listener = replace(home.user, rights=frozenset({Right.DOWNLOAD}))
    made = await home.share(track)
    for refused in (
        home.share(track, caller=listener),
        home.shares.update(listener, made.id, description="x"),
        home.share(track, caller=replace(home.user, rights=frozenset({Right.SHARE})), allow_download=True),
        home.shares.update(replace(home.user, rights=frozenset({Right.SHARE})), made.id, allow_download=True),
    ):
        with pytest.raises(Forbidden):
            await refused
    assert len((await home.shares.page(listener)).items) == 1
    await home.shares.delete(listener, made.id)
