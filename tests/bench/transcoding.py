"""Transcodes by a real server: `python -m tests.bench.transcoding [--seconds N] [--rounds N]`. Prints JSON.

First bytes are those of the answer's body, as a client on loopback gets them: cold (nothing is there, ffmpeg
is started), in the middle (`offset`, the same), and cached. Speed is the whole of a track until its last byte
came, in times real time; ffmpeg and server share the machine.
"""

import argparse
import http.client
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from imageio_ffmpeg import get_ffmpeg_exe

from tests.support.command import Mcma

PASSWORD = "violet anchor 42"
FORMATS = ("mp3", "opus", "aac", "flac")
RATES = {"mp3": (32, 40, 48, 56, 64, 80, 96, 112), "opus": (16, 24, 32, 40, 48, 56, 64, 80)}


def make_track(path: Path, seconds: int) -> None:
    """Something like music: tones that change, and noise. A sine alone would be encoded too fast."""
    path.parent.mkdir(parents=True)
    tones = "+".join(
        f"0.1*sin(2*PI*t*{pitch}*(1+0.3*sin(t/{n})))" for n, pitch in enumerate((110, 277, 659), 2)
    )
    source = f"aevalsrc='{tones}+0.05*(random(0)-0.5)|{tones}+0.05*(random(1)-0.5)':s=44100:d={seconds}"
    command = [get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", source, "-c:a", "flac",
               "-metadata", "title=Long", str(path)]  # fmt: skip
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


class Listener:
    def __init__(self, port: int) -> None:
        self.port = port
        sent = json.dumps({"username": "bench", "password": PASSWORD})
        self.headers: dict[str, str] = {}
        token = json.loads(self.ask("POST", "/auth/login", sent, {"content-type": "application/json"})[2])
        self.headers = {"authorization": f"Bearer {token['access_token']}"}
        self.track = json.loads(self.ask("GET", "/tracks")[2])["items"][0]["id"]

    def ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[float, float, bytes]:
        """Seconds to the first byte of the body, and to the last."""
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        wire.connect()
        begun = time.perf_counter()
        wire.request(method, f"/api/v1{path}", body, {**self.headers, **(headers or {})})
        answer = wire.getresponse()
        content = answer.read(1)
        first = time.perf_counter() - begun
        content += answer.read()
        last = time.perf_counter() - begun
        assert answer.status == 200, (path, answer.status, content[:200])
        wire.close()
        return first, last, content

    def stream(self, **wish: Any) -> tuple[float, float, bytes]:
        query = "&".join(f"{name}={value}" for name, value in wish.items())
        return self.ask("GET", f"/tracks/{self.track}/stream?{query}")


def measure(listener: Listener, seconds: int, rounds: int) -> dict[str, Any]:
    listener.stream(format="mp3", bitrate=320)  # finds ffmpeg, which is done once
    found: dict[str, Any] = {}
    for name in FORMATS:
        first, last, content = listener.stream(format=name)
        cached = statistics.median(listener.stream(format=name)[0] for _ in range(rounds))
        found[name] = {"first_byte_ms": ms(first), "cached_first_byte_ms": ms(cached),
                       "times_real_time": round(seconds / last, 1), "bytes": len(content)}  # fmt: skip
    cold = [listener.stream(format=name, bitrate=rate)[0] for name, rates in RATES.items()
            for rate in rates[:rounds]]  # fmt: skip
    middle = [listener.stream(format="mp3", bitrate=rate, offset=seconds // 2)[0]
              for rate in RATES["mp3"][:rounds]]  # fmt: skip
    found["cold_first_byte_ms"] = ms(statistics.median(cold))
    found["cold_first_byte_ms_worst"] = ms(max(cold))
    found["middle_first_byte_ms"] = ms(statistics.median(middle))
    found["cached_first_byte_ms"] = statistics.median(found[name]["cached_first_byte_ms"] for name in FORMATS)
    return found


def ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=270, help="length of the track")
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        make_track(home / "music" / "long.flac", options.seconds)
        mcma = Mcma(home / "data", home)
        mcma.ok("user", "add", "bench", "--admin", "--password-stdin", given=PASSWORD)
        mcma.ok("library", "add", str(home / "music"))
        mcma.ok("scan", "--wait")
        with mcma.serving() as served:
            found = measure(Listener(served.port), options.seconds, options.rounds)
            served.stop()
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
