"""Artists: by id, and by name only with an album to show for it."""

from dataclasses import replace
from uuid import UUID

import pytest

from mcma_musicbrainz.enricher import MusicBrainz
from mcma_plugins.enrichers import KnownArtist, KnownCredit
from mcma_plugins.ids import ArtistId
from tests.support.musicbrainz import FakeMusicBrainz
from tests.support.musicbrainz_known import known as known_album
from tests.support.musicbrainz_places import ANN, BOB, KINO, OTHER_ANN
from tests.support.musicbrainz_world import Album, Person, by, mbid

pytestmark = pytest.mark.anyio
AUTOMATIC, REVIEW = 0.90, 0.50


def known(name: str, mbid: str | None = None, *albums: str) -> KnownArtist:
    return KnownArtist(ArtistId(UUID(int=3)), name, mbid=mbid, albums=albums)


async def test_by_id(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    (found,) = await enricher.artist(known("Ann Ash", ANN.mbid))
    assert (found.ref, found.score) == (f"artist:{ANN.mbid}", 1.0)
    assert found.fields == {
        "name": "Ann Ash",
        "sort_name": "Ash, Ann",
        "mbid": ANN.mbid,
        "type": "person",
        "begin": "1970-02-03",
        "area": "Oslo",
        "links": ["https://ann.example.org/"],
    }
    assert fake.counts() == {"artist": 1}


async def test_an_id_with_another_name_is_for_a_person(enricher: MusicBrainz) -> None:
    (found,) = await enricher.artist(known("Somebody Else", ANN.mbid))
    assert REVIEW < found.score < AUTOMATIC


async def test_an_id_that_is_gone(enricher: MusicBrainz) -> None:
    assert await enricher.artist(known("Ann Ash", mbid("gone"))) == []


@pytest.mark.parametrize(("album", "wanted"), [("Night Songs", ANN), ("Fiddle Tunes", OTHER_ANN)])
async def test_namesakes_are_told_apart_by_their_albums(
    enricher: MusicBrainz, album: str, wanted: Person
) -> None:
    found = await enricher.artist(known("Ann Ash", None, album))
    assert len(found) == 2
    assert found[0].ref == f"artist:{wanted.mbid}"
    assert found[0].score > AUTOMATIC
    assert found[1].score < REVIEW


async def test_a_name_alone_is_no_evidence(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    for albums in ((), ("Nothing of Theirs",)):
        found = await enricher.artist(known("Ann Ash", None, *albums))
        assert all(one.score < REVIEW for one in found)


@pytest.mark.parametrize("title", ["Ann Ash", "The Best of Ann Ash", "Greatest Hits, Vol. 2", "Live"])
async def test_what_albums_of_many_are_called_is_for_a_person(
    fake: FakeMusicBrainz, enricher: MusicBrainz, title: str
) -> None:
    """The other Ann Ash has one that is called so, perhaps, and nobody entered it."""
    fake.world.albums.append(Album(title, by(ANN)))
    found = await enricher.artist(known("Ann Ash", None, title))
    assert found[0].ref == f"artist:{ANN.mbid}"
    assert REVIEW < found[0].score < AUTOMATIC
    sure = await enricher.artist(known("Ann Ash", None, title, "Night Songs"))
    assert (sure[0].ref, sure[0].score > AUTOMATIC) == (f"artist:{ANN.mbid}", True)


async def test_a_name_in_other_letters(enricher: MusicBrainz) -> None:
    found = await enricher.artist(known("Кино", None, "Gruppa krovi"))
    assert found[0].ref == f"artist:{KINO.mbid}"
    assert found[0].score > AUTOMATIC


@pytest.mark.parametrize("name", ["Kino", "Ash, Ann", 'Kino "!(x'])
async def test_by_a_name_that_is_not_its_own(enricher: MusicBrainz, name: str) -> None:
    """Aliases and sort names are searched for as well."""
    album = "Gruppa krovi" if "Kino" in name else "Night Songs"
    found = await enricher.artist(known(name, None, album))
    assert [one.ref for one in found[:1]] == ([f"artist:{ANN.mbid}"] if "Ash" in name else
        [] if "!" in name else [f"artist:{KINO.mbid}"])  # fmt: skip


async def test_an_album_behind_the_first_hundred_of_an_artist(
    fake: FakeMusicBrainz, enricher: MusicBrainz
) -> None:
    fake.world.albums[:0] = [Album(f"Bootleg {one}", by(ANN)) for one in range(150)]
    found = await enricher.artist(known("Ann Ash", None, "Night Songs"))
    assert (found[0].ref, found[0].score > AUTOMATIC) == (f"artist:{ANN.mbid}", True)


async def test_an_id_that_was_merged(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    fake.world.merged[mbid("former")] = ANN.mbid
    (found,) = await enricher.artist(known("Ann Ash", mbid("former")))
    assert (found.ref, found.score, found.fields["mbid"]) == (f"artist:{ANN.mbid}", 1.0, ANN.mbid)
    assert found.fields["former_mbids"] == [mbid("former")]
    (found,) = await enricher.artist(known("Ann Ash", ANN.mbid.upper()))
    assert "former_mbids" not in found.fields


async def test_an_album_tells_of_ids_that_were_merged(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    """Only of whom it credits, and with one question that is kept."""
    former, gone = mbid("former"), mbid("gone")
    fake.world.merged |= {former: ANN.mbid, mbid("bob"): BOB.mbid}
    album = known_album(fake.world.albums[0].editions[0], ids=True)
    people = [KnownCredit("Ann Ash", one) for one in (former, gone, mbid("bob"), ANN.mbid)]
    tagged = replace(album, artists=people[:1], tracks=[replace(one, artists=people) for one in album.tracks])
    for _ in range(2):
        (found, *_) = await enricher.album(tagged)
        said = {id_: one["former_mbids"] for id_, one in found.artists.items() if "former_mbids" in one}
        assert said == {ANN.mbid: [former]}
    assert fake.counts()["artist"] == 3
    (found, *_) = await enricher.album(album)
    assert not any("former_mbids" in one for one in found.artists.values())
    assert fake.counts()["artist"] == 3, "who is credited as in the tags is not asked about"
