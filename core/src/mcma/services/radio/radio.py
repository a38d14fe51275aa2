"""Radios: endless lists around something, which never repeat and say why each track is there.

What a radio has given is kept: a page that is asked for twice is the same page, and no track comes again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random, randrange
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput, NotFound
from mcma.domain.variety import RADIO, Choice
from mcma.services.catalogue.lookup import some
from mcma.services.radio.likeness import DISLIKED, Candidate, Leaving, Likeness, rows_of
from mcma.services.radio.radiopools import Pools
from mcma.services.radio.similar import chosen_from
from mcma.store.access import sight
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.queries import radio as queries
from mcma.store.queries import similar as walks
from mcma.store.tables.radio import radio_items, radios
from mcma_plugins.suggestions import Note, RadioAbout, RadioPage, Reason, Suggestion
from mcma_plugins.values import Caller, ItemKind, TrackView

MOST = 100
"""Tracks of one page."""
LONGEST = 10_000
"""Tracks of one radio: a month without a pause."""
KEPT, KEPT_FOR = 50, timedelta(days=30)
"""Radios of one user."""
JUST_PLAYED = timedelta(hours=3)
JUST_HEARD = Note("just_heard", "Nothing else is left: some of these were heard within three hours.")
NOTHING_BETTER = Reason("from_your_library", "from your library", 0.1)


@dataclass(frozen=True, slots=True)
class _Radio:
    id: UUID
    pool: tuple[UUID, ...]
    seed: int

    def random(self, position: int) -> Random:
        return Random(f"{self.seed}:{position}")  # noqa: S311


class RadioService:
    """Satisfies `mcma_plugins.services.Radio`."""

    def __init__(self, database: Database, likeness: Likeness, pools: Pools) -> None:
        self._database, self._likeness, self._pools = database, likeness, pools

    async def start(
        self, caller: Caller, about: RadioAbout, limit: int = 20, *, seed: int | None = None
    ) -> RadioPage:
        """With its first page. `NotFound` when something it is to be about is not there."""
        seed = randrange(2**31) if seed is None else seed  # noqa: S311
        made = _Radio(new_id(), tuple(await self._pools.of(caller, about, Random(seed))), seed)  # noqa: S311
        now = utcnow()
        row = {
            "id": made.id, "user_id": caller.user_id, "about": _doc(about), "seed": seed,
            "pool": [str(id_) for id_ in made.pool], "created_at": now, "used_at": now,
        }  # fmt: skip
        async with self._database.write() as transaction:
            await transaction.connection.execute(sa.insert(radios), [row])
            await transaction.connection.execute(queries.forgotten(caller.user_id, now - KEPT_FOR, KEPT))
        return await self._page(caller, made, 0, limit)

    async def next(self, caller: Caller, radio_id: UUID, after: int = 0, limit: int = 20) -> RadioPage:
        """The tracks behind the first `after`. Asked again, the same ones."""
        async with self._database.read() as connection:
            row = (await connection.execute(queries.radio(caller.user_id, radio_id))).first()
            if row is None:
                raise NotFound("There is no such radio.", hint="Radios nobody listens to end after a month.")
            length = int(await connection.scalar(queries.length(row.id)) or 0)
        if after > length:
            raise InvalidInput("This radio has not come so far.")
        found = _Radio(row.id, tuple(UUID(id_) for id_ in row.pool or ()), row.seed)
        if after < length:
            return await self._given(caller, found, after, limit)
        return await self._page(caller, found, after, limit)

    async def _page(self, caller: Caller, radio: _Radio, position: int, limit: int) -> RadioPage:
        count = max(0, min(limit, MOST, LONGEST - position))
        chosen, notes = await self._chosen(caller, radio, position, count)
        await self._keep(radio, position, chosen)
        return await self._given(caller, radio, position, count, notes)

    async def _chosen(
        self, caller: Caller, radio: _Radio, position: int, count: int
    ) -> tuple[list[Candidate], tuple[Note, ...]]:
        random = radio.random(position)
        leaving, before = await self._circumstances(caller, radio, position)
        seeds = random.sample(radio.pool, min(len(radio.pool), walks.SEEDS))
        around = await self._likeness.around(caller, seeds, random, leaving)
        chosen = chosen_from(around.candidates, count, RADIO, random, before)
        for patience in (leaving, replace(leaving, tracks=())):
            if len(chosen) < count:
                chosen += await self._anything(caller, random, patience, chosen, count - len(chosen))
        again = any(one.facts.id in leaving.tracks for one in chosen)
        return chosen, (*around.notes, JUST_HEARD) if again else around.notes

    async def _circumstances(
        self, caller: Caller, radio: _Radio, position: int
    ) -> tuple[Leaving, list[Choice]]:
        """What not to play now, and what came just before."""
        user, since = caller.user_id, utcnow() - JUST_PLAYED
        seen = sight(caller)
        async with self._database.read() as connection:
            heard = set(await connection.scalars(queries.just_played(user, since)))
            disliked = frozenset(await connection.scalars(queries.disliked(user)))
            start = max(0, position - RADIO.within)
            rows = (await connection.execute(queries.given(radio.id, start, RADIO.within))).all()
            last = [row.track_id for row in rows]
            found = {}
            if last:
                values = seen.values | walks.filled("id", last, walks.SEEDS)
                columns = await walks.facts(seen.scope, walks.SEEDS, False).columns(connection, values)
                found = {facts.id: facts for facts, _, _ in rows_of(columns)}
        before = [Candidate(found[id_], 0.0, ()).choice for id_ in last if id_ in found]
        return Leaving(heard, disliked, disliked, radio.id), before

    async def _anything(
        self, caller: Caller, random: Random, leaving: Leaving, chosen: Sequence[Candidate], count: int
    ) -> list[Candidate]:
        """From anywhere in the libraries, once nothing is left that is like the radio."""
        seen, taken = sight(caller), {one.facts.id for one in chosen}
        made: list[Candidate] = []
        limit = count + len(leaving.tracks) + len(taken) + MOST
        async with self._database.read() as connection:
            for start in (random.random(), 0.0):
                values = seen.values | {"radio": leaving.radio, "start": start, "limit": limit}
                columns = await walks.anywhere(seen.scope).columns(connection, values)
                for facts, _, rating in rows_of(columns):
                    if rating != DISLIKED and facts.id not in taken and leaving.takes(facts):
                        taken.add(facts.id)
                        made.append(Candidate(facts, NOTHING_BETTER.weight, (NOTHING_BETTER,)))
        return chosen_from(made[: 4 * count], count, RADIO, random, [one.choice for one in chosen])

    async def _keep(self, radio: _Radio, position: int, chosen: Sequence[Candidate]) -> None:
        """Unless somebody who asked at the same time was faster: then what they got is what there is."""
        rows = [
            {"radio_id": radio.id, "position": position + place, "track_id": one.facts.id,
             "reasons": [list(reason) for reason in one.reasons]}
            for place, one in enumerate(chosen)
        ]  # fmt: skip
        async with self._database.write() as transaction:
            connection = transaction.connection
            await connection.execute(sa.select(radios.c.id).where(radios.c.id == radio.id).with_for_update())
            if rows and await connection.scalar(queries.length(radio.id)) == position:
                await connection.execute(sa.insert(radio_items), rows)
            statement = sa.update(radios).where(radios.c.id == radio.id).values(used_at=utcnow())
            await connection.execute(statement)

    async def _given(
        self, caller: Caller, radio: _Radio, position: int, limit: int, notes: tuple[Note, ...] = ()
    ) -> RadioPage:
        async with self._database.read() as connection:
            rows = (await connection.execute(queries.given(radio.id, position, min(limit, MOST)))).all()
            views = await _views(connection, caller, [row.track_id for row in rows])
        items = [_suggestion(views[row.track_id], row.reasons) for row in rows if row.track_id in views]
        return RadioPage(radio.id, items, position + len(rows) if rows else None, notes)


async def _views(connection: AsyncConnection, caller: Caller, ids: Sequence[UUID]) -> dict[UUID, TrackView]:
    return await some(connection, caller, ItemKind.TRACK, ids) if ids else {}


def _suggestion(view: TrackView, stored: Sequence[Sequence[Any]] | None) -> Suggestion:
    why = tuple(Reason(*one) for one in stored or ())
    return Suggestion(view, round(sum(reason.weight for reason in why), 3), why)


def _doc(about: RadioAbout) -> dict[str, Any]:
    return {"items": [[item.kind.value, str(item.id)] for item in about.items], "genre": about.genre}
