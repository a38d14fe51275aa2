"""What a source says of a file that it hands over is checked field by field."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mcma.services.downloading.folders import Folder
from mcma.services.downloading.policy import Policy
from mcma.services.downloading.source_run import taken
from mcma.services.indexing.values import LibraryPlace
from mcma.store.clock import new_id
from mcma_plugins import Fetched, FetchProgress, FetchWish, SourceHealth, SourceItem, SourceKind
from tests.support.shop import contained

pytestmark = pytest.mark.anyio
GOOD = SourceItem(SourceKind.TRACK, "t1", "Song", artists=("Ann Ash",))


class Saying:
    name = "saying"

    def __init__(self, item: Any) -> None:
        self.item = item

    async def health(self) -> SourceHealth:
        return SourceHealth(True, "ready")

    def accepts(self, kind: SourceKind, source_id: str) -> bool:
        return True

    async def fetch(
        self, source_id: str, into: Path, wish: FetchWish
    ) -> AsyncGenerator[FetchProgress | Fetched, None]:
        (into / "song").write_bytes(b"sound")
        yield Fetched(into / "song", self.item)


@pytest.mark.parametrize(
    ("item", "known"),
    [
        (GOOD, GOOD), (5, None), (SourceItem(SourceKind.TRACK, "t 1", "Song"), None),
        (replace(GOOD, year="a year", duration_ms=[]), GOOD),  # type: ignore[arg-type]
    ],
)  # fmt: skip
async def test_nonsense_is_not_taken_for_knowledge(tmp_path: Path, item: Any, known: Any) -> None:
    folder = Folder(LibraryPlace(new_id(), bytes(tmp_path), "local"), new_id())

    async def tell(done: int, total: int | None) -> None:
        raise AssertionError("nothing is told of")

    folder.got.mkdir(parents=True)
    source = Saying(item)
    calls, _ = contained(source)
    fetched = await taken(calls, source, "t1", folder, Policy(), tell)
    assert fetched.path.read_bytes() == b"sound"
    assert fetched.item == known
