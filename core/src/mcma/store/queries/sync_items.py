"""What clients are told of each kind of the feed, by id. Names on the wire are those of the columns."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from mcma.store.queries.conditions import SIZES
from mcma.store.queries.prepared import Prepared, param
from mcma.store.queries.rows import quick, read_type
from mcma.store.queries.sync import PUT
from mcma.store.tables import catalogue as c
from mcma.store.tables import listening as heard
from mcma.store.tables import people as p
from mcma.store.tables import push as pushed
from mcma.store.tables.machinery import changes, jobs
from mcma.store.tables.matching import reviews
from mcma.store.tables.radio import stations
from mcma.store.tables.shares import shares
from mcma.store.tables.wanted import download_requests
from mcma.store.types import Id, Json

USER = "user"
"""The parameter of kinds that are one user's."""


class Told(NamedTuple):
    """One kind: the table, its columns for clients, and what makes a row the item."""

    table: sa.Table
    names: str
    key: str = "id"
    user: str | None = None
    """The column of the user whose row it is, where the item's id alone is not enough."""
    of_claim: bool = False
    """With what is said of the claim that the row points to."""
    hides_track: bool = False
    """`track_id` is null for a reader who may not see the track's library."""

    @property
    def columns(self) -> list[str]:
        return [*self.names.split(), *(_CLAIM if self.of_claim else ())]

    @property
    def sources(self) -> list[sa.Column[Any]]:
        """Where each of them comes from."""
        said = [heard.claims.c[name.removeprefix("claim_")] for name in _CLAIM]
        return [*(self.table.c[name] for name in self.names.split()), *(said if self.of_claim else ())]


_CLAIM = ("claim_title", "claim_artists", "claim_album", "claim_duration_ms", "claim_isrc")
KINDS: Mapping[str, Told] = {
    "library": Told(c.libraries, "number name kind source created_at"),
    "artist": Told(c.artists, "name sort_name mbid disambiguation artwork_id"),
    "album": Told(
        c.albums,
        "library_id title sort_title version artist year date original_date compilation explicit mbid "
        "release_group_mbid artwork_id details missing_since created_at",
    ),
    "track": Told(
        c.tracks,
        "library_id album_id title sort_title artist album_artist disc track year date duration_ms explicit "
        "bpm recording_id recording_mbid artwork_id file_id lyrics_digest details missing_since created_at",
    ),
    "track_file": Told(
        c.track_files,
        "track_id library_id size suffix content_type codec duration_ms bit_rate_kbps sample_rate_hz "
        "bit_depth channels lossless sha256 track_gain_db track_peak album_gain_db album_peak missing_since",
    ),
    "genre": Told(c.genres, "name"),
    "label": Told(c.labels, "name mbid"),
    "library_access": Told(p.library_access, "library_id created_at", "library_id", "user_id"),
    "device": Told(p.devices, "name client profile created_at revoked_at"),
    "user_item": Told(
        heard.user_items,
        "item_kind item_id liked_at rating rated_at play_count last_played_at", "item_id", "user_id",
    ),
    "playlist": Told(
        heard.playlists, "owner_id name comment visibility rules origin artwork_id created_at changed_at"
    ),
    "playlist_item": Told(
        heard.playlist_items, "playlist_id position track_id claim_id added_at added_by", of_claim=True,
        hides_track=True,
    ),
    "bookmark": Told(
        heard.bookmarks, "track_id position_ms comment created_at changed_at", "track_id", "user_id"
    ),
    "play_queue": Told(
        heard.play_queues, "device_id track_ids current_index position_ms changed_at changed_by"
    ),
    "user_setting": Told(pushed.user_settings, "name value changed_at"),
    "download": Told(
        download_requests,
        "kind source source_id claim_id state waiting_for retry_at code error track_id note created_at "
        "changed_at",
        of_claim=True,
    ),
    "review": Told(
        reviews, "claim_id state kind score track_id source source_id decided_by created_at changed_at",
        "claim_id", of_claim=True,
    ),
    "station": Told(stations, "name stream_url homepage_url created_at"),
    "share": Told(shares, "description allow_download expires_at created_at updated_at"),
    "job": Told(jobs, "kind state note error created_at started_at finished_at"),
}  # fmt: skip


def by_ids(kind: str, ids: Sequence[UUID]) -> tuple[Prepared, dict[str, UUID]]:
    """Rows of at most 5,000 items: the item's id, its revision (null where there is none), the columns."""
    return told_by_ids(KINDS[kind], ids)


def told_by_ids(told: Told, ids: Sequence[UUID]) -> tuple[Prepared, dict[str, UUID]]:
    """The same of any kind, a plugin's as well."""
    size = next(size for size in SIZES if size >= len(ids))
    filled = [*ids, *[ids[-1]] * (size - len(ids))]
    return _by_ids(told, size), {f"id_{place}": id_ for place, id_ in enumerate(filled)}


@lru_cache(256)
def _by_ids(told: Told, size: int) -> Prepared:
    key = told.table.c[told.key]
    rev = told.table.c.rev if "rev" in told.table.c else sa.null().label("rev")
    wanted = [param(f"id_{place}", Id()) for place in range(size)]
    found = sa.select(quick(key).label("item"), rev, *_columns(told)).select_from(_source(told, told.table))
    return Prepared(found.where(key.in_(wanted), *_there(told)))


@lru_cache(128)
def present(kind: str, told: Told) -> Prepared:
    """The next `most` of one kind in one scope, from behind `item` on: the change's number, the item's id,
    its revision, the columns."""
    return _next(kind, told, [changes.c.seq, quick(changes.c.item_id), _rev(told), *_columns(told)])


@lru_cache(128)
def revisions(kind: str, told: Told) -> Prepared:
    """Of the same items only (item, revision)."""
    return _next(kind, told, [quick(changes.c.item_id), _rev(told)])


def _next(kind: str, told: Told, columns: Sequence[sa.ColumnElement[Any]]) -> Prepared:
    """Walked along the key of the feed; each row of the kind's table is one look at its own key."""
    here = (changes.c.scope == param("scope", sa.Text()), changes.c.scope_id == param("id", Id()),
            changes.c.kind == kind, changes.c.op == PUT, changes.c.item_id > param("item", Id()))  # fmt: skip
    joined = _source(told, changes.join(told.table, told.table.c[told.key] == changes.c.item_id))
    found = sa.select(*columns).select_from(joined).where(*here, *_there(told))
    return Prepared(found.order_by(changes.c.item_id).limit(param("most", sa.Integer())))


def _source(told: Told, table: sa.FromClause) -> sa.FromClause:
    if told.hides_track:
        table = table.outerjoin(c.tracks, c.tracks.c.id == told.table.c.track_id)
    if told.of_claim:
        table = table.outerjoin(heard.claims, heard.claims.c.id == told.table.c.claim_id)
    return table


def _columns(told: Told) -> list[sa.ColumnElement[Any]]:
    """Documents as text on both engines: most are the same as those of other rows."""
    return [_read(told, source).label(name) for name, source in zip(told.columns, told.sources, strict=True)]


def _read(told: Told, source: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if told.hides_track and source.name == "track_id":
        return _seen_track(source)
    return sa.cast(source, sa.Text) if source.type is Json else quick(source, joined=told.of_claim)


def _seen_track(track_id: sa.Column[Any]) -> sa.ColumnElement[Any]:
    user = param(USER, Id())
    given = sa.select(p.library_access.c.library_id).where(p.library_access.c.user_id == user)
    admin = sa.exists().where(p.users.c.id == user, p.users.c.is_admin)
    shown = sa.case((sa.or_(c.tracks.c.library_id.in_(given), admin), track_id))
    return sa.type_coerce(shown, read_type(shown))


def _rev(told: Told) -> sa.Column[Any]:
    """Where it has one, the item's: it is the same in every scope."""
    rev: sa.Column[Any] = told.table.c.rev if "rev" in told.table.c else changes.c.rev
    return rev


def _there(told: Told) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    if "deleted_at" in told.table.c:
        where.append(told.table.c.deleted_at.is_(None))
    if told.user is not None:
        where.append(told.table.c[told.user] == param(USER, Id()))
    return where
