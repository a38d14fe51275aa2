"""By sound: an album in one question, kept; and what happens without a key, or on a bad day."""

import subprocess
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from mcma_musicbrainz import sounds
from mcma_musicbrainz.enricher import MusicBrainz
from mcma_musicbrainz.packing import packed
from mcma_musicbrainz.sounds import AT_ONCE, MOST
from mcma_plugins import RetryLater
from mcma_plugins.enrichers import Candidate
from mcma_plugins.testing import FakeRemote
from tests.support.audio import make_audio
from tests.support.musicbrainz import FakeMusicBrainz, acoustid_of, asking, settings_of
from tests.support.musicbrainz_known import known, single, untagged
from tests.support.musicbrainz_places import disc, songs
from tests.support.musicbrainz_world import Album, Edition, by, mbid
from tests.support.webserver import Answer, saying

pytestmark = pytest.mark.anyio


@pytest.fixture
def edition(fake: FakeMusicBrainz) -> Edition:
    return next(one for one in fake.world.albums if one.title == "Hits of the Year").editions[0]


@pytest.fixture
async def keyless(fake: FakeMusicBrainz, remote: FakeRemote) -> AsyncIterator[MusicBrainz]:
    async with asking(settings_of(fake, acoustid_key=""), remote) as made:
        yield made


def reason(found: Candidate, name: str) -> str:
    return next(one.note for one in found.reasons if one.field == name)


@pytest.mark.parametrize("seconds", [8, 30])
def test_fingerprints_are_packed_as_chromaprint_does(tmp_path: Path, seconds: int) -> None:
    music = make_audio(tmp_path / "a.flac", fmt="flac", seconds=seconds)
    raw, theirs = (_chromaprint(music, form) for form in ("raw", "base64"))
    assert len(raw) > 100
    assert packed(raw) == theirs.decode().strip()


def _chromaprint(music: Path, form: str) -> bytes:
    command = [get_ffmpeg_exe(), "-v", "error", "-i", music, "-f", "chromaprint", "-algorithm", "1",
               "-fp_format", form, "-"]  # fmt: skip
    return subprocess.run(command, check=True, capture_output=True).stdout


def test_nothing_is_packed_as_nothing() -> None:
    assert urlsafe_b64decode(packed(b"") + "==") == b"\x01\x00\x00\x00"


async def test_each_fingerprint_is_asked_for_once(
    fake: FakeMusicBrainz, enricher: MusicBrainz, edition: Edition
) -> None:
    album = untagged(known(edition, sound=True))
    first, second = await enricher.album(album), await enricher.album(album)
    assert first == second
    assert (len(fake.sounds.asked), len(fake.web.asked)) == (1, 1)
    kept = first[0].tracks[album.tracks[1].id]["acoustid"]
    assert kept == acoustid_of(edition.discs[0].slots[1].song)


async def test_what_another_service_said_is_not_what_this_one_says(
    fake: FakeMusicBrainz, remote: FakeRemote, enricher: MusicBrainz, edition: Edition
) -> None:
    album = untagged(known(edition, sound=True))
    async with asking(settings_of(fake, acoustid_url=fake.sounds.url("/other")), remote) as other:
        assert await other.album(album) == await enricher.album(album)
    assert [one.path for one in fake.sounds.asked] == ["/other/v2/lookup", "/v2/lookup"]


@pytest.mark.parametrize(("most", "questions"), [(MOST, 3), (AT_ONCE, 1), (24, 2)])
async def test_an_album_of_many_is_asked_for_a_few_at_a_time(
    fake: FakeMusicBrainz,
    enricher: MusicBrainz,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    questions: int,
) -> None:
    """Of what is beyond all measure some are enough."""
    monkeypatch.setattr(sounds, "MOST", most)
    credit = by(fake.world.people()[0])
    long = Album("A Long One", credit)
    Edition(long, [disc(songs(", ".join(f"Long {one}" for one in range(25)), credit))])
    fake.world.add(long)
    (found,) = await enricher.album(untagged(known(long.editions[0], sound=True)))
    assert found.ref == f"release:{long.editions[0].mbid}"
    assert len(fake.sounds.asked) == questions


async def test_a_track_is_known_by_its_sound(
    fake: FakeMusicBrainz, enricher: MusicBrainz, edition: Edition
) -> None:
    song = edition.discs[0].slots[2].song
    track = single(song, sound=True)
    found = await enricher.track(replace(track, title="Track 07", artists=()))
    assert found[0].ref == f"recording:{song.mbid}"
    assert found[0].tracks[track.id]["acoustid"] == acoustid_of(song)


async def test_without_a_key_it_is_said_that_nobody_listened(
    fake: FakeMusicBrainz, keyless: MusicBrainz, edition: Edition
) -> None:
    found = await keyless.album(known(edition, sound=True))
    assert found[0].score > 0.9, "its tags are good enough"
    assert "MCMA_PLUGIN_MUSICBRAINZ_ACOUSTID_KEY" in reason(found[0], "acoustid")
    assert await keyless.album(untagged(known(edition, sound=True))) == []
    assert not fake.sounds.asked


async def test_a_wrong_key_is_no_reason_to_know_nothing(
    fake: FakeMusicBrainz, remote: FakeRemote, edition: Edition
) -> None:
    async with asking(settings_of(fake, acoustid_key="wrong"), remote) as enricher:
        found = await enricher.album(known(edition, sound=True))
    assert found[0].score > 0.9
    assert "key" in reason(found[0], "asked")
    assert "wrong" not in repr(found)


async def test_a_wrong_key_is_not_tried_again_for_each_album(
    fake: FakeMusicBrainz, remote: FakeRemote, edition: Edition
) -> None:
    """By no process; another key is. What only its sound could tell waits for it."""
    wrong, right = settings_of(fake, acoustid_key="wrong"), settings_of(fake)
    for _ in range(2):
        async with asking(wrong, remote) as enricher:
            assert [one.code for one in await enricher.notices()] in ([], ["acoustid_key_refused"])
            with pytest.raises(RetryLater) as caught:
                await enricher.album(untagged(known(edition, sound=True)))
            assert (caught.value.stable_code, caught.value.after) == ("limited", 6 * 3600)
            assert (await enricher.album(known(edition, ids=True, sound=True)))[0].score > 0.9
            [notice] = await enricher.notices()
            assert (notice.code, notice.by_choice) == ("acoustid_key_refused", False)
            assert "does not know the key" in notice.reason
    assert len(fake.sounds.asked) == 1
    async with asking(right, remote) as enricher:
        assert (await enricher.album(untagged(known(edition, sound=True))))[0].score > 0.8
        assert await enricher.notices() == []


async def test_what_is_not_asked_is_said(fake: FakeMusicBrainz, keyless: MusicBrainz) -> None:
    assert [(one.code, one.by_choice) for one in await keyless.notices()] == [("no_acoustid_key", True)]
    fake.searches = saying(404)
    with pytest.raises(RetryLater):
        await keyless.album(known(fake.world.albums[0].editions[0]))
    said = {one.code: one for one in await keyless.notices()}
    assert said.keys() == {"no_acoustid_key", "no_search"}
    assert fake.web.address in said["no_search"].reason


@pytest.mark.parametrize(("answer", "code"), [
    (saying(503, retry_after="9"), "unreachable"), (saying(429), "rate_limited"),
    (saying(400, b'{"status": "error", "error": {"code": 14, "message": "rate limit"}}'), "rate_limited"),
    (saying(200, b"<html>", content_type="text/html"), "bad_answer"), (saying(200, b"[]"), "bad_answer"),
    (saying(400, b'{"status": "error", "error": {"code": 5, "message": "internal"}}'), "unreachable"),
    (saying(200, b'{"status": "error"}'), "bad_answer"), (saying(200, b"{"), "bad_answer"),
])  # fmt: skip
async def test_what_only_its_sound_could_tell_waits_for_a_better_day(
    fake: FakeMusicBrainz, enricher: MusicBrainz, edition: Edition, answer: Answer, code: str
) -> None:
    """Else it would be remembered that nothing is known of it."""
    fake.faults["/v2/lookup"] = answer
    with pytest.raises(RetryLater) as caught:
        await enricher.album(untagged(known(edition, sound=True)))
    assert caught.value.stable_code == code


async def test_what_its_ids_tell_needs_nobody_to_listen(
    fake: FakeMusicBrainz, enricher: MusicBrainz, edition: Edition
) -> None:
    fake.faults["/v2/lookup"] = saying(503)
    assert (await enricher.album(known(edition, ids=True, sound=True)))[0].score > 0.9


@pytest.mark.parametrize("results", [
    "null", "[]", "[null]", '[{"id": "x"}]', '[{"score": 7, "id": "x"}]', '[{"score": 0.9, "recordings": 3}]',
    f'[{{"score": 0.9, "id": "{mbid(1)}", "recordings": [{{"id": 5, "releases": 1}}]}}]',
])  # fmt: skip
async def test_odd_answers_say_nothing(
    fake: FakeMusicBrainz, enricher: MusicBrainz, edition: Edition, results: str
) -> None:
    said = f'{{"status": "ok", "fingerprints": [{{"index": 0, "results": {results}}}]}}'
    fake.faults["/v2/lookup"] = saying(content=said.encode(), content_type="application/json")
    assert await enricher.album(untagged(known(edition, sound=True))) == []
