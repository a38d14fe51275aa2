"""Decisions over a scanned folder with a real ffmpeg: what was decided is what comes, and for whom."""

from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from mcma.domain.errors import Gone, InvalidInput, NotFound, Unavailable
from mcma.services.renditions import Renditions, passes
from mcma.services.renditions.decisions import Decisions
from mcma.services.renditions.passes import Pass, Passes
from mcma.services.streaming import Streams
from mcma.store.clock import new_id, utcnow
from mcma_plugins.decisions import Abilities, DirectPlay, Unfit, Wanted
from mcma_plugins.ids import TrackId
from tests.support.renditions import heard
from tests.support.studio import Studio, all_of, listener

pytestmark = pytest.mark.anyio
KEY, OLD_KEY = b"k" * 32, b"o" * 32
FLAC = Abilities(direct=[DirectPlay(["flac"], ["flac"])])
MP3 = Abilities(wanted=[Wanted("mp3", "mp3")], max_made_bit_rate_kbps=96)


def deciding(studio: Studio, renditions: Renditions, key: bytes = KEY) -> Decisions:
    streams = Streams(studio.database, studio.folder / "artwork", renditions)
    return Decisions(streams, renditions, Passes(key, [OLD_KEY]))


async def test_the_file_as_it_is(studio: Studio) -> None:
    decisions = deciding(studio, await studio.open())
    track = await studio.track("Short")
    found = await decisions.decide(studio.ann, track, FLAC)
    assert (found.plays, found.source.codec, found.made) == (True, "flac", None)
    assert found.params is not None
    served = await decisions.serve(studio.ann, track, found.params)
    assert await all_of(served) == (studio.folder / "music" / "Short.flac").read_bytes()


async def test_what_is_made_is_what_was_decided(studio: Studio, tmp_path: Path) -> None:
    decisions = deciding(studio, await studio.open())
    track = await studio.track("Short")
    found = await decisions.decide(studio.ann, track, MP3)
    assert (found.plays, list(found.reasons)) == (False, [Unfit.NOTHING_NAMED])
    assert found.params is not None
    assert found.made is not None
    came = heard(await all_of(await decisions.serve(studio.ann, track, found.params)), tmp_path)
    assert (came.codec, came.sample_rate) == (found.made.codec, found.made.sample_rate_hz)
    assert came.seconds == pytest.approx(1.0, abs=0.1)
    later = await decisions.serve(studio.ann, track, found.params, offset_ms=500)
    assert heard(await all_of(later), tmp_path).seconds == pytest.approx(0.5, abs=0.1)
    with pytest.raises(InvalidInput, match=r"^offset"):
        await decisions.serve(studio.ann, track, found.params, offset_ms=3000)


async def test_params_are_one_users_for_one_file(studio: Studio) -> None:
    decisions = deciding(studio, await studio.open())
    track, other = await studio.track("Short"), await studio.track("Long")
    params = (await decisions.decide(studio.ann, track, FLAC)).params
    assert params is not None
    with pytest.raises(InvalidInput):
        await decisions.serve(listener("bob"), track, params)
    with pytest.raises(Gone):
        await decisions.serve(studio.ann, other, params)
    with pytest.raises(NotFound):
        await decisions.serve(studio.ann, TrackId(new_id()), params)
    for forged in ("", "x", "a.b.c", "x" * 9000, params[:-4] + "AAAA", params.upper()):
        with pytest.raises(InvalidInput):
            await decisions.serve(studio.ann, track, forged)


async def test_they_end_with_the_file(studio: Studio) -> None:
    renditions = await studio.open()
    decisions = deciding(studio, renditions)
    track = await studio.track("Short")
    params = (await decisions.decide(studio.ann, track, MP3)).params
    assert params is not None
    studio.music.put("Short.flac", fmt="flac", title="Short", artist="Ann", seconds=1.2)
    with pytest.raises(Gone, match="changed"):
        await decisions.serve(studio.ann, track, params)
    await studio.music.scan()
    renditions.forget()
    with pytest.raises(Gone, match="changed"):
        await decisions.serve(studio.ann, track, params)


async def test_they_are_good_for_two_days_and_beyond_a_new_key(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    renditions = await studio.open()
    track = await studio.track("Short")
    before = await deciding(studio, renditions, OLD_KEY).decide(studio.ann, track, FLAC)
    assert before.params is not None
    said = jwt.decode(before.params, options={"verify_signature": False})
    assert timedelta(hours=47).total_seconds() < said["exp"] - utcnow().timestamp() <= 48 * 3600
    decisions = deciding(studio, renditions)
    await all_of(await decisions.serve(studio.ann, track, before.params))
    monkeypatch.setattr(passes, "GOOD_FOR", -timedelta(seconds=5))
    late = Passes(KEY).write(studio.ann.user_id, Pass((await studio.file("Short")).id, None))
    with pytest.raises(Gone, match="too old"):
        await decisions.serve(studio.ann, track, late)


async def test_a_login_is_no_decision(studio: Studio) -> None:
    """Both are made of one key, and say what they are for."""
    from mcma.services.people.tokens import AccessTokens

    login = AccessTokens(KEY).issue(studio.ann.user_id, 1).value
    with pytest.raises(InvalidInput):
        Passes(KEY).read(login, studio.ann.user_id)


async def test_without_ffmpeg_nothing_is_promised_and_nothing_else_is_sent(studio: Studio) -> None:
    whole = deciding(studio, await studio.open())
    track = await studio.track("Long")
    params = (await whole.decide(studio.ann, track, MP3)).params
    assert params is not None
    without = deciding(studio, await studio.open(studio.folder / "nowhere"))
    found = await without.decide(studio.ann, track, MP3)
    assert (found.made, found.params, bool(found.error)) == (None, None, True)
    with pytest.raises(Unavailable, match="no-ffmpeg"):
        await without.serve(studio.ann, track, params)
