"""Folders: tracks without an album are an album when they are on one release, in few questions."""

from dataclasses import replace

import pytest

from mcma_musicbrainz.enricher import MusicBrainz
from mcma_plugins.enrichers import KnownTrack
from tests.musicbrainz.test_albums import edition
from tests.support.musicbrainz import FakeMusicBrainz
from tests.support.musicbrainz_known import in_folder, known

pytestmark = pytest.mark.anyio


def tracks(fake: FakeMusicBrainz, title: str, **how: bool) -> list[KnownTrack]:
    return list(known(edition(fake, title), **how).tracks)


@pytest.mark.parametrize(
    ("title", "called", "of", "most"),
    [
        ("Night Songs", "Night Songs", None, 3),
        ("Night Songs", "stuff", None, 8),
        ("Night Songs", "New Folder", None, 8),
        ("Hits of the Year", "Hits of the Year", "Music", 3),
        ("Hits of the Year", "mp3", None, 5),
    ],
)
async def test_its_tracks_are_one_release(
    fake: FakeMusicBrainz, enricher: MusicBrainz, title: str, called: str, of: str | None, most: int
) -> None:
    found = await enricher.album(in_folder(*tracks(fake, title), called=called, of=of))
    assert (found[0].fields["album"], found[0].score >= 0.9) == (title, True)
    assert len(found[0].tracks) == len(tracks(fake, title))
    assert fake.counts().total() <= most, fake.counts()


async def test_ids_and_sound_need_no_names(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    by_id = in_folder(*tracks(fake, "Night Songs", ids=True), called="01")
    heard = [
        replace(one, title=f"Track {place}", artists=(), guessed=frozenset({"title"}))
        for place, one in enumerate(tracks(fake, "Hits of the Year", sound=True), 1)
    ]
    [first, *_] = await enricher.album(by_id)
    assert (first.fields["album"], first.score >= 0.9) == ("Night Songs", True)
    [second, *_] = await enricher.album(in_folder(*heard))
    assert (second.fields["album"], second.score >= 0.9) == ("Hits of the Year", True)


async def test_a_folder_of_this_and_that_is_no_album(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    some = [tracks(fake, one.title)[0] for one in fake.world.albums if "Night" not in one.title][:8]
    found = await enricher.album(in_folder(*some, called="Night Songs", of="Ann Ash"))
    assert not any(one.score >= 0.5 and 2 * len(one.tracks) >= len(some) for one in found)
    assert fake.counts().total() <= 6, fake.counts()


async def test_what_lies_beside_an_album_is_not_named(fake: FakeMusicBrainz, enricher: MusicBrainz) -> None:
    mine, other = tracks(fake, "Night Songs"), tracks(fake, "Hits of the Year")[1]
    [first, *_] = await enricher.album(in_folder(*mine, other, called="Night Songs", of="Ann Ash"))
    assert first.tracks.keys() == {one.id for one in mine}
    assert first.score >= 0.8
