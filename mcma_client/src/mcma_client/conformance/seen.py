"""What lines mean to a person."""

from collections.abc import Iterable
from typing import Any


def seen(lines: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """`liked`: ids. `ratings`, `plays`: by id. `playlists`: by id, with `name`, `rows` (ids in order) and
    `tracks`. `bookmarks`: by track. `settings`: by name."""
    items = [(line["type"], line["id"], line["data"]) for line in lines]
    mine = {data.get("item_id", id_): data for type_, id_, data in items if type_ == "user_item@1"}
    return {
        "liked": [id_ for id_, data in mine.items() if data.get("liked_at")],
        "ratings": {id_: data["rating"] for id_, data in mine.items() if data.get("rating")},
        "plays": {id_: data["play_count"] for id_, data in mine.items() if data.get("play_count")},
        "playlists": _playlists(items),
        "bookmarks": {data.get("track_id", id_): data for type_, id_, data in items if type_ == "bookmark@1"},
        "settings": {
            data["name"]: data["value"] for type_, _, data in items
            if type_ == "user_setting@1" and data.get("value") is not None
        },
    }  # fmt: skip


def _playlists(items: list[tuple[str, str, dict[str, Any]]]) -> dict[str, Any]:
    found = {id_: {**data, "rows": [], "tracks": []} for type_, id_, data in items if type_ == "playlist@1"}
    rows = [(data, id_) for type_, id_, data in items if type_ == "playlist_item@1"]
    for data, id_ in sorted(rows, key=lambda row: (row[0]["position"].encode(), row[1])):
        if (playlist := found.get(data["playlist_id"])) is not None and id_ not in playlist["rows"]:
            playlist["rows"].append(id_)
            playlist["tracks"].append(data.get("track_id"))
    return found
