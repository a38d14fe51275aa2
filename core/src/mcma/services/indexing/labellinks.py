"""Which labels an album has, with the number it has there; and which MusicBrainz ids labels have by that."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.credits import name_key
from mcma.domain.facts import LabelFact
from mcma.services.indexing.namelinks import ALBUM_LABELS, remove_names
from mcma.services.indexing.names import Labels
from mcma.store.bulk import insert_rows
from mcma.store.tables.catalogue import album_labels, albums, labels

Wanted = Mapping[UUID, Sequence[LabelFact]]


def labels_said(details: Mapping[str, Any] | None) -> list[LabelFact]:
    """Of an album, by its details."""
    said = details or {}
    known = {name_key(one[0]): LabelFact(*one) for one in said.get("label_info", ())}
    return [known.get(name_key(name), LabelFact(name)) for name in said.get("labels", ())]


async def add_labels(connection: AsyncConnection, names: Labels, wanted: Wanted, touched: set[UUID]) -> None:
    """For albums that are new."""
    ids = await names.known(connection, [one for group in wanted.values() for one in group])
    rows: dict[tuple[UUID, UUID], dict[str, Any]] = {}
    for album, group in wanted.items():
        for position, one in enumerate(group):
            row = {"album_id": album, "label_id": ids[one], "position": position,
                   "catalog_number": one.catalog_number}  # fmt: skip
            rows.setdefault((album, ids[one]), row)
    touched.update(label for _, label in rows)
    await insert_rows(connection, album_labels, list(rows.values()))


async def replace_labels(
    connection: AsyncConnection, names: Labels, wanted: Wanted, touched: set[UUID]
) -> None:
    """Notes all that came or went."""
    await remove_names(connection, ALBUM_LABELS, list(wanted), touched)
    await add_labels(connection, names, wanted, touched)


async def forget_ids(connection: AsyncConnection, ids: Collection[UUID]) -> None:
    """Of those labels of whose albums none says it any more: what said it was taken back."""
    query = sa.select(labels.c.id, labels.c.mbid).where(labels.c.id.in_(ids), labels.c.mbid.is_not(None))
    known = {row.id: row.mbid for row in await connection.execute(query)}
    if not known:
        return
    said = sa.cast(albums.c.details, sa.Text)
    saying = (
        sa.select(album_labels.c.label_id)
        .join_from(album_labels, albums, albums.c.id == album_labels.c.album_id)
        .where(sa.or_(*(
            sa.and_(album_labels.c.label_id == label, said.contains(str(mbid)))
            for label, mbid in sorted(known.items())
        )))
        .distinct()
    )  # fmt: skip
    gone = known.keys() - set(await connection.scalars(saying))
    if gone:
        await connection.execute(sa.update(labels).where(labels.c.id.in_(gone)).values(mbid=None))
