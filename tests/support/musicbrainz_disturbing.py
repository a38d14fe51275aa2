"""What happens to the tags of an album before it comes to a library, and what it is all the same."""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from anyascii import anyascii

from mcma_plugins.enrichers import KnownAlbum, KnownCredit, KnownTrack
from mcma_plugins.ids import TrackId
from tests.support.musicbrainz_known import known, untagged
from tests.support.musicbrainz_making import Maker
from tests.support.musicbrainz_world import VARIOUS, Edition, World

Disturb = Callable[[KnownAlbum, Edition, random.Random], KnownAlbum]


@dataclass(frozen=True)
class Case:
    kind: str
    album: KnownAlbum
    truth: dict[TrackId, str]
    """Recordings by track; empty for an album that MusicBrainz does not know."""
    groups: frozenset[str] = frozenset()


def _each(album: KnownAlbum, change: Callable[[KnownTrack], KnownTrack]) -> KnownAlbum:
    return replace(album, tracks=[change(one) for one in album.tracks])


def _typos(album: KnownAlbum, _: Edition, chance: random.Random) -> KnownAlbum:
    def wrong(text: str) -> str:
        if len(text) < 5 or chance.random() < 0.4:
            return text
        at = chance.randrange(1, len(text) - 1)
        return text[:at] + chance.choice((text[at + 1] + text[at] + text[at + 2 :], text[at + 1 :]))

    named = replace(
        album, title=wrong(album.title), artists=[KnownCredit(wrong(one.name)) for one in album.artists]
    )
    return _each(named, lambda one: replace(one, title=wrong(one.title)))


def _few_tags(album: KnownAlbum, _: Edition, __: random.Random) -> KnownAlbum:
    bare = _each(
        album,
        lambda one: replace(one, disc=None, disc_total=None, track_total=None, date=None, album_artists=()),
    )
    return replace(bare, date=None)


def _no_numbers(album: KnownAlbum, edition: Edition, chance: random.Random) -> KnownAlbum:
    bare = _each(_few_tags(album, edition, chance), lambda one: replace(one, track=None))
    return replace(bare, tracks=sorted(bare.tracks, key=lambda one: one.title))


def _wrong_order(album: KnownAlbum, _: Edition, chance: random.Random) -> KnownAlbum:
    numbers = list(range(1, len(album.tracks) + 1))
    chance.shuffle(numbers)
    tracks = [replace(one, track=number) for one, number in zip(album.tracks, numbers, strict=True)]
    return replace(album, tracks=tracks)


def _partial(album: KnownAlbum, _: Edition, chance: random.Random) -> KnownAlbum:
    kept = sorted(chance.sample(range(len(album.tracks)), 3))
    return replace(album, tracks=[album.tracks[one] for one in kept])


def _gaps(album: KnownAlbum, _: Edition, chance: random.Random) -> KnownAlbum:
    gone = set(chance.sample(range(len(album.tracks)), 2))
    return replace(album, tracks=[one for place, one in enumerate(album.tracks) if place not in gone])


def _no_lengths(album: KnownAlbum, _: Edition, __: random.Random) -> KnownAlbum:
    return _each(album, lambda one: replace(one, duration_ms=0))


def _rough_lengths(album: KnownAlbum, _: Edition, chance: random.Random) -> KnownAlbum:
    return _each(album, lambda one: replace(one, duration_ms=one.duration_ms + chance.randrange(-4000, 4000)))


def _plain_versions(album: KnownAlbum, _: Edition, __: random.Random) -> KnownAlbum:
    """Whoever tagged a concert or a demo did not say it with each song."""
    return _each(album, lambda one: replace(one, title=re.sub(r" \((live|demo)\)", "", one.title)))


def _transliterated(album: KnownAlbum, _: Edition, __: random.Random) -> KnownAlbum:
    def spelled(artists: Sequence[KnownCredit]) -> list[KnownCredit]:
        return [KnownCredit(anyascii(one.name)) for one in artists]

    named = replace(album, title=anyascii(album.title), artists=spelled(album.artists))
    return _each(named, lambda one: replace(one, title=anyascii(one.title), artists=spelled(one.artists)))


def _featured(album: KnownAlbum, _: Edition, __: random.Random) -> KnownAlbum:
    def moved(one: KnownTrack) -> KnownTrack:
        guests = ", ".join(each.name for each in one.artists[1:])
        return replace(one, title=f"{one.title} (feat. {guests})", artists=one.artists[:1]) if guests else one

    return _each(album, moved)


def _shouted(album: KnownAlbum, _: Edition, __: random.Random) -> KnownAlbum:
    loud = _each(album, lambda one: replace(one, title=f"{one.title.upper()} - Remastered 2011"))
    return replace(loud, title=f"{album.title.lower()} (Remastered)")


def _of_files(album: KnownAlbum, edition: Edition, chance: random.Random) -> KnownAlbum:
    """Names of files and of the folder say it all."""
    guessed = frozenset({"title", "track", "album", "artists"})
    return _each(
        _few_tags(album, edition, chance), lambda one: replace(one, artists=album.artists, guessed=guessed)
    )


def _other_dates(album: KnownAlbum, _: Edition, __: random.Random) -> KnownAlbum:
    """The year of a reissue that nobody has entered."""
    return replace(_each(album, lambda one: replace(one, date="2019")), date="2019")


def _two_albums_in_one(album: KnownAlbum, _: Edition, __: random.Random) -> KnownAlbum:
    """Half of the tracks say another number of discs."""
    odd = frozenset(one.id for one in album.tracks[::2])
    return _each(album, lambda one: replace(one, disc=None, disc_total=9) if one.id in odd else one)


def _with_more(album: KnownAlbum, _: Edition, __: random.Random) -> KnownAlbum:
    """A song of somebody else lies in the folder."""
    last = album.tracks[-1]
    foreign = replace(last, id=TrackId(album.id), title="Quite Another Thing", duration_ms=77_000,
                      artists=[KnownCredit("Somebody Else")], track=len(album.tracks) + 1)  # fmt: skip
    return replace(album, tracks=[*album.tracks, foreign])


KINDS: dict[str, Disturb] = {
    "as it is": lambda album, *_: album, "typos": _typos, "few tags": _few_tags, "no numbers": _no_numbers,
    "wrong order": _wrong_order, "three tracks": _partial, "gaps": _gaps, "no lengths": _no_lengths,
    "rough lengths": _rough_lengths, "featured": _featured, "shouted": _shouted, "names of files": _of_files,
    "with more": _with_more, "plain versions": _plain_versions, "transliterated": _transliterated,
    "other dates": _other_dates, "odd discs": _two_albums_in_one,
}  # fmt: skip


def cases(world: World, owned: Sequence[Edition], seed: int) -> Iterator[Case]:
    """Each album in one of the ways, and in two at once; by sound alone; with wrong ids; and strangers."""
    chance, kinds = random.Random(seed), list(KINDS)
    for place, edition in enumerate(owned):
        kind, *both = kinds[place % len(kinds)], *chance.sample(kinds, 2)
        yield _case(kind, KINDS[kind](_known(edition), edition, chance), edition)
        once = KINDS[both[0]](_known(edition), edition, chance)
        if len(once.tracks) > 4:
            yield _case(" and ".join(both), KINDS[both[1]](once, edition, chance), edition)
        if place % 6 == 0:
            yield _case("sound alone", untagged(known(edition, sound=True)), edition)
        if place % 6 == 1:
            other = {"mbid.release": [owned[place - 1].mbid]}
            yield _case("id of another", replace(_known(edition), ids=other), edition)
    yield from _strangers(world, Maker(seed + 1000))


def _known(edition: Edition) -> KnownAlbum:
    """A compilation says who made it by a flag."""
    album = known(edition)
    various = edition.credit[0].person.mbid == VARIOUS
    return replace(album, compilation=True) if various else album


def _case(kind: str, album: KnownAlbum, edition: Edition) -> Case:
    tracks = known(edition).tracks
    songs = {one.id: slot.song.mbid for one, (_, _, slot) in zip(tracks, edition.slots, strict=True)}
    truth = {one.id: songs[one.id] for one in album.tracks if one.id in songs}
    return Case(kind, album, truth, frozenset({edition.album.mbid}))


def _strangers(world: World, maker: Maker) -> Iterator[Case]:
    """Albums that MusicBrainz does not know, though it knows some that are like them."""
    for place, theirs in enumerate(world.albums[:80]):
        made = known(maker.album(maker.person()).editions[0])
        covered = known(theirs.editions[0])
        who = [KnownCredit(one.person.name) for one in theirs.credit]
        match place % 4:
            case 0:
                yield Case("unknown", made, {})
            case 1:
                yield Case("another album of theirs", _by(made, who), {})
            case 2:
                yield Case(
                    "covers", _longer(_by(replace(covered, title=made.title), made.artists), 31_000), {}
                )
            case _:
                yield Case(
                    "another concert", _longer(replace(covered, title=f"{covered.title} (Live)"), 40_000), {}
                )


def _by(album: KnownAlbum, who: Sequence[KnownCredit]) -> KnownAlbum:
    return _each(replace(album, artists=who), lambda one: replace(one, artists=who))


def _longer(album: KnownAlbum, ms: int) -> KnownAlbum:
    return _each(album, lambda one: replace(one, duration_ms=one.duration_ms + ms))
