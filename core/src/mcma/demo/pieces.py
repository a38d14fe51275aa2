"""The music: chords, a way to play them and a melody over them, which a seed decides."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from mcma.demo import sound
from mcma.demo.sound import RATE, Instrument, Samples, mixed_in

BAR = 4
"""Beats."""
_SEMITONES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 10),
    "maj7": (0, 4, 11),
    "m7": (0, 3, 10),
    "sus": (0, 5, 7),
}
_ROOTS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11, "Bb": 10, "Eb": 3, "Ab": 8}
_TAIL = 2.0
"""Seconds in which the last notes die away."""


@dataclass(frozen=True, slots=True)
class Band:
    """Who plays what."""

    chords: Instrument
    melody: Instrument
    low: Instrument
    style: str
    """arpeggio, long or swing."""
    stroke: Instrument | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    title: str
    chords: str
    """One for each bar."""
    tempo: int
    """Beats a minute."""
    seed: int
    artists: tuple[str, ...] = ()
    """Other than the album's."""
    lyrics: tuple[str, ...] = ()
    """A line for each second bar."""


class Note(NamedTuple):
    beat: float
    instrument: Instrument
    pitch: int
    beats: float
    loudness: float


AMBIENT = Band(sound.pad, sound.bells, sound.bass, "long")
FOLK = Band(sound.harp, sound.harp, sound.bass, "arpeggio")
NIGHT = Band(sound.keys, sound.bells, sound.bass, "swing", sound.brush)


def played(piece: Piece, band: Band) -> Samples:
    bars = [_pitches(name) for name in piece.chords.split()]
    beat = 60 / piece.tempo
    track: Samples = [0.0] * int((len(bars) * BAR * beat + _TAIL) * RATE)
    for note in (*_accompaniment(bars, band), *_melody(bars, band, piece.seed)):
        wave = note.instrument(note.pitch, round(note.beats * beat, 3))
        mixed_in(track, wave, int(note.beat * beat * RATE), note.loudness)
    return track


def lyric_times(piece: Piece) -> list[tuple[float, str]]:
    """Seconds and line."""
    two_bars = 2 * BAR * 60 / piece.tempo
    return [(round(number * two_bars, 2), line) for number, line in enumerate(piece.lyrics)]


def _pitches(name: str) -> list[int]:
    root = next(one for one in (name[:2], name[:1]) if one in _ROOTS)
    base = 48 + _ROOTS[root]
    return [base + step for step in _SEMITONES[name.removeprefix(root)]]


def _accompaniment(bars: list[list[int]], band: Band) -> Iterator[Note]:
    for number, chord in enumerate(bars):
        at = float(number * BAR)
        yield Note(at, band.low, chord[0] - 12, 2.6, 0.5)
        if band.style == "long":
            yield from (Note(at, band.chords, pitch, BAR + 1.0, 0.30) for pitch in chord)
        elif band.style == "arpeggio":
            yield from _arpeggio(at, chord, band)
        else:
            yield from _swing(at, chord, band)


def _arpeggio(at: float, chord: list[int], band: Band) -> Iterator[Note]:
    order = (chord[0], chord[1], chord[2], chord[0] + 12, chord[2], chord[1], chord[0] + 12, chord[2])
    for step, pitch in enumerate(order):
        yield Note(at + step / 2, band.chords, pitch, 2.0, 0.34 if step % 4 else 0.44)


def _swing(at: float, chord: list[int], band: Band) -> Iterator[Note]:
    for beat, beats in ((0.0, 1.4), (1.66, 0.8), (3.0, 0.9)):
        yield from (Note(at + beat, band.chords, pitch + 12, beats, 0.20) for pitch in chord)
    yield Note(at + 2.66, band.low, chord[2] - 24, 1.2, 0.4)
    if band.stroke is not None:
        for step, beat in enumerate((0.0, 1.0, 1.66, 2.0, 3.0, 3.66)):
            yield Note(at + beat, band.stroke, step % 3, 0.2, 0.16 if beat in (1.0, 3.0) else 0.09)


def _melody(bars: list[list[int]], band: Band, seed: int) -> Iterator[Note]:
    """Walks over the notes of the chords, rather to a near one; the last bar comes to rest."""
    chance = random.Random(seed)  # noqa: S311 - music
    rhythms: tuple[tuple[float, ...], ...] = (
        (1.0, 1.0, 2.0),
        (1.5, 0.5, 2.0),
        (0.5, 0.5, 1.0, 2.0),
        (2.0, 2.0),
        (3.0, 1.0),
    )
    if band.style == "long":
        rhythms = ((2.0, 2.0), (4.0,), (1.0, 3.0), (3.0, 1.0))
    last = bars[0][2] + 24
    for number, chord in enumerate(bars):
        at = float(number * BAR)
        for beats in chance.choice(rhythms) if number < len(bars) - 1 else (4.0,):
            last = _next_pitch(chance, chord, last)
            if chance.random() > 0.15:
                yield Note(at, band.melody, last, min(beats + 0.8, 3.0), 0.42)
            at += beats


def _next_pitch(chance: random.Random, chord: list[int], last: int) -> int:
    there = sorted(
        {pitch + octave for pitch in chord for octave in (12, 24, 36)}, key=lambda one: abs(one - last)
    )
    near = [one for one in there if 64 <= one <= 86][:4]
    return chance.choice(near)
