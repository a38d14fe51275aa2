"""What sounds alike, and ways from one song to another."""

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from math import cos, pi, sin
from uuid import UUID

import pytest

from mcma.domain.errors import Conflict, NotFound
from mcma.host.asking import Answer, ask_similarities
from mcma.host.loading import Hosted
from mcma.services.radio.sonic import SonicService
from mcma.services.radio.sounds import Ears
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma_plugins.ids import TrackId
from mcma_plugins.services import Sonic
from mcma_plugins.similarity import SoundMatch
from mcma_plugins.suggestions import SonicTracks
from tests.core.host.test_asking import hosted
from tests.support.catalogue import Seeded, seed, set_row
from tests.support.vectors import VECTORS, VectorEar

pytestmark = pytest.mark.anyio
SONGS = 40


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Seeded]:
    """Songs on a quarter of a circle, the last one opposite to the first as far as likeness goes."""
    seeded = await seed(database, tracks=SONGS)
    VECTORS.update({id_: on_circle(place / (SONGS - 1)) for place, id_ in enumerate(seeded.tracks)})
    yield seeded
    VECTORS.clear()


def on_circle(way: float) -> tuple[float, float]:
    return cos(way * pi / 2), sin(way * pi / 2)


def service(database: Database, *plugins: Hosted, hears: bool = True) -> SonicService:
    async def ask(tracks: Sequence[UUID], limit: int) -> list[Answer]:
        return await ask_similarities(list(plugins) or [hosted("vectors", VectorEar())], tracks, limit, 1)

    return SonicService(database, Ears(ask), lambda: hears)


def places(lib: Seeded, found: SonicTracks) -> list[int]:
    return [lib.tracks.index(one.track.id) for one in found.items]


async def test_it_is_what_adapters_are_promised(database: Database) -> None:
    promised: Sonic = service(database)
    assert promised.available and not service(database, hears=False).available


async def test_the_nearest_come_first(database: Database, lib: Seeded) -> None:
    VECTORS[new_id()] = on_circle(10 / (SONGS - 1))  # of a track that is gone
    found = await service(database).sounding_like(lib.user, TrackId(lib.tracks[10]), 4)
    assert sorted(places(lib, found)) == [8, 9, 11, 12]
    likeness = [one.likeness for one in found.items]
    assert likeness == sorted(likeness, reverse=True) and 0.99 < likeness[0] < 1


@pytest.mark.parametrize(("count", "length"), [(1, 1), (2, 2), (3, 3), (10, 10), (100, SONGS), (0, 1)])
async def test_a_path_leads_from_one_to_the_other(
    database: Database, lib: Seeded, count: int, length: int
) -> None:
    found = await service(database).path(lib.user, TrackId(lib.tracks[0]), TrackId(lib.tracks[-1]), count)
    way = places(lib, found)
    assert len(way) == length and len(set(way)) == len(way)
    assert way[0] == 0 and (length == 1 or way[-1] == SONGS - 1)
    likeness = [one.likeness for one in found.items]
    assert likeness[0] == 1.0
    if 1 < length <= 10:
        assert way == sorted(way), "each is further on than the one before"
        assert likeness == sorted(likeness, reverse=True)
        assert max(b - a for a, b in pairwise(way)) <= SONGS / (length - 1) * 2


async def test_paths_that_go_nowhere(database: Database, lib: Seeded) -> None:
    sonic, first, last = service(database), TrackId(lib.tracks[0]), TrackId(lib.tracks[-1])
    assert places(lib, await sonic.path(lib.user, first, first)) == [0]
    VECTORS.clear()
    lost = await sonic.path(lib.user, first, last)
    assert [(one.track.id, one.likeness) for one in lost.items] == [(first, 1.0), (last, -1.0)]
    assert (await sonic.sounding_like(lib.user, first)).items == []


async def test_a_recording_comes_once(database: Database, lib: Seeded) -> None:
    await set_row(database, c.tracks, lib.tracks[1:-1], recording_mbid=new_id())
    found = await service(database).path(lib.user, TrackId(lib.tracks[0]), TrackId(lib.tracks[-1]))
    assert len(found.items) == 3


async def test_what_the_caller_may_not_hear_is_not_there(database: Database, lib: Seeded) -> None:
    other = await seed(database, tracks=24, seed=2)
    VECTORS.update({id_: on_circle(0.5) for id_ in other.tracks})
    sonic, mine = service(database), TrackId(lib.tracks[0])
    assert not set(other.tracks) & {
        one.track.id for one in (await sonic.path(lib.user, mine, TrackId(lib.tracks[-1]))).items
    }
    for start, end in ((mine, TrackId(other.tracks[0])), (TrackId(other.tracks[0]), mine), (mine, new_id())):
        with pytest.raises(NotFound):
            await sonic.path(lib.user, start, TrackId(end))
    with pytest.raises(NotFound):
        await sonic.sounding_like(lib.user, TrackId(other.tracks[0]))


async def test_without_a_plugin_or_with_a_broken_one(database: Database, lib: Seeded) -> None:
    first, last = TrackId(lib.tracks[0]), TrackId(lib.tracks[-1])
    with pytest.raises(Conflict):
        await service(database, hears=False).sounding_like(lib.user, first)
    with pytest.raises(Conflict):
        await service(database, hears=False).path(lib.user, first, last)

    class Broken(VectorEar):
        async def similar(self, track_ids: Sequence[TrackId], limit: int) -> Sequence[SoundMatch]:
            raise ValueError("its own words")

    found = await service(database, hosted("broken", Broken())).path(lib.user, first, last)
    assert len(found.items) == 2
    assert [note.code for note in found.notes] == ["sound_failed"]
