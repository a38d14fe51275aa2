"""Asking the archive: its search, and what an item is. Items are remembered for a while."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote

from mcma_archive.condition import Condition
from mcma_archive.items import Item, read_item
from mcma_archive.query import search_path
from mcma_archive.readings import Fields, fields_of, text
from mcma_plugins import PermanentError, PluginError, RetryLater
from mcma_plugins.fetching import MIB, Web

MOST_SEARCH: Final = 4 * MIB
MOST_ITEM: Final = 32 * MIB
"""An item has up to 10,000 files, by the archive's own rule."""
REMEMBERED: Final = 32
SECONDS: Final = 600.0


class Asking:
    def __init__(
        self, base: str, web: Web, condition: Condition, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._base, self._web, self.condition, self._seconds = base, web, condition, seconds
        self._items: OrderedDict[str, tuple[float, Item]] = OrderedDict()

    async def found(self, query: str, rows: int) -> Sequence[Fields]:
        """What the search says of each item."""
        answer = fields_of(await self._get(search_path(query, rows), MOST_SEARCH))
        documents = fields_of(answer.get("response")).get("docs")
        if not isinstance(documents, list):
            said = text(answer.get("error")) or "it has no list of items"
            raise self.condition.fault(RetryLater(f"The archive's search failed: {said}", code="bad_answer"))
        return [fields_of(one) for one in documents]

    async def item(self, identifier: str) -> Item:
        """Raises `PermanentError` (not_found) for what is not there: the archive says `{}` then."""
        kept = self._items.get(identifier)
        if kept is not None and kept[0] > self._seconds():
            return kept[1]
        document = await self._get(f"/metadata/{quote(identifier)}", MOST_ITEM)
        if not isinstance(document, dict):
            raise self.condition.fault(RetryLater("The archive describes an item oddly.", code="bad_answer"))
        item = read_item(identifier, document)
        if item is None:
            raise PermanentError("The archive has no such item, or does not show it.", code="not_found")
        self._remember(item)
        return item

    def _remember(self, item: Item) -> None:
        self._items[item.identifier] = (self._seconds() + SECONDS, item)
        self._items.move_to_end(item.identifier)
        while len(self._items) > REMEMBERED:
            self._items.popitem(last=False)

    async def _get(self, path: str, most: int) -> object:
        self.condition.check()
        try:
            answer = await self._web.get_json(f"{self._base}{path}", most=most)
        except PluginError as error:
            raise self.condition.fault(error) from error
        self.condition.well()
        return answer
