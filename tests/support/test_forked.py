"""Forked processes of `mcma` are what fresh ones are."""

import dataclasses
import signal
from pathlib import Path

from tests.support.command import Mcma
from tests.support.distributions import Site

OPEN = Path("/proc/self/fd")
SAYS = """
import os, sys
from mcma_plugins import Plugin, PluginSettings

class ThePlugin(Plugin[PluginSettings]):
    name = "says"

print(os.getcwd(), sys.argv[1:], sys.stdin.read(), os.environ.get("SAID"), file=sys.stderr)
"""


def test_they_say_the_same_and_end_the_same(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    Site(site).install("says", SAYS)
    forked = Mcma(tmp_path / "data", tmp_path, {"PYTHONPATH": str(site), "SAID": "yes"})
    assert not forked.fresh
    forked.ok("migrate")
    told = forked.run("plugin", "list", given="heard")
    assert told == dataclasses.replace(forked, fresh=True).run("plugin", "list", given="heard")
    assert (told.code, forked.run("user", "app-passwords", "nobody").code) == (0, 1)
    assert f"{tmp_path} " in told.err


def test_they_die_by_a_kill_and_leave_nothing_open(tmp_path: Path) -> None:
    mcma = Mcma(tmp_path / "data", tmp_path)
    mcma.ok("migrate")
    before = len(list(OPEN.iterdir()))
    with mcma.serving() as served:
        assert served.stop(signal.SIGKILL) == -signal.SIGKILL
    assert len(list(OPEN.iterdir())) == before
