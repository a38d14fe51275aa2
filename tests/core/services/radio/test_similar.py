"""Similar tracks and artists, and top tracks: out of what is in the database alone."""

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from mcma.domain.errors import InvalidInput, NotFound
from mcma.services.radio.likeness import Likeness
from mcma.services.radio.similar import SimilarService
from mcma.services.radio.sounds import SoundAnswer
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import user_items
from mcma.store.tables.people import library_access, users
from mcma.store.tables.radio import co_plays
from mcma_plugins.ids import ArtistId
from mcma_plugins.services import Similar
from mcma_plugins.suggestions import SuggestedTracks
from mcma_plugins.values import Caller, ItemKind, ItemRef
from tests.support.catalogue import EPOCH, Seeded, a_user, insert, seed, set_row

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lib(database: Database) -> AsyncIterator[Seeded]:
    yield await seed(database, tracks=240)


@pytest.fixture
def service(database: Database) -> SimilarService:
    return SimilarService(database, Likeness(database))


def track(id_: UUID) -> ItemRef:
    return ItemRef(ItemKind.TRACK, id_)


def ids(found: SuggestedTracks) -> list[UUID]:
    return [one.track.id for one in found.items]


def why(found: SuggestedTracks, id_: UUID) -> set[str]:
    return {reason.code for one in found.items if one.track.id == id_ for reason in one.reasons}


async def rows(database: Database, table: sa.Table, made: Sequence[dict[str, Any]]) -> None:
    async with database.write() as transaction:
        await insert(transaction.connection, table, made)


async def did(database: Database, caller: Caller, item: UUID, **values: Any) -> None:
    row = {"user_id": caller.user_id, "item_id": item, "item_kind": "track", **values}
    await rows(database, user_items, [row])


async def test_it_is_what_adapters_are_promised(database: Database) -> None:
    promised: Similar = SimilarService(database, Likeness(database))
    assert promised is not None


async def test_every_suggestion_says_why(lib: Seeded, service: SimilarService) -> None:
    found = await service.similar_tracks(lib.user, track(lib.tracks[0]), 40)
    assert len(found.items) == 40
    assert len(set(ids(found))) == 40
    assert lib.tracks[0] not in ids(found)
    for one in found.items:
        assert one.score == pytest.approx(sum(reason.weight for reason in one.reasons), abs=0.01)
        assert one.reasons
    assert [note.code for note in found.notes] == ["sound_absent"]


async def test_the_same_question_has_the_same_answer(lib: Seeded, service: SimilarService) -> None:
    first, again = [ids(await service.similar_tracks(lib.user, track(lib.tracks[5]))) for _ in range(2)]
    assert first == again
    one, other, other_again = [
        ids(await service.similar_tracks(lib.user, track(lib.tracks[5]), shuffle=n)) for n in (1, 2, 2)
    ]
    assert one != other == other_again


async def test_an_artist_is_never_all_of_it(lib: Seeded, service: SimilarService) -> None:
    found = await service.similar_tracks(lib.user, track(lib.tracks[0]), 10)
    artists = [one.track.artists[0].artist_id for one in found.items]
    assert max(artists.count(artist) for artist in artists) <= 3
    assert all(one != other for one, other in pairwise(artists))


async def test_what_was_played_together_leads(
    database: Database, lib: Seeded, service: SimilarService
) -> None:
    near, far = lib.tracks[100], lib.tracks[200]
    pairs = [(lib.tracks[0], near, 50.0), (lib.tracks[0], far, 0.1)]
    await rows(database, co_plays, [{"track_id": a, "other_id": b, "score": s} for a, b, s in pairs])
    found = await service.similar_tracks(lib.user, track(lib.tracks[0]), 100)
    assert ids(found)[0] == near
    assert "played_together" in why(found, near)
    assert "played_together" in why(found, far)


async def test_likes_lift_and_one_star_removes(
    database: Database, lib: Seeded, service: SimilarService
) -> None:
    before = await service.similar_tracks(lib.user, track(lib.tracks[0]), 500)
    first, second, *_ = before.items
    await did(database, lib.user, second.track.id, liked_at=EPOCH)
    await did(database, lib.user, first.track.id, rating=1)
    found = await service.similar_tracks(lib.user, track(lib.tracks[0]), 500)
    [lifted] = [one for one in found.items if one.track.id == second.track.id]
    assert lifted.score == pytest.approx(second.score + 0.5)
    assert "liked" in why(found, second.track.id)
    assert first.track.id not in ids(found)
    others = await service.similar_tracks(lib.admin, track(lib.tracks[0]), 500)
    assert first.track.id in ids(others), "what I dislike is my own business"
    assert "liked" not in why(others, second.track.id)


async def test_only_libraries_that_the_caller_may_see(
    database: Database, lib: Seeded, service: SimilarService
) -> None:
    other = await seed(database, tracks=60, seed=2)
    pairs = [{"track_id": lib.tracks[0], "other_id": other.tracks[0], "score": 9.0}]
    await rows(database, co_plays, pairs)
    await did(database, lib.user, other.tracks[1], liked_at=EPOCH)
    found = await service.similar_tracks(lib.user, track(lib.tracks[0]), 500)
    assert not set(ids(found)) & set(other.tracks)
    assert other.tracks[0] in ids(await service.similar_tracks(lib.admin, track(lib.tracks[0]), 500))
    with pytest.raises(NotFound):
        await service.similar_tracks(lib.user, track(other.tracks[0]))


async def test_missing_tracks_are_left_out_and_may_be_asked_about(
    database: Database, lib: Seeded, service: SimilarService
) -> None:
    first, second, third, *_ = ids(await service.similar_tracks(lib.user, track(lib.tracks[0])))
    await set_row(database, c.tracks, first, missing_since=EPOCH)
    await set_row(database, c.tracks, second, deleted_at=EPOCH, replaced_by=third)
    found = ids(await service.similar_tracks(lib.user, track(lib.tracks[0])))
    assert not {first, second} & set(found)
    assert await service.similar_tracks(lib.user, track(first))
    assert ids(await service.similar_tracks(lib.user, track(second))) == ids(
        await service.similar_tracks(lib.user, track(third))
    ), "the id of a merged track means the winner"


async def test_a_recording_comes_once_and_never_beside_itself(
    database: Database, lib: Seeded, service: SimilarService
) -> None:
    before = ids(await service.similar_tracks(lib.user, track(lib.tracks[0]), 30))
    await set_row(database, c.tracks, [lib.tracks[0], before[0]], recording_id=uuid4())
    await set_row(database, c.tracks, before[1:4], recording_id=uuid4())
    found = ids(await service.similar_tracks(lib.user, track(lib.tracks[0]), 500))
    assert before[0] not in found
    assert len(set(before[1:4]) & set(found)) == 1


async def test_a_track_without_anything_still_gets_an_answer(
    database: Database, lib: Seeded, service: SimilarService
) -> None:
    await set_row(database, c.tracks, lib.tracks[0], details=None, year=None, album_id=None)
    async with database.write() as transaction:
        for links in (c.track_genres, c.track_artists):
            await transaction.connection.execute(sa.delete(links).where(links.c.track_id == lib.tracks[0]))
    assert (await service.similar_tracks(lib.user, track(lib.tracks[0]))).items == []


async def test_albums_and_artists_can_be_asked_about(lib: Seeded, service: SimilarService) -> None:
    album = await service.similar_tracks(lib.user, ItemRef(ItemKind.ALBUM, lib.albums[0]))
    artist = await service.similar_tracks(lib.user, ItemRef(ItemKind.ARTIST, lib.artists[0]))
    assert album.items
    assert any(one.track.artists[0].artist_id == lib.artists[0] for one in artist.items)
    with pytest.raises(InvalidInput):
        await service.similar_tracks(lib.user, ItemRef(ItemKind.PLAYLIST, uuid4()))
    with pytest.raises(NotFound):
        await service.similar_tracks(lib.user, ItemRef(ItemKind.ALBUM, uuid4()))


async def test_similar_artists(database: Database, lib: Seeded, service: SimilarService) -> None:
    found = await service.similar_artists(lib.user, ArtistId(lib.artists[0]), 5)
    names = [one.artist.id for one in found.items]
    assert names
    assert lib.artists[0] not in names
    assert len(set(names)) == len(names) <= 5
    assert all(one.reasons for one in found.items)
    assert not {r.code for one in found.items for r in one.reasons} & {"same_artist"}
    friend = lib.tracks_of[lib.albums_of[lib.artists[4]][0]][0]
    mine = [id_ for album in lib.albums_of[lib.artists[0]] for id_ in lib.tracks_of[album]]
    await rows(database, co_plays, [{"track_id": id_, "other_id": friend, "score": 9.0} for id_ in mine])
    best = (await service.similar_artists(lib.user, ArtistId(lib.artists[0]))).items[0]
    assert best.artist.id == lib.artists[4]
    assert best.reasons[0].code == "played_together"
    with pytest.raises(NotFound):
        await service.similar_artists(lib.user, ArtistId(uuid4()))


async def test_top_tracks_by_plays_of_all_then_likes_then_mine(
    database: Database, lib: Seeded, service: SimilarService
) -> None:
    artist = lib.artists[2]
    theirs = [id_ for album in lib.albums_of[artist] for id_ in lib.tracks_of[album]]
    assert len(theirs) >= 5
    played, liked, mine, *rest = theirs
    await did(database, lib.admin, played, play_count=7)
    await did(database, lib.user, played, play_count=1)
    await did(database, lib.user, mine, play_count=3)
    await did(database, lib.admin, liked, play_count=3, liked_at=EPOCH)
    await did(database, lib.user, rest[0], rating=5)
    top = [view.id for view in await service.top_tracks(lib.user, ArtistId(artist), 100)]
    assert top[:3] == [played, liked, mine]
    assert set(top) == set(theirs), "what nobody has heard comes last, all the same"
    assert [view.id for view in await service.top_tracks(lib.user, ArtistId(artist), 2)] == top[:2]
    await set_row(database, c.tracks, played, missing_since=EPOCH)
    assert (await service.top_tracks(lib.user, ArtistId(artist), 1))[0].id == liked
    with pytest.raises(NotFound):
        await service.top_tracks(lib.user, ArtistId(uuid4()))


async def test_top_tracks_of_a_composer(database: Database, lib: Seeded, service: SimilarService) -> None:
    async with database.write() as transaction:
        theirs = c.track_artists.c.artist_id == lib.artists[1]
        await transaction.connection.execute(sa.update(c.track_artists).where(theirs).values(role="composer"))
    assert await service.top_tracks(lib.user, ArtistId(lib.artists[1]))


async def test_nothing_for_somebody_without_libraries(
    database: Database, lib: Seeded, service: SimilarService
) -> None:
    row, stranger = a_user("stranger")
    await rows(database, users, [row])
    with pytest.raises(NotFound):
        await service.similar_tracks(stranger, track(lib.tracks[0]))
    await rows(
        database, library_access,
        [{"user_id": stranger.user_id, "library_id": lib.library_id, "created_at": EPOCH}],
    )  # fmt: skip
    assert (await service.similar_tracks(stranger, track(lib.tracks[0]))).items


class Ears:
    """Says which tracks sound alike; notes what it was asked."""

    def __init__(self, scores: dict[UUID, float]) -> None:
        self.scores, self.asked = scores, list[UUID]()

    async def __call__(self, tracks: Sequence[UUID], limit: int, /) -> SoundAnswer:
        self.asked += tracks
        return SoundAnswer(self.scores)


async def test_ears_find_what_tags_do_not(database: Database, lib: Seeded) -> None:
    elsewhere = await seed(database, tracks=24, seed=3)
    unlike = lib.tracks[150]
    await set_row(database, c.tracks, unlike, details=None, year=None)
    ears = Ears({unlike: 0.9, elsewhere.tracks[0]: 1.0, uuid4(): 1.0})
    service = SimilarService(database, Likeness(database, ears))
    found = await service.similar_tracks(lib.user, track(lib.tracks[0]), 500)
    assert ears.asked == [lib.tracks[0]]
    assert why(found, unlike) == {"sounds_alike"}
    assert elsewhere.tracks[0] not in ids(found)
    assert found.notes == ()
