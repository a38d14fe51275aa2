"""Plugins that compare sound are asked while somebody waits: contained, checked, cut off."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from mcma.host import PluginHost, PluginRecord, PluginState
from mcma.host.abilities import Abilities
from mcma.host.asking import HOOK, Answer, ask_similarities
from mcma.host.loading import Hosted
from mcma.host.settings import Secrets
from mcma.host.states import BREAKER_FAILURES
from mcma.services.radio.sounds import Ears
from mcma_plugins import Plugin, PluginSettings
from mcma_plugins.ids import TrackId
from mcma_plugins.similarity import Similarity, SoundMatch
from tests.core.host.conftest import ContextFactory
from tests.support.distributions import Site

pytestmark = pytest.mark.anyio
ONE, TWO, SEED = (TrackId(UUID(int=n)) for n in (1, 2, 3))


class Ear:
    name = "ear"

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[Sequence[TrackId], int]] = []

    async def similar(self, track_ids: Sequence[TrackId], limit: int) -> Sequence[SoundMatch]:
        self.asked.append((track_ids, limit))
        if isinstance(self.answer, BaseException):
            raise self.answer
        if self.answer == "hang":
            await asyncio.Event().wait()
        found: Sequence[SoundMatch] = self.answer
        return found


def hosted(name: str, ear: Similarity, state: PluginState = PluginState.RUNNING) -> Hosted:
    made: type[Plugin[PluginSettings]] = type(name, (Plugin,), {"name": name})
    plugin = made(PluginSettings())
    return Hosted(PluginRecord(name, state), plugin, Secrets(), Abilities(similarities=(ear,)))


async def ask(*plugins: Hosted, limit: int = 10) -> list[Answer]:
    return await ask_similarities(plugins, [SEED], limit, 0.1)


async def test_what_is_answered() -> None:
    ear = Ear([SoundMatch(ONE, 0.5), SoundMatch(TWO, 1)])
    assert await ask(hosted("a", ear)) == [Answer("a", {ONE: 0.5, TWO: 1.0})]
    assert ear.asked == [([SEED], 10)]
    assert await ask(hosted("a", ear), limit=1) == [Answer("a", {ONE: 0.5})]
    assert await ask(hosted("a", Ear(()))) == [Answer("a", {})]
    assert await ask(hosted("a", ear, PluginState.START_FAILED)) == []


@pytest.mark.parametrize(
    "answer",
    [
        ValueError("no index"), SystemExit(3), asyncio.CancelledError(), "hang", None, 5, "text",
        [(ONE, 0.5)],
        [SoundMatch(ONE, 1.1)], [SoundMatch(ONE, -0.1)], [SoundMatch(ONE, float("nan"))],
        [SoundMatch("x", 0.5)],  # type: ignore[arg-type]
        [SoundMatch(ONE, "0.5")],  # type: ignore[arg-type]
    ],
)  # fmt: skip
async def test_a_bad_one_is_recorded_and_stops_no_other(answer: Any) -> None:
    bad, good = hosted("bad", Ear(answer)), hosted("good", Ear([SoundMatch(ONE, 0.5)]))
    assert await ask(bad, good) == [Answer("bad", None), Answer("good", {ONE: 0.5})]
    assert bad.record.hook(HOOK).errors == 1
    assert bad.record.degraded
    assert not good.record.degraded


async def test_one_that_keeps_failing_is_left_in_peace() -> None:
    ear = Ear(ValueError("down"))
    bad = hosted("bad", ear)
    for _ in range(BREAKER_FAILURES + 3):
        assert await ask(bad) == [Answer("bad", None)]
    assert len(ear.asked) == BREAKER_FAILURES


async def test_answers_are_put_together_and_failures_noted() -> None:
    plugins = [
        hosted("a", Ear([SoundMatch(ONE, 0.5), SoundMatch(TWO, 0.2)])),
        hosted("b", Ear([SoundMatch(ONE, 0.9)])),
        hosted("c", Ear(ValueError("its own words"))),
    ]

    async def asking(tracks: Sequence[UUID], limit: int) -> list[Answer]:
        return await ask_similarities(plugins, tracks, limit, 0.1)

    found = await Ears(asking)([SEED], 10)
    assert found.scores == {ONE: 0.9, TWO: 0.2}
    [note] = found.notes
    assert note.code == "sound_failed"
    assert "The plugin c" in note.text
    assert "its own words" not in note.text


SOURCE = """
from mcma_plugins import Plugin, PluginSettings
from mcma_plugins.similarity import SoundMatch

class TheEar:
    name = "ear"
    async def similar(self, track_ids, limit):
        return [SoundMatch(id_, 0.5) for id_ in track_ids]

class ThePlugin(Plugin[PluginSettings]):
    name = "ears"
    summary = "Listens."
    def similarities(self):
        return [TheEar()]
"""


async def test_an_installed_plugin_is_asked(site: Site, contexts: ContextFactory) -> None:
    site.install("ears", SOURCE)
    host = PluginHost(allow=["ears"])
    host.load()
    assert [answer.name for answer in await host.sounding([SEED], 5)] == [], "not before it runs"
    await host.start(contexts)
    try:
        assert await host.sounding([SEED], 5) == [Answer("ears", {SEED: 0.5})]
        record = host.record("ears")
        assert record is not None
        assert record.abilities["similarities"] == ["ear"]
    finally:
        await host.stop()
