"""What is served for a wish: a table of files and wishes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcma.domain.errors import InvalidInput
from mcma.domain.profiles import CODECS, FORMATS, PROFILES, Reason, Sound, Target, choose
from mcma_plugins.streams import StreamWish

CD = Sound("flac", 900, 44_100, 2, 16, True, 240_000)
HIRES = Sound("flac", 4000, 96_000, 2, 24, True, 240_000)
SURROUND = Sound("flac", 6000, 48_000, 6, 24, True, 240_000)
DSD = Sound("dsd", 5645, 2_822_400, 2, 1, True, 240_000)
MP3 = Sound("mp3", 320, 44_100, 2, None, False, 240_000)
SMALL = Sound("mp3", 96, 44_100, 1, None, False, 240_000)
OPUS = Sound("opus", 130, 48_000, 2, None, False, 240_000)
VORBIS = Sound("vorbis", 160, 44_100, 2, None, False, 240_000)
AAC = Sound("aac", 256, 44_100, 2, None, False, 0)


@pytest.mark.parametrize(
    ("sound", "wish", "chosen"),
    [
        (CD, StreamWish(), Reason.ASKED),
        (CD, StreamWish("RAW", 64), Reason.ASKED),
        (CD, StreamWish("wma"), Reason.UNKNOWN_FORMAT),
        (MP3, StreamWish("mp3"), Reason.FITS),
        (MP3, StreamWish("mp3", 320), Reason.FITS),
        (MP3, StreamWish("mp3", 310), Reason.FITS),
        (MP3, StreamWish(bit_rate_kbps=320), Reason.FITS),
        (OPUS, StreamWish("opus-128"), Reason.FITS),
        (OPUS, StreamWish("ogg"), Reason.FITS),
        (AAC, StreamWish("m4a"), Reason.FITS),
        (CD, StreamWish("flac", 320), Reason.FITS),
        (CD, StreamWish("flac", sample_rate_hz=44_100, channels=2), Reason.FITS),
        (MP3, StreamWish("mp3", 192), "mp3-192-44100-2"),
        (MP3, StreamWish("mp3", 200), "mp3-192-44100-2"),
        (MP3, StreamWish(bit_rate_kbps=100), "mp3-96-44100-2"),
        (OPUS, StreamWish(bit_rate_kbps=64), "opus-64-48000-2"),
        (VORBIS, StreamWish(bit_rate_kbps=64), "mp3-64-44100-2"),
        (CD, StreamWish(bit_rate_kbps=128), "mp3-128-44100-2"),
        (CD, StreamWish("mp3"), "mp3-192-44100-2"),
        (CD, StreamWish("mp3-320"), "mp3-320-44100-2"),
        (CD, StreamWish("mp3-320", 96), "mp3-96-44100-2"),
        (CD, StreamWish("mp3", 1), "mp3-32-44100-2"),
        (CD, StreamWish("mp3", 9999), "mp3-320-44100-2"),
        (CD, StreamWish("opus"), "opus-128-48000-2"),
        (CD, StreamWish("opus", sample_rate_hz=44_100), "opus-128-24000-2"),
        (SMALL, StreamWish("opus"), "opus-96-48000-1"),
        (SMALL, StreamWish("flac"), "flac-0-44100-1-16"),
        (HIRES, StreamWish("mp3"), "mp3-192-48000-2"),
        (HIRES, StreamWish("flac", sample_rate_hz=48_000), "flac-0-48000-2-24"),
        (HIRES, StreamWish("flac", sample_rate_hz=50_000), "flac-0-48000-2-24"),
        (HIRES, StreamWish("aac", channels=1), "aac-160-48000-1"),
        (SURROUND, StreamWish("opus"), "opus-128-48000-2"),
        (SURROUND, StreamWish("flac", channels=4), "flac-0-48000-4-24"),
        (DSD, StreamWish("flac"), "flac-0-176400-2-16"),
        (MP3, StreamWish(offset_ms=1000), "mp3-192-44100-2"),
        (CD, StreamWish("flac", offset_ms=1000), "flac-0-44100-2-16"),
        (AAC, StreamWish("m4a", offset_ms=10**7), "aac-160-44100-2"),
    ],
)
def test_what_is_chosen(sound: Sound, wish: StreamWish, chosen: Reason | str) -> None:
    found = choose(sound, wish)
    assert (found if isinstance(found, Reason) else found.key) == chosen


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (StreamWish("mp3", 0), "bitrate"),
        (StreamWish("mp3", 10**9), "bitrate"),
        (StreamWish("mp3", sample_rate_hz=1), "sample_rate"),
        (StreamWish("mp3", channels=0), "channels"),
        (StreamWish("mp3", channels=500), "channels"),
        (StreamWish("mp3", offset_ms=-1), "offset"),
        (StreamWish("mp3", offset_ms=240_000), "offset"),
        (StreamWish(offset_ms=10**12), "offset"),
    ],
)
def test_absurd_values_name_their_field(wish: StreamWish, field: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{field}:"):
        choose(CD, wish)


RATES = st.sampled_from([0, 8000, 11025, 22050, 44100, 48000, 88200, 96000, 192000, 352800, 2822400])


@given(
    st.builds(
        Sound, st.sampled_from(["mp3", "flac", "opus", "aac", "vorbis", "alac", "pcm", ""]),
        st.integers(0, 20_000), RATES, st.integers(0, 32), st.none() | st.integers(1, 64), st.booleans(),
        st.integers(0, 10**8),
    ),
    st.sampled_from([*FORMATS, *PROFILES, None]), st.none() | st.integers(1, 10_000),
    st.none() | st.integers(8000, 192_000), st.none() | st.integers(1, 8),
)  # fmt: skip
def test_whatever_a_file_holds_it_can_be_written(
    sound: Sound, name: str | None, rate: int | None, hz: int | None, channels: int | None
) -> None:
    found = choose(sound, StreamWish(name, rate, hz, channels))
    if isinstance(found, Reason):
        return
    codec = found.codec
    assert codec.least <= found.bit_rate_kbps <= codec.most
    assert found.sample_rate_hz in codec.sample_rates
    assert 1 <= found.channels <= codec.channels
    assert hz is None or found.sample_rate_hz <= max(hz, codec.sample_rates[0])
    assert channels is None or found.channels <= channels
    assert found.bytes_of(sound.duration_ms) >= 0


def test_profiles_are_of_codecs_and_within_them() -> None:
    for profile in PROFILES.values():
        codec = CODECS[profile.codec]
        assert codec.least <= profile.bit_rate_kbps <= codec.most
        found = choose(Sound("pcm", 1411, 44_100, 2, 16, True, 1000), StreamWish(profile.name))
        assert isinstance(found, Target)
        assert found.bit_rate_kbps == profile.bit_rate_kbps
