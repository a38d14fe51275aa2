"""Music nobody has written: chords, bass, a melody and drums, of seeds. Equal seeds are equal samples."""

from array import array
from functools import cache
from math import exp, pi, sin
from operator import add
from random import Random
from typing import NamedTuple

RATE = 22050
_SCALE = (0, 2, 4, 5, 7, 9, 11)
_CHORDS = ((0, 2, 4), (1, 3, 5), (3, 5, 7), (4, 6, 8), (5, 7, 9), (2, 4, 6), (0, 2, 4, 6), (4, 6, 8, 10))
_LOUD = 2600.0


class Song(NamedTuple):
    """What is the same in two songs sounds the same in both."""

    harmony: int
    melody: int
    tempo: float = 1.0
    """Of a remix: faster or slower, with other drums."""
    drums: int = 0


def song(seed: int) -> Song:
    return Song(seed, seed, drums=seed)


def samples(of: Song, seconds: float) -> bytes:
    """16 bits, mono, `RATE`."""
    mix = [0.0] * int(seconds * RATE)
    rng = Random(f"harmony {of.harmony}")
    beat = rng.uniform(0.4, 0.7) / of.tempo
    root, timbre = rng.randrange(36, 48), rng.randrange(4)
    bars = [rng.choice(_CHORDS) for _ in range(rng.choice((4, 8)))]
    tune, kit = Random(f"melody {of.melody}"), Random(f"drums {of.drums}")
    lead, at, degree = tune.randrange(4), 0, 7
    rhythm = [[kit.random() < odds for _ in range(8)] for odds in (0.3, 0.25, 0.6)]
    while at * beat < seconds:
        chord = bars[at // 4 % len(bars)]
        if at % 4 == 0:
            for step in chord:
                _put(mix, at * beat, _note(root + 12 + _pitch(step), round(4 * beat, 3), timbre), 0.5)
        _put(mix, at * beat, _note(root - 12 + _pitch(chord[at % 2 * 2]), round(beat, 3), 1), 0.9)
        for half in range(2):
            if tune.random() < 0.8:
                degree = max(0, min(16, degree + tune.choice((-3, -2, -1, -1, 0, 1, 1, 2, 3))))
                length = round(beat * tune.choice((0.5, 0.5, 1.0)), 3)
                _put(mix, (at + half / 2) * beat, _note(root + 24 + _pitch(degree), length, lead), 0.8)
            for drum, hits in enumerate(rhythm):
                if hits[(at * 2 + half) % 8]:
                    _put(mix, (at + half / 2) * beat, _drum(drum), 0.6)
        at += 1
    return array("h", (max(-32000, min(32000, int(_LOUD * one))) for one in mix)).tobytes()


def _put(mix: list[float], at: float, sound: list[float], loud: float) -> None:
    start = int(at * RATE)
    end = min(len(mix), start + len(sound))
    if end > start:
        mix[start:end] = map(add, mix[start:end], [loud * one for one in sound[: end - start]])


def _pitch(degree: int) -> int:
    return 12 * (degree // 7) + _SCALE[degree % 7]


@cache
def _note(pitch: int, seconds: float, timbre: int) -> list[float]:
    hertz = 440 * 2 ** ((pitch - 57) / 12)
    strengths = ((1, 0.5, 0.25, 0.12), (1, 0.1, 0.3), (0.6, 1, 0.4, 0.3, 0.2), (1, 0, 0.33, 0, 0.2))[timbre]
    count = int(seconds * RATE)
    made = [0.0] * count
    for number, strength in enumerate(strengths, 1):
        step = 2 * pi * hertz * number / RATE
        if strength and hertz * number < RATE / 2.2:
            made = list(map(add, made, [strength * sin(step * one) for one in range(count)]))
    fall = exp(-1.5 / max(count, 1))
    loud, shaped = 1.0, []
    for one in made:
        loud *= fall
        shaped.append(one * loud)
    edge = min(200, count // 2)
    for one in range(edge):
        shaped[one] *= one / edge
        shaped[-1 - one] *= one / edge
    return shaped


@cache
def _drum(kind: int) -> list[float]:
    """Kick, snare, hat."""
    rng, count = Random(kind), (4000, 3500, 1200)[kind]
    fall = (900, 700, 250)[kind]
    if kind == 0:
        hertz = [45 + 60 * exp(-one / 500) for one in range(count)]
        return [3 * sin(2 * pi * hertz[one] * one / RATE) * exp(-one / fall) for one in range(count)]
    return [rng.uniform(-1.5, 1.5) * exp(-one / fall) for one in range(count)]
