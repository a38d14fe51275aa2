"""A few instruments, in plain Python. A sound is a list of samples, about -1 to 1."""

import math
import random
from collections.abc import Callable
from functools import cache

RATE = 24_000
Samples = list[float]
Instrument = Callable[[int, float], Samples]
"""From a MIDI note number and seconds."""

_TAU = 2 * math.pi
_LENGTH = int(2.6 * RATE)
_LONGEST_PAD = 4.4
_SILENT = 0.002
_EDGE = 0.006
"""Seconds over which a sound fades in and out, so that nothing clicks."""


def frequency(note: int) -> float:
    return 440.0 * math.pow(2.0, (note - 69) / 12)


def harp(note: int, seconds: float) -> Samples:
    return _cut(_harp(note), seconds)


def bells(note: int, seconds: float) -> Samples:
    return _cut(_bells(note), seconds)


def bass(note: int, seconds: float) -> Samples:
    return _cut(_bass(note), seconds)


def keys(note: int, seconds: float) -> Samples:
    return _cut(_keys(note), seconds)


def pad(note: int, seconds: float) -> Samples:
    return _faded(_pad(note)[: int(seconds * RATE)], min(0.9, seconds / 3), min(1.2, seconds / 3))


@cache
def brush(note: int, seconds: float) -> Samples:
    """A soft stroke; `note` only chooses which."""
    chance = random.Random(note)  # noqa: S311 - music
    last, wave = 0.0, []
    for n in range(int(min(seconds, 0.16) * RATE)):
        last = 0.55 * last + 0.45 * chance.uniform(-1, 1)
        wave.append(last * math.exp(-26.0 * n / RATE))
    return _faded(wave, 0.002, 0.02)


@cache
def _harp(note: int) -> Samples:
    """Overtones that die the sooner the higher they are."""
    return _struck(note, ((1, 0.6, 2.2), (2, 0.28, 3.4), (3, 0.16, 5.2), (4, 0.07, 7.5)))


@cache
def _bells(note: int) -> Samples:
    """The partials of a bar, which are no multiples of one another."""
    return _struck(note, ((1, 0.6, 1.6), (2.756, 0.16, 3.6), (5.404, 0.06, 7.0)))


@cache
def _bass(note: int) -> Samples:
    return _struck(note, ((1, 0.8, 1.6), (2, 0.22, 3.0), (3, 0.05, 5.0)))


@cache
def _keys(note: int) -> Samples:
    """An electric piano: one wave bends another, less and less."""
    step = _TAU * frequency(note) / RATE
    sin, loud, bent = math.sin, 1.0, 1.1
    decay, dulling = math.exp(-1.5 / RATE), math.exp(-4.0 / RATE)
    wave = []
    for n in range(_LENGTH):
        at = step * n
        wave.append(loud * sin(at + (0.25 + bent) * sin(at)))
        loud *= decay
        bent *= dulling
    return wave


@cache
def _pad(note: int) -> Samples:
    """Two voices a little apart."""
    step = _TAU * frequency(note) / RATE
    low, high = step * 0.9985, step * 1.0015
    sin = math.sin
    return [
        0.30 * (sin(low * n) + sin(high * n)) + 0.10 * sin(2.0 * low * n) + 0.05 * sin(3.0 * high * n)
        for n in range(int(_LONGEST_PAD * RATE))
    ]


def _struck(note: int, partials: tuple[tuple[float, float, float], ...]) -> Samples:
    """Each partial: its multiple of the note, how loud it begins and how fast it dies."""
    step, sin = _TAU * frequency(note) / RATE, math.sin
    whole = [0.0] * _LENGTH
    for multiple, now, decay in partials:
        each, factor = step * multiple, math.exp(-decay / RATE)
        if each > math.pi * 0.8:
            continue
        for n in range(_LENGTH):
            whole[n] += now * sin(each * n)
            now *= factor
            if now < _SILENT:
                break
    return whole


def _cut(wave: Samples, seconds: float) -> Samples:
    return _faded(wave[: int(seconds * RATE)], _EDGE, 0.06)


def _faded(wave: Samples, begin: float, end: float) -> Samples:
    """Changes and returns it."""
    rise, fall = max(1, int(begin * RATE)), max(1, int(end * RATE))
    for n in range(min(rise, len(wave))):
        wave[n] *= n / rise
    for n in range(min(fall, len(wave))):
        wave[-1 - n] *= n / fall
    return wave


def mixed_in(track: Samples, sound: Samples, at: int, loudness: float) -> None:
    """Adds a sound to a track; what would stick out is cut off."""
    end = min(len(track), at + len(sound))
    track[at:end] = [old + loudness * new for old, new in zip(track[at:end], sound, strict=False)]
