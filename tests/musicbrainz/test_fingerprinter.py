"""Fingerprints by every program that can make them here."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from mcma.domain.fingerprints import bit_error
from mcma_musicbrainz import fingerprinter_library
from mcma_musicbrainz.fingerprinter import Chromaprint, Way
from mcma_musicbrainz.fingerprinter_ffmpeg import Muxer
from mcma_musicbrainz.fingerprinter_fpcalc import Fpcalc
from mcma_musicbrainz.fingerprinter_library import Library
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.testing.enrichers import FingerprinterContract
from tests.support.fingerprinting import SECONDS, encode, fingerprint
from tests.support.programs import script

pytestmark = pytest.mark.anyio
WHEEL = Path(get_ffmpeg_exe())
FPCALC = shutil.which("fpcalc")
STRANGE = ("-i.mp3", "http:x.mp3", "concat:a|b.mp3", "file:x.mp3", "näme with ' and \".mp3")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def nothing_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


class TestContract(FingerprinterContract):
    @pytest.fixture
    def fingerprinter(self) -> Chromaprint:
        return Chromaprint()

    @pytest.fixture
    def music(self, tmp_path: Path) -> Path:
        return encode(1, "ogg", tmp_path / "music.ogg")


@pytest.mark.parametrize("ending", ["flac", "mp3", "opus", "m4a", "ogg"])
async def test_it_is_what_ffmpeg_says_and_of_the_whole_length(ending: str, tmp_path: Path) -> None:
    music = encode(1, ending, tmp_path / f"music.{ending}")
    made = await Muxer(WHEEL).fingerprint(music)
    assert made.raw == fingerprint(music)
    assert abs(made.duration_ms - SECONDS * 1000) < 150


@pytest.mark.parametrize("name", STRANGE)
async def test_a_name_is_nothing_but_a_name(name: str, tmp_path: Path) -> None:
    made = await Chromaprint().fingerprint(encode(1, "mp3", tmp_path / "music.mp3").rename(tmp_path / name))
    assert len(made.raw) > 400


async def test_the_length_is_counted_where_nothing_says_it(tmp_path: Path) -> None:
    """A FLAC stream whose number of samples is not known."""
    music = encode(1, "flac", tmp_path / "music.flac")
    found = bytearray(music.read_bytes())
    found[21] &= 0xF0
    found[22:26] = bytes(4)
    music.write_bytes(found)
    assert (await Muxer(WHEEL).fingerprint(music)).duration_ms == SECONDS * 1000


def available() -> list[Way]:
    ways: list[Way] = [Muxer(WHEEL)]
    try:
        import chromaprint  # noqa: F401 - whether the library is here
    except ImportError:
        pass
    else:
        ways.append(Library(WHEEL))
    return [*ways, *([Fpcalc(Path(FPCALC))] if FPCALC else [])]


async def test_all_ways_say_the_same(tmp_path: Path) -> None:
    music = encode(2, "flac", tmp_path / "music.flac")
    made = [await way.fingerprint(music) for way in available()]
    assert {one.raw for one in made} == {fingerprint(music)}
    lossy = encode(2, "mp3", tmp_path / "music.mp3")
    others = [await way.fingerprint(lossy) for way in available()]
    assert all(bit_error(one.raw, others[0].raw) < 0.01 for one in others), "decoders differ by a hair"


async def test_the_library_hears_any_rate_and_all_channels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is fed with; whether it is here or not."""
    heard: list[tuple[int, int, bytes]] = []

    def listen(rate: int, channels: int, pieces: Iterable[bytes], _: int) -> str:
        heard.append((rate, channels, b"".join(pieces)))
        return "sealed"

    library = SimpleNamespace(fingerprint=listen, FingerprintGenerationError=ValueError)
    opened = SimpleNamespace(decode_fingerprint=lambda _: ([1, -2], 1))
    monkeypatch.setattr(fingerprinter_library, "_loaded", lambda: (library, opened))
    music = tmp_path / "music.flac"
    _ffmpeg("-f", "lavfi", "-i", "sine=440:duration=1:sample_rate=96000", "-ac", "6", str(music))
    made = await Library(WHEEL).fingerprint(music)
    assert heard == [(96_000, 6, _ffmpeg("-i", str(music), "-f", "s16le", "-"))]
    assert (made.raw, made.duration_ms) == (b"\x01\0\0\0\xfe\xff\xff\xff", 1000)


def _ffmpeg(*said: str) -> bytes:
    return subprocess.run([str(WHEEL), "-v", "error", *said], capture_output=True, check=True).stdout


async def test_a_program_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    script(tmp_path / "fpcalc", '#!/bin/sh\necho \'{"duration": 61.5, "fingerprint": [1]}\'\n')
    made = await Chromaprint(Path("~/fpcalc")).fingerprint(tmp_path / "music.mp3")
    assert made.duration_ms == 61500


async def test_fpcalc_is_asked_first(nothing_on_path: Path, tmp_path: Path) -> None:
    """With an absolute path, behind `--`. That it ended with 3 means that the file ended early."""
    told = '{"duration": 61.5, "fingerprint": [1, 4294967295]}'
    wanted = f"-raw -json -length 120 -- {tmp_path}/-music.mp3"
    script(nothing_on_path / "fpcalc", f'#!/bin/sh\n[ "$*" = "{wanted}" ] && echo \'{told}\'\nexit 3\n')
    made = await Chromaprint().fingerprint(tmp_path / "-music.mp3")
    assert (made.raw, made.duration_ms) == (b"\x01\0\0\0\xff\xff\xff\xff", 61500)


@pytest.mark.parametrize("text", [
    "#!/bin/sh\necho another program\n",
    "#!/bin/sh\necho '{\"fingerprint\": [1.5], \"duration\": 3}'\n",
    "#!/bin/sh\necho '{\"fingerprint\": [-1], \"duration\": 3}'\n",
    "#!/bin/sh\necho '{\"fingerprint\": [1], \"duration\": 1e999}'\n",
    "#!/bin/sh\necho '[]'\n",
    "#!/bin/sh\nexit 0\n",
])  # fmt: skip
async def test_what_is_no_fpcalc_is_passed_over(nothing_on_path: Path, text: str, tmp_path: Path) -> None:
    script(nothing_on_path / "fpcalc", text)
    music = encode(1, "mp3", tmp_path / "music.mp3")
    assert (await Chromaprint().fingerprint(music)).raw == fingerprint(music)


async def test_an_ffmpeg_without_chromaprint_is_passed_over(nothing_on_path: Path, tmp_path: Path) -> None:
    text = f'#!/bin/sh\nexec {WHEEL} -v info $(echo "$@" | sed "s/-f chromaprint/-f nothing/")\n'
    script(nothing_on_path / "ffmpeg", text.replace("$(echo", "$(/bin/echo").replace("| sed", "| /bin/sed"))
    music = encode(1, "mp3", tmp_path / "music.mp3")
    assert (await Chromaprint().fingerprint(music)).raw == fingerprint(music)


async def test_without_any_program(tmp_path: Path, nothing_on_path: Path) -> None:
    with pytest.raises(RetryLater) as error:
        await Chromaprint(tmp_path / "none", tmp_path / "none").fingerprint(tmp_path / "x.mp3")
    assert error.value.stable_code == "no_program"


@pytest.mark.parametrize(("content", "code"), [
    (b"", "undecodable"),
    (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/x.ts\n", "undecodable"),
    (b"ffconcat version 1.0\nfile /etc/passwd\n", "undecodable"),
])  # fmt: skip
async def test_what_is_no_music(content: bytes, code: str, tmp_path: Path) -> None:
    other = tmp_path / "other.mp3"
    other.write_bytes(content)
    with pytest.raises(PermanentError) as error:
        await Chromaprint().fingerprint(other)
    assert error.value.stable_code == code
    assert error.value.message.partition(": ")[2], "what the program complained of"


async def test_what_is_too_short(tmp_path: Path) -> None:
    music = encode(1, "flac", tmp_path / "music.flac", skip=SECONDS - 1.0)
    for way in available():
        with pytest.raises(PermanentError) as error:
            await way.fingerprint(music)
        assert error.value.stable_code == "too_short"


async def test_a_relative_path_is_none() -> None:
    with pytest.raises(PermanentError):
        await Chromaprint().fingerprint(Path("music.mp3"))
