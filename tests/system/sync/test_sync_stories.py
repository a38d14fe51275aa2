"""Stories of devices that are told whole, each on both engines."""

from collections.abc import Iterator

import pytest

from mcma.store.tables.listening import listens
from mcma_client.errors import ClientError
from tests.support import sync_ends as ends
from tests.support.sync_phone import Phone
from tests.support.sync_world import World


@pytest.fixture
def phones(world: World) -> Iterator[list[Phone]]:
    """Two of one person, in step."""
    made = [Phone(world, "ada", index) for index in range(2)]
    in_step(*made)
    yield made
    for phone in made:
        phone.close()


def in_step(*phones: Phone) -> None:
    for phone in (*phones, *phones):
        assert phone.sync()


def liked(phone: Phone) -> set[str]:
    return {one.id for one in phone.client.see.liked()}


def plays(world: World) -> int:
    return len(ends.logged(world, "ada", listens))


def agree(world: World, phones: list[Phone]) -> None:
    ends.nothing_waits(phones)
    ends.same_copies(world, phones)
    assert [phone.client.outbox.rejected() for phone in phones] == [[], []]


def test_a_server_that_is_put_back_gets_again_what_it_lost(world: World, phones: list[Phone]) -> None:
    """From both devices, whichever comes first, and each thing once."""
    one, other = phones
    tracks = world.seed.tracks
    one.client.record.like("track", tracks[0])
    playlist = one.client.record.create_playlist("Before")
    in_step(*phones)
    backup = world.backed_up()
    one.client.record.like("track", tracks[1])
    one.client.record.play(tracks[1], 240_000)
    lost = one.client.record.create_playlist("After")
    one.client.record.add_tracks(playlist, tracks[:2])
    in_step(*phones)
    other.client.record.add_tracks(playlist, [tracks[2]])
    other.client.record.rate("track", tracks[0], 4)
    in_step(*phones)
    world.put_back(backup)
    in_step(other, one)
    assert liked(one) == liked(other) == set(tracks[:2])
    assert plays(world) == 1 and other.client.see.mine("track", tracks[0]).rating == 4
    assert other.client.see.tracks(playlist) == tracks[:3] and lost in other.client.see.playlists()
    agree(world, phones)


def test_rows_that_are_sent_again_before_their_playlist(world: World, phones: list[Phone]) -> None:
    """The device that made it is heard last: what the other put into it is not lost."""
    one, other = phones
    backup = world.backed_up()
    playlist = one.client.record.create_playlist("After")
    in_step(*phones)
    other.client.record.add_tracks(playlist, world.seed.tracks[:2])
    in_step(*phones)
    world.put_back(backup)
    assert other.sync()
    assert other.client.outbox.rejected() == []
    in_step(one, other)
    assert one.client.see.tracks(playlist) == other.client.see.tracks(playlist) == world.seed.tracks[:2]
    agree(world, phones)


def test_away_for_longer_than_deletions_are_told(world: World, phones: list[Phone]) -> None:
    one, other = phones
    playlist = one.client.record.create_playlist("Short")
    one.client.record.add_tracks(playlist, world.seed.tracks)
    in_step(*phones)
    other.client.record.like("track", world.seed.tracks[3])
    one.client.record.delete_playlist(playlist)
    assert one.sync()
    world.forget_deletions()
    assert playlist in other.client.see.playlists()
    assert other.sync("pull")
    assert playlist not in other.client.see.playlists()
    in_step(*phones)
    assert liked(one) == {world.seed.tracks[3]}
    agree(world, phones)


def test_a_device_that_is_revoked_with_things_to_say(world: World, phones: list[Phone]) -> None:
    one, tracks, before = phones[0], world.seed.tracks, phones[0].id
    one.client.record.play(tracks[0], 240_000)
    in_step(*phones)
    one.client.record.play(tracks[1], 240_000)
    assert world.ask(world.seed.callers["ada"], "DELETE", f"/devices/{before}").status_code == 204
    in_step(*phones)
    assert one.id != before and plays(world) == 2
    agree(world, phones)


def test_a_track_that_is_merged_while_it_is_liked_and_downloaded(world: World, phones: list[Phone]) -> None:
    one, other = phones
    loser, winner = world.seed.tracks[:2]
    one.client.files.pin("track", loser)
    failed: list[tuple[str, ClientError]] = []
    one.client.fetch(lambda _: None, lambda *why: failed.append(why))
    had = one.client.files.path(loser)
    one.client.record.like("track", loser)
    assert world.admin("POST", f"/tracks/{loser}/merge", json={"into": winner}).status_code == 200
    in_step(*phones)
    assert liked(one) == liked(other) == {winner}
    one.client.fetch(lambda _: None, lambda *why: failed.append(why))
    here = one.client.files.path(loser)
    assert failed == [] and had is not None and here is not None
    assert here == one.client.files.path(winner) and here.stat().st_size > 0
    agree(world, phones)
