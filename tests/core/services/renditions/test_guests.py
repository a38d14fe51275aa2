"""Those who opened a share: what they listen to is made beside what the household listens to."""

from dataclasses import replace
from pathlib import Path

import pytest

from mcma.domain.errors import TooManyRequests, Unavailable
from mcma.services.renditions import Bounds
from mcma.services.renditions.workshop import BUSY
from mcma.services.streaming import Streams
from mcma.store.clock import new_id
from mcma.store.tables.catalogue import track_files
from mcma_plugins.ids import ShareId, UserId
from mcma_plugins.values import Caller, StreamFile
from tests.support.catalogue import set_row
from tests.support.studio import DRIPS, MP3, Studio, all_of, following

pytestmark = pytest.mark.anyio


def guest(owner: Caller) -> Caller:
    return replace(owner, share_id=ShareId(new_id()))


def test_guests_are_bounded_by_themselves() -> None:
    bounds = Bounds(4, 2, 3, 1)
    ann = Caller(UserId(new_id()), "ann")
    assert bounds.of(ann) == (4, 2)
    assert bounds.of(guest(ann)) == (3, 1)


async def test_a_link_takes_nothing_from_the_household(studio: Studio) -> None:
    renditions = await studio.open(studio.fake(DRIPS), slots=1, per_user=1)
    short, long = await studio.track("Short"), await studio.track("Long")
    stranger, other = guest(studio.ann), guest(studio.ann)
    async with following(await renditions.serve(stranger, long, MP3)):
        with pytest.raises(TooManyRequests) as busy:
            await renditions.serve(stranger, short, MP3)
        assert busy.value.retry_after == BUSY
        with pytest.raises(TooManyRequests):
            await renditions.serve(other, short, MP3)
        async with following(await renditions.serve(studio.ann, short, MP3)):
            with pytest.raises(TooManyRequests):
                await renditions.serve(studio.ann, long, MP3._replace(bit_rate_kbps=64))


async def test_the_household_takes_nothing_from_a_link(studio: Studio) -> None:
    renditions = await studio.open(studio.fake(DRIPS), slots=1, per_user=1)
    short, long = await studio.track("Short"), await studio.track("Long")
    async with (
        following(await renditions.serve(studio.ann, short, MP3)),
        following(await renditions.serve(guest(studio.ann), long, MP3)),
    ):
        pass


async def browsers(studio: Studio, ffmpeg: Path | None = None) -> Streams:
    return Streams(studio.database, studio.folder / "artwork", await studio.open(ffmpeg))


async def test_what_browsers_play_is_sent_as_it_is(studio: Studio) -> None:
    streams, short = await browsers(studio), await studio.track("Short")
    served = await streams.for_browsers(studio.ann, short)
    assert served.told == "original; reason=asked"
    compatible = await streams.for_browsers(studio.ann, short, compatible=True)
    assert compatible.told.startswith("rendition; profile=mp3-192")
    assert await all_of(compatible)


async def test_what_they_do_not_play_becomes_mp3(studio: Studio) -> None:
    row = await studio.file("Short")
    await set_row(studio.database, track_files, row.id, container="flac", codec="alac")
    streams, short = await browsers(studio), await studio.track("Short")
    looked = await streams.for_browsers(studio.ann, short, start=False)
    assert not isinstance(looked.source, StreamFile)
    served = await streams.for_browsers(studio.ann, short)
    assert served.told.startswith("rendition; profile=mp3-192")
    assert await all_of(served)


async def test_what_is_mp3_already_stays(studio: Studio) -> None:
    row = await studio.file("Short")
    await set_row(studio.database, track_files, row.id, codec="mp3")
    served = await (await browsers(studio)).for_browsers(
        studio.ann, await studio.track("Short"), compatible=True
    )
    assert served.told == "original; reason=fits"


async def test_where_it_cannot_be_made_the_reason_is_said(studio: Studio) -> None:
    streams = await browsers(studio, studio.fake("exit 1"))
    with pytest.raises(Unavailable) as refused:
        await streams.for_browsers(studio.ann, await studio.track("Short"), compatible=True)
    assert (refused.value.stable_code, refused.value.retry_after) == ("not_playable", 60)
    assert refused.value.hint == "The reason: failed."
