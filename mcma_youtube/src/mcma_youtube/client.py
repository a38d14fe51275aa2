"""ytmusicapi's client, and the pages of long lists, which it would only give all at once."""

import threading
from typing import Any, Final, cast

from ytmusicapi import YTMusic
from ytmusicapi.continuations import CONTINUATION_ITEMS, get_continuation_token
from ytmusicapi.navigation import nav
from ytmusicapi.parsers.playlists import parse_playlist_items

from mcma_youtube.page import Page

_SHELF: Final = "musicPlaylistShelfRenderer"
_PARTS: Final = frozenset(
    {"responseContext", "contents", "continuationContents", "onResponseReceivedActions"}
)
Answer = dict[str, Any]


class Client(YTMusic):
    def __init__(self, **options: Any) -> None:
        self._latest = threading.local()
        super().__init__(**options)

    def first_page(self, playlist_id: str) -> tuple[Answer, Page]:
        """A playlist with what is on its first page."""
        found: Answer = self.get_playlist(playlist_id, limit=0)
        shelf = _shelf_of(self._latest.answer) or {}
        return found, Page(found["tracks"], _token(shelf.get("contents")))

    def next_page(self, token: str) -> Page:
        rows = nav(self._send_request("browse", {"continuation": token}), CONTINUATION_ITEMS, True) or []
        return Page(parse_playlist_items(rows), _token(rows))

    def _send_request(self, endpoint: str, body: Answer, additionalParams: str = "") -> Answer:  # noqa: N803
        answer: Any = super()._send_request(endpoint, body, additionalParams)
        if not isinstance(answer, dict) or not answer.keys() & _PARTS:  # it would take that for nothing found
            raise TypeError("not an answer of YouTube Music")
        self._latest.answer = answer
        return cast(Answer, answer)


def _token(rows: list[Any] | None) -> str | None:
    return get_continuation_token(rows) if rows else None


def _shelf_of(answer: object) -> Answer | None:
    """The first list of songs in it, wherever it stands."""
    waiting = [answer]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(shelf := one.get(_SHELF), dict):
                return shelf
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return None
