"""What would be another value of an artist."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.answers import ARTIST_CHECKS, Checked
from mcma.domain.artistfacts import Said, counting
from mcma.domain.layering import ARTWORK
from mcma.domain.layerrules import PERSON, TAG
from mcma.domain.statuses import MANUAL
from mcma.services.enriching.fieldrows import Kept, Rows
from mcma.services.enriching.values import Change
from mcma.services.entities.artistrows import TOLD, told
from mcma.services.indexing.overlays import layering_of
from mcma.store.tables.catalogue import artists, field_values
from mcma_plugins.values import ItemKind, ItemRef

_FIELDS = (*ARTIST_CHECKS, ARTWORK)
_COLUMNS = {ARTWORK: "artwork_id"}


@dataclass(slots=True, eq=False)
class Artist:
    id: UUID
    status: str
    origin: str
    """Of the enricher."""
    mine: Rows
    """What it says so far."""
    row: Any
    others: list[Said]
    order: tuple[str, ...]

    def shown(self, values: Mapping[str, Any]) -> dict[str, tuple[Any, str]]:
        """Field to value and origin, if the enricher said these."""
        said = [*self.others, *(Said(name, self.origin, value) for name, value in values.items())]
        heard = [one for one in said if one.origin == PERSON or self.status != MANUAL]
        best = counting(heard, self.order)
        made = told(self.row, None, best, {}, self.status == MANUAL and not heard)
        found = {}
        for name in _FIELDS:
            column = _COLUMNS.get(name, name)
            value = made[column] if column in made else best[name].value if name in best else None
            found[name] = (_plain(value), best[name].origin if name in best else TAG)
        return found


async def artists_of(connection: AsyncConnection, ids: Collection[UUID], origin: str) -> dict[UUID, Artist]:
    columns = [artists.c[name] for name in ("id", *TOLD, "metadata_status")]
    query = sa.select(*columns).where(artists.c.id.in_(ids), artists.c.deleted_at.is_(None))
    order = layering_of(connection).order
    found = {row.id: Artist(row.id, row.metadata_status, origin, {}, row, [], order)
             for row in await connection.execute(query)}  # fmt: skip
    values = field_values.c
    said = sa.select(values.item_id, values.field, values.origin, values.value, values.candidate_id)
    mine: dict[UUID, dict[str, Kept]] = {id_: {} for id_ in found}
    for row in await connection.execute(said.where(values.item_id.in_(list(found)))):
        if row.origin == origin:
            mine[row.item_id][row.field] = Kept(row.value, row.candidate_id)
        else:
            found[row.item_id].others.append(Said(row.field, row.origin, row.value))
    for id_, artist in found.items():
        artist.mine = mine[id_]
    return found


def artist_differences(
    artist: Artist, answer: Checked | None, says: Mapping[str, Any] | None = None
) -> Iterator[Change]:
    """Of an answer beside what else stays; or of saying just these."""
    item = ItemRef(ItemKind.ARTIST, artist.id)
    now = {name: kept.value for name, kept in artist.mine.items()}
    answered = {} if answer is None else answer.values
    before, after = artist.shown(now), artist.shown({**now, **answered} if says is None else says)
    for name in _FIELDS:
        if answer is not None and name in answer.wrong:
            wrong = f"wrong: {answer.wrong[name]}"
            yield Change(item, name, *before[name], None, True, wrong)
        elif before[name][0] != after[name][0]:
            yield Change(item, name, *before[name], after[name][0], False)
        elif name in answered and after[name][0] != answered[name]:
            why = MANUAL if artist.status == MANUAL else PERSON if after[name][1] == PERSON else "enricher"
            yield Change(item, name, *before[name], answered[name], True, why)
    wrongs = {} if answer is None else answer.wrong
    for name in sorted(wrongs.keys() - set(_FIELDS)):
        yield Change(item, name, None, TAG, None, True, f"wrong: {wrongs[name]}")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
