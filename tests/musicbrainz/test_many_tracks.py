"""Boxes of hundreds and thousands of tracks: as well matched as albums, without comparing all with all."""

import random
from dataclasses import replace

import pytest

from mcma_musicbrainz import candidates, library, nearness, pairs
from mcma_musicbrainz.choosing import MOST, chosen
from mcma_musicbrainz.editions import release
from mcma_musicbrainz.enricher import MusicBrainz
from mcma_musicbrainz.nearness import near
from mcma_musicbrainz.pairs import pairs_of
from mcma_musicbrainz.values import Release
from mcma_plugins import PermanentError
from mcma_plugins.enrichers import KnownAlbum, KnownTrack
from tests.support import musicbrainz_xml as xml
from tests.support.musicbrainz import FakeMusicBrainz
from tests.support.musicbrainz_known import known, untagged
from tests.support.musicbrainz_places import FORMER
from tests.support.musicbrainz_world import Album, Disc, Edition, Person, Slot, Song, by

pytestmark = pytest.mark.anyio
WORDS = ["red", "blue", "sea", "moon", "song", "night", "day", "road", "love", "rain", "fire", "stone"]


def box(count: int, chance: random.Random, title: str = "") -> Edition:
    mine = by(Person("Somebody"))
    songs = [
        Song(title or f"{' '.join(chance.sample(WORDS, 3))} {one}", mine, chance.randrange(60_000, 400_000))
        for one in range(count)
    ]
    discs = [Disc([Slot(one) for one in songs[at : at + 25]]) for at in range(0, count, 25)]
    return Edition(Album("All of It", mine), discs)


def told(edition: Edition) -> Release:
    said = library.read(xml.document(xml.edition(edition, frozenset({"recordings", "media"}))))
    found = release(said["release"])
    assert found is not None
    return found


def misspelled(album: KnownAlbum, chance: random.Random) -> KnownAlbum:
    """In any order, without numbers, a letter of each title missing, lengths a little off, some not on it."""

    def wrong(one: KnownTrack) -> KnownTrack:
        at = chance.randrange(1, len(one.title) - 3)
        return replace(one, title=one.title[:at] + one.title[at + 1 :], track=None, disc=None,
                       duration_ms=one.duration_ms + chance.randrange(-1500, 1500))  # fmt: skip

    tracks = [wrong(one) for one in album.tracks if chance.random() < 0.9]
    chance.shuffle(tracks)
    return replace(album, tracks=tracks)


def made(album: KnownAlbum, of: Release) -> dict[object, str]:
    return {one.track.id: one.other.mbid for one in pairs_of(album.tracks, of, {})}


@pytest.mark.parametrize("how", ["tagged", "untagged", "misspelled", "all called the same"])
def test_the_pairs_are_those_of_comparing_all_with_all(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(how)
    edition = box(60, chance, title="Scene" if how == "all called the same" else "")
    album = known(edition)
    if how == "untagged":
        album = untagged(album)
    elif how == "misspelled":
        album = misspelled(album, chance)
    of = told(edition)
    whole = made(album, of)
    assert len(whole) == len(album.tracks)
    monkeypatch.setattr(pairs, "MOST_CELLS", 100)
    assert made(album, of) == whole


@pytest.mark.parametrize("title", ["", "Scene"])
def test_what_is_compared_grows_with_the_tracks_not_with_their_square(
    title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearness, "MOST", 4_000)
    edition = box(1000, random.Random(1), title)
    of = told(edition)
    tracks = untagged(known(edition)).tracks
    cells = list(near(tracks, list(of.tracks), {}, {one.mbid: 0 for one in of.tracks}))
    assert len(cells) == len(set(cells)) <= 4_000
    assert {row for row, _ in cells} == set(range(1000))


async def test_an_album_of_more_than_can_be_told_is_not_divided(
    fake: FakeMusicBrainz, enricher: MusicBrainz, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that are told of would be another album than the rest."""
    monkeypatch.setattr(candidates, "MOST_TRACKS", 7)
    edition = fake.world.albums[0].editions[0]
    album = known(edition, ids=True)
    (found,) = await enricher.album(album)
    assert len(found.tracks) == 7, "that they are of one release their tags say"
    asked = len(fake.web.asked)
    for named, questions in (([], 0), ([FORMER], 1)):
        with pytest.raises(PermanentError) as caught:
            await enricher.album(replace(album, ids={"mbid.release": named}))
        assert "8 tracks are more than" in caught.value.message
        assert len(fake.web.asked) == asked + questions


@pytest.mark.parametrize("size", [3, MOST, MOST + 1])
def test_each_is_chosen_once(size: int) -> None:
    """The best sum where few hang together, the best pair first where they are many."""
    cells = {(row, column): 0.9 for row in range(size) for column in range(size)}
    cells |= {(row, row): 1.0 for row in range(size)} | {(size, size): 0.6}
    assert sorted(chosen(cells)) == [(one, one) for one in range(size + 1)]


def test_a_whole_is_better_than_its_best_pair() -> None:
    assert sorted(chosen({(0, 0): 1.0, (0, 1): 0.9, (1, 0): 0.9, (1, 1): 0.5})) == [(0, 1), (1, 0)]
