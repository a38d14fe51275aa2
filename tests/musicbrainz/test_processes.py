"""Several processes ask one MusicBrainz: together no more often than one may, and no question twice."""

import asyncio
import json
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.musicbrainz import FakeMusicBrainz
from tests.support.musicbrainz_world import mbid

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
EVERY, PROCESSES, EACH = 1.0, 3, 2
SLACK = 0.5
"""Seconds. Turns are exact; the way from there to the service takes a little, longest the first time."""


def settings_of(fake: FakeMusicBrainz) -> str:
    return json.dumps({
        "lookups": True, "base_url": fake.web.url(""), "per_second": 1 / EVERY, "allowed_hosts": fake.hosts,
    })  # fmt: skip


async def asked(url: str, fake: FakeMusicBrainz, each: Sequence[Sequence[str]]) -> None:
    command = [sys.executable, "-m", "tests.support.musicbrainz_asker", url, settings_of(fake)]
    running = [await asyncio.create_subprocess_exec(*command, *mbids, cwd=ROOT) for mbids in each]
    async with asyncio.timeout(90):
        assert await asyncio.gather(*(one.wait() for one in running)) == [0] * len(each)


async def test_processes_take_turns_and_ask_nothing_twice(database_url: str, fake: FakeMusicBrainz) -> None:
    wanted = [[mbid("of", process, one) for one in range(EACH)] for process in range(PROCESSES)]
    await asked(database_url, fake, wanted)
    everything = [one for each in wanted for one in each]
    assert sorted(one.path.rpartition("/")[2] for one in fake.web.asked) == sorted(everything)
    apart = [later - earlier for earlier, later in pairwise(sorted(fake.arrivals))]
    assert min(apart) >= EVERY - SLACK, apart
    assert sum(apart) >= EVERY * len(apart) - SLACK, apart
    await asked(database_url, fake, [everything])
    assert len(fake.web.asked) == len(everything), "what is not there is known to all by now"
