"""Fingerprints of real encodings, computed by ffmpeg's chromaprint."""

import time

import pytest

from mcma.domain.fingerprints import ALIKE, ITEM_BYTES, STEADY, TERMS, bit_error, terms
from tests.support.fingerprinting import ENCODERS, sound


@pytest.mark.parametrize("ending", [one for one in ENCODERS if one != "flac"])
def test_other_encodings_of_a_recording_are_alike(ending: str) -> None:
    assert bit_error(sound(1, "flac"), sound(1, ending)) < 0.1


@pytest.mark.parametrize("skip", [0.4, 1.3])
def test_a_copy_without_its_beginning_is_alike(skip: float) -> None:
    whole, cut = sound(1, "flac"), sound(1, "mp3", skip)
    assert bit_error(whole, cut) == bit_error(cut, whole) < ALIKE


@pytest.mark.parametrize("other", [2, 3, 4])
@pytest.mark.parametrize("ending", ["flac", "mp3"])
def test_other_recordings_are_not(other: int, ending: str) -> None:
    error = bit_error(sound(1, "flac"), sound(other, ending))
    assert error > 2 * ALIKE


def test_terms_are_the_least_hashes_of_what_is_steady() -> None:
    """As they are kept: other ones would find nothing of it."""
    numbers = [place * 0x9E3779B1 & 0xFFFFFFFF for place in range(500)]
    raw = b"".join(number.to_bytes(ITEM_BYTES, "little") for number in [*numbers, *numbers])
    assert terms(raw) == sorted({mixed(number & STEADY) >> 1 for number in numbers})[:TERMS]
    assert mixed(1) == 0x514E28B7, "as MurmurHash3 says"
    assert terms(raw[: 4 * ITEM_BYTES]) == sorted(mixed(number & STEADY) >> 1 for number in numbers[:4])
    assert terms(b"") == []


def mixed(number: int) -> int:
    number = ((number ^ (number >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    number = ((number ^ (number >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return number ^ (number >> 16)


def test_too_little_says_nothing() -> None:
    found = sound(1, "flac")
    assert bit_error(found[: 60 * ITEM_BYTES], found[: 60 * ITEM_BYTES]) == 1.0
    assert bit_error(b"", found) == 1.0
    assert bit_error(found, found) == 0.0


def test_it_is_fast_enough_to_compare_with_a_thousand() -> None:
    one, other = (sound(seed, "flac") * 9 for seed in (1, 2))
    assert len(one) > 120 * 8 * ITEM_BYTES, "two minutes, as much as is ever fingerprinted"
    began = time.perf_counter()
    for _ in range(100):
        bit_error(one, other)
    assert (time.perf_counter() - began) / 100 < 0.005
