"""Rows that nobody can hold any more: deleted long ago, and what said so is forgotten by the feed as well.

Each query gives the keys of at most `most` rows. The logs are never touched.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.store.feed import NOBODY
from mcma.store.tables import listening as heard
from mcma.store.tables import people as p
from mcma.store.tables.machinery import changes
from mcma.store.tables.push import push_receipts

EVERYBODY = UUID(NOBODY)


class Purged(NamedTuple):
    """A table of which rows go, the kind that they are in the feed, and whose they are there."""

    kind: str
    table: sa.Table
    item: sa.Column[Any]
    user: sa.ColumnElement[Any]
    where: tuple[sa.ColumnElement[bool], ...]


def purged(before: datetime) -> Sequence[Purged]:
    """In this order: the rows of a playlist go before it does."""
    rows, lists, marks, devices = heard.playlist_items, heard.playlists, heard.bookmarks, p.devices
    theirs = sa.select(lists.c.owner_id).where(lists.c.id == rows.c.playlist_id)
    owner = theirs.correlate(rows).scalar_subquery()
    list_gone = lists.c.deleted_at < before, _forgotten("playlist", lists.c.id, lists.c.owner_id)
    with_list = rows.c.playlist_id.in_(sa.select(lists.c.id).where(*list_gone))
    row_gone = sa.and_(rows.c.deleted_at < before, _forgotten("playlist_item", rows.c.id, owner))
    empty = ~sa.exists().where(rows.c.playlist_id == lists.c.id)
    mark_gone = marks.c.deleted_at < before, _forgotten("bookmark", marks.c.track_id, marks.c.user_id)
    return (
        Purged("playlist_item", rows, rows.c.id, owner, (sa.or_(row_gone, with_list),)),
        Purged("playlist", lists, lists.c.id, lists.c.owner_id, (*list_gone, empty)),
        Purged("bookmark", marks, marks.c.track_id, marks.c.user_id, mark_gone),
        Purged("device", devices, devices.c.id, devices.c.user_id, _unused(devices, before)),
    )


def _forgotten(kind: str, item: sa.ColumnElement[Any], user: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The feed has nothing of it: a client that has not heard of its going must take a snapshot anyway."""
    mine = changes.c.scope == "me", changes.c.scope_id == user
    return ~sa.exists().where(*mine, changes.c.kind == kind, changes.c.item_id == item)


def _unused(devices: sa.Table, before: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """What a device has said names it for ever. A revoked one stays in the feed: it has not gone yet."""
    logs = heard.like_events, heard.rating_events, heard.listens
    said = (*logs, heard.play_queues, push_receipts, p.app_passwords)
    named = [sa.and_(one.c.user_id == devices.c.user_id, one.c.device_id == devices.c.id) for one in said]
    tokens = p.refresh_tokens.c
    named.append(sa.and_(tokens.device_id == devices.c.id, tokens.expires_at >= before))
    return (devices.c.revoked_at < before, *(~sa.exists().where(one) for one in named))


async def purge(connection: AsyncConnection, one: Purged, most: int) -> list[tuple[UUID, UUID]]:
    """Returns (user, item) of those that went."""
    keys = list(one.table.primary_key)
    found = sa.select(one.user, one.item, *keys).where(*one.where).order_by(*keys).limit(most)
    rows = (await connection.execute(found)).all()
    for _, _, *key in rows:
        same = [column == value for column, value in zip(keys, key, strict=True)]
        await connection.execute(sa.delete(one.table).where(*same, *one.where))
    return [(row[0], row[1]) for row in rows]


async def forget(connection: AsyncConnection, kind: str, gone: Sequence[tuple[UUID, UUID]]) -> None:
    """Their going is no news: nobody has them any more."""
    for scope, scope_id in {("shared", EVERYBODY), *(("me", user) for user, _ in gone)}:
        items = [item for user, item in gone if scope == "shared" or user == scope_id]
        here = changes.c.scope == scope, changes.c.scope_id == scope_id, changes.c.kind == kind
        await connection.execute(sa.delete(changes).where(*here, changes.c.item_id.in_(items)))
