"""What a player gets: a table of files and players."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcma.domain.decisions import decide
from mcma.domain.profiles import CODECS, Sound
from mcma_plugins.decisions import (
    Abilities,
    CodecLimits,
    Comparison,
    DirectPlay,
    Fact,
    Form,
    Limit,
    Unfit,
    Wanted,
)

ALL = frozenset(codec.encoder for codec in CODECS.values())


def _file(container: str, sound: Sound) -> tuple[Form, Sound]:
    depth = sound.bit_depth if sound.lossless else None
    form = Form(container, sound.codec, sound.channels, sound.bit_rate_kbps, sound.sample_rate_hz, depth)
    return form, sound


CD = _file("flac", Sound("flac", 900, 44_100, 2, 16, True, 240_000))
HIRES = _file("flac", Sound("flac", 4000, 96_000, 2, 24, True, 240_000))
SURROUND = _file("flac", Sound("flac", 6000, 48_000, 6, 24, True, 240_000))
ALAC = _file("mp4", Sound("alac", 900, 44_100, 2, 16, True, 240_000))
DSD = _file("dsf", Sound("dsd", 5645, 2_822_400, 2, 1, True, 240_000))
MP3 = _file("mp3", Sound("mp3", 320, 44_100, 2, None, False, 240_000))
AAC = _file("mp4", Sound("aac", 256, 44_100, 2, None, False, 240_000))
OPUS = _file("ogg", Sound("opus", 130, 48_000, 2, None, False, 240_000))
OGG_FLAC = _file("ogg", Sound("flac", 900, 44_100, 2, 16, True, 240_000))
WAV = _file("wav", Sound("pcm", 1411, 44_100, 2, 16, True, 240_000))

MP3_ONLY = Abilities(direct=[DirectPlay(["mp3"], ["mp3"])], wanted=[Wanted("mp3", "mp3", "http")])
EVERYTHING = Abilities(direct=[DirectPlay()])


def limited(codec: str, *limits: Limit, wanted: str = "flac", direct: str = "flac") -> Abilities:
    return Abilities(
        direct=[DirectPlay([], [direct])], wanted=[Wanted("", wanted)], codecs=[CodecLimits(codec, limits)]
    )


def at_most(fact: Fact, value: int, *, required: bool = True) -> Limit:
    return Limit(fact, Comparison.AT_MOST, (str(value),), required)


@pytest.mark.parametrize(
    ("file", "able"),
    [
        (CD, EVERYTHING),
        (CD, Abilities(direct=[DirectPlay(["*"], ["*"], ["*"])])),
        (MP3, MP3_ONLY),
        (MP3, Abilities(direct=[DirectPlay(["MPEG"], ["MP3"], ["hls", "HTTP"])])),
        (AAC, Abilities(direct=[DirectPlay(["m4a"], ["mp4a"])])),
        (WAV, Abilities(direct=[DirectPlay(["wave"], ["pcm_s16le"])])),
        (DSD, Abilities(direct=[DirectPlay(["dsf"], ["dsd_lsbf_planar"])])),
        (OPUS, Abilities(direct=[DirectPlay(["mp3"], ["mp3"]), DirectPlay(["opus"], ["opus"], (), 2)])),
        (MP3, Abilities(max_bit_rate_kbps=320, direct=[DirectPlay()])),
        (CD, limited("flac", at_most(Fact.SAMPLE_RATE, 48_000), at_most(Fact.BIT_DEPTH, 16))),
        (HIRES, limited("flac", at_most(Fact.SAMPLE_RATE, 48_000, required=False))),
        (HIRES, limited("alac", at_most(Fact.SAMPLE_RATE, 48_000))),
        (CD, limited("flac", Limit(Fact.SAMPLE_RATE, Comparison.EQUALS, ("48000", "44100")))),
        (CD, limited("flac", Limit(Fact.SAMPLE_RATE, Comparison.NOT_EQUALS, ("48000",)))),
        (CD, limited("flac", Limit(Fact.CHANNELS, Comparison.AT_LEAST, ("2",)))),
        (CD, limited("flac", Limit(Fact.CHANNELS, Comparison.AT_LEAST, ("many",)))),
        (MP3, limited("mp3", Limit(Fact.BIT_DEPTH, Comparison.EQUALS, ("16",)), direct="mp3")),
        (AAC, limited("aac", Limit(Fact.PROFILE, Comparison.NOT_EQUALS, ("HE-AAC",)), direct="aac")),
    ],
)  # fmt: skip
def test_played_as_it_is(file: tuple[Form, Sound], able: Abilities) -> None:
    found = decide(*file, able, ALL)
    assert (found.plays, found.reasons, found.target, found.made, found.error) == (True, (), None, None, "")


@pytest.mark.parametrize(
    ("file", "able", "reasons"),
    [
        (CD, MP3_ONLY, [Unfit.CONTAINER]),
        (OGG_FLAC, Abilities(direct=[DirectPlay(["flac"], ["flac"])]), [Unfit.CONTAINER]),
        (ALAC, Abilities(direct=[DirectPlay(["mp4"], ["aac"])]), [Unfit.CODEC]),
        (CD, Abilities(direct=[DirectPlay([], [], ["hls"])]), [Unfit.PROTOCOL]),
        (SURROUND, Abilities(direct=[DirectPlay(max_channels=2)]), [Unfit.CHANNELS]),
        (CD, Abilities(max_bit_rate_kbps=320, direct=[DirectPlay()]), [Unfit.BIT_RATE]),
        (CD, Abilities(), [Unfit.NOTHING_NAMED]),
        (CD, Abilities(direct=[DirectPlay(["mp3"]), DirectPlay([], ["opus"]), DirectPlay(["ogg"])]),
         [Unfit.CONTAINER, Unfit.CODEC]),
        (HIRES, limited("flac", at_most(Fact.SAMPLE_RATE, 48_000)), [Unfit.SAMPLE_RATE]),
        (HIRES, limited("flac", at_most(Fact.BIT_DEPTH, 16)), [Unfit.BIT_DEPTH]),
        (CD, limited("*", at_most(Fact.BIT_RATE, 320)), [Unfit.BIT_RATE]),
        (CD, limited("flac", Limit(Fact.SAMPLE_RATE, Comparison.EQUALS, ("48000",))), [Unfit.SAMPLE_RATE]),
        (CD, limited("flac", Limit(Fact.SAMPLE_RATE, Comparison.NOT_EQUALS, ("44100",))),
         [Unfit.SAMPLE_RATE]),
        (CD, limited("flac", Limit(Fact.CHANNELS, Comparison.AT_LEAST, ("6",))), [Unfit.CHANNELS]),
        (AAC, limited("aac", Limit(Fact.PROFILE, Comparison.EQUALS, ("LC",)), direct="aac"), [Unfit.PROFILE]),
    ],
)  # fmt: skip
def test_why_not_as_it_is(file: tuple[Form, Sound], able: Abilities, reasons: list[Unfit]) -> None:
    found = decide(*file, able, frozenset())
    assert (found.plays, list(found.reasons), found.target) == (False, reasons, None)
    assert found.error


@pytest.mark.parametrize(
    ("file", "able", "key", "container"),
    [
        (CD, MP3_ONLY, "mp3-192-44100-2", "mp3"),
        (CD, MP3_ONLY._replace(max_made_bit_rate_kbps=256), "mp3-256-44100-2", "mp3"),
        (CD, MP3_ONLY._replace(max_made_bit_rate_kbps=256, max_bit_rate_kbps=128), "mp3-128-44100-2", "mp3"),
        (OPUS, MP3_ONLY._replace(max_made_bit_rate_kbps=320), "mp3-128-48000-2", "mp3"),
        (CD, Abilities(wanted=[Wanted("webm", "opus"), Wanted("opus", "opus")]), "opus-128-48000-2", "opus"),
        (CD, Abilities(wanted=[Wanted("mp4", "aac"), Wanted("aac", "aac")]), "aac-160-44100-2", "aac"),
        (CD, Abilities(wanted=[Wanted("ogg", "opus", "hls"), Wanted("", "mp3")]), "mp3-192-44100-2", "mp3"),
        (CD, Abilities(wanted=[Wanted("ogg")]), "opus-128-48000-2", "ogg"),
        (SURROUND, Abilities(wanted=[Wanted("flac", "flac", "", 2)]), "flac-0-48000-2-24", "flac"),
        (OGG_FLAC, Abilities(wanted=[Wanted("flac", "flac")]), "flac-0-44100-2-16", "flac"),
        (HIRES, limited("flac", at_most(Fact.SAMPLE_RATE, 50_000)), "flac-0-48000-2-24", "flac"),
        (HIRES, limited("flac", at_most(Fact.BIT_DEPTH, 16)), "flac-0-96000-2-16", "flac"),
        (HIRES, limited("flac", Limit(Fact.SAMPLE_RATE, Comparison.EQUALS, ("44100",))),
         "flac-0-44100-2-24", "flac"),
        (CD, limited("*", at_most(Fact.CHANNELS, 1)), "flac-0-44100-1-16", "flac"),
        (CD, limited("*", Limit(Fact.SAMPLE_RATE, Comparison.AT_LEAST, ("48000",))),
         "flac-0-48000-2-16", "flac"),
        (MP3, Abilities(wanted=[Wanted("flac", "flac"), Wanted("mp3", "mp3")]), "mp3-192-44100-2", "mp3"),
        (MP3, Abilities(wanted=[Wanted("flac", "flac")]), "flac-0-44100-2-16", "flac"),
        (DSD, Abilities(wanted=[Wanted("flac", "flac")]), "flac-0-176400-2-16", "flac"),
        (CD, Abilities(max_bit_rate_kbps=320, wanted=[Wanted("flac", "flac"), Wanted("mp3", "mp3")]),
         "mp3-320-44100-2", "mp3"),
    ],
)  # fmt: skip
def test_what_is_made(file: tuple[Form, Sound], able: Abilities, key: str, container: str) -> None:
    found = decide(*file, able, ALL)
    assert found.target is not None
    assert found.made is not None
    assert (found.target.key, found.made.container, found.error) == (key, container, "")


@pytest.mark.parametrize(
    ("file", "able"),
    [
        (CD, Abilities(wanted=[Wanted("mp3", "vorbis"), Wanted("webm", "opus"), Wanted("", "")])),
        (CD, Abilities(max_bit_rate_kbps=10, wanted=[Wanted("mp3", "mp3")])),
        (CD, Abilities(max_made_bit_rate_kbps=500, wanted=[Wanted("flac", "flac")])),
        (CD, limited("flac", Limit(Fact.CHANNELS, Comparison.AT_LEAST, ("6",)))),
        (CD, limited("*", Limit(Fact.PROFILE, Comparison.EQUALS, ("LC",)), wanted="aac")),
    ],
)
def test_nothing_will_do(file: tuple[Form, Sound], able: Abilities) -> None:
    found = decide(*file, able, ALL)
    assert (found.plays, found.target, found.made) == (False, None, None)
    assert found.error


def test_only_what_ffmpeg_can_write_here() -> None:
    able = Abilities(wanted=[Wanted("ogg", "opus"), Wanted("mp3", "mp3")])
    found = decide(*CD, able, frozenset({"libmp3lame"}))
    assert found.target is not None
    assert found.target.codec.name == "mp3"


def test_the_bit_rate_of_what_loses_nothing_is_about_what_it_is() -> None:
    halved = decide(*HIRES, limited("flac", at_most(Fact.SAMPLE_RATE, 48_000)), ALL)
    plain = decide(*WAV, Abilities(wanted=[Wanted("flac", "flac")]), ALL)
    assert halved.made is not None
    assert plain.made is not None
    assert (halved.made.bit_rate_kbps, plain.made.bit_rate_kbps) == (2000, 1411)


WORDS = st.sampled_from(["", "*", "mp3", "FLAC", "opus", "ogg", "aac", "m4a", "mp4", "pcm_s16le", "x" * 64])
NUMBERS = st.sampled_from(["0", "1", "2", "16", "24", "320", "44100", "48000", "9" * 40, "-1", "²", "many"])
LIMITS = st.builds(
    Limit, st.sampled_from(Fact), st.sampled_from(Comparison), st.lists(NUMBERS, max_size=3).map(tuple),
    st.booleans(),
)  # fmt: skip
RATES = st.none() | st.integers(1, 10**6)


@given(
    st.sampled_from([CD, HIRES, SURROUND, DSD, MP3, AAC, OPUS, WAV]),
    st.builds(
        Abilities, max_bit_rate_kbps=RATES, max_made_bit_rate_kbps=RATES,
        direct=st.lists(st.builds(DirectPlay, st.lists(WORDS), st.lists(WORDS)), max_size=2),
        wanted=st.lists(st.builds(Wanted, WORDS, WORDS, WORDS, st.none() | st.integers(1, 8)), max_size=3),
        codecs=st.lists(st.builds(CodecLimits, WORDS, st.lists(LIMITS, max_size=3)), max_size=3),
    ),
)  # fmt: skip
def test_whatever_is_said_what_is_made_can_be_written_and_keeps_the_rates(
    file: tuple[Form, Sound], able: Abilities
) -> None:
    found = decide(*file, able, ALL)
    assert found.plays + (found.made is not None) + bool(found.error) == 1
    if found.target is None or found.made is None:
        return
    codec = found.target.codec
    assert codec.least <= found.target.bit_rate_kbps <= codec.most
    assert found.target.sample_rate_hz in codec.sample_rates
    assert 1 <= found.target.channels <= codec.channels
    for most in (able.max_bit_rate_kbps, able.max_made_bit_rate_kbps):
        assert most is None or found.made.bit_rate_kbps <= most
