"""What people type and read: names for ids, sizes, places in a track."""

import re
from collections.abc import Mapping

from mcma_client import items
from mcma_client.client import Client
from mcma_client.errors import ClientError
from mcma_client.outbox import Rejected

_UNITS: Mapping[str, int] = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgt]?)b?", re.I)


def say(*words: object) -> None:
    """At once: who reads through a pipe waits for it."""
    print(*words, flush=True)  # noqa: T201 (what a command is for)


def size_of(text: str) -> int | None:
    """`8GB`, `700 MB`; `none` for as much as there is."""
    found = _SIZE.fullmatch(text.strip())
    if text == "none":
        return None
    if found is None:
        raise ValueError(text)
    return int(float(found[1]) * _UNITS[found[2].lower()])


def size(count: int) -> str:
    left = float(count)
    for unit in ("bytes", "kB", "MB"):
        if round(left) < 1000:
            return f"{left:.0f} {unit}"
        left /= 1000
    return f"{left:.1f} GB"


def milliseconds_of(text: str) -> int:
    """`1:23` or `83`, in seconds."""
    minutes, _, seconds = text.rpartition(":")
    if not re.fullmatch(r"(\d{1,5}:)?\d{1,6}(\.\d+)?", text):
        raise ValueError(text)
    return int((int(minutes or 0) * 60 + float(seconds)) * 1000)


def place(milliseconds: int) -> str:
    return f"{milliseconds // 60_000}:{milliseconds // 1000 % 60:02}"


def named(data: items.Data) -> str:
    return " - ".join(filter(None, (data.get("artist"), data.get("title") or data.get("name"))))


def title(client: Client, track_id: str) -> str:
    found = items.get(client.store, "track@1", track_id)
    return f"{found.id}  {named(found.data)}" if found else track_id


def track(client: Client, given: str) -> str:
    if (found := items.get(client.store, "track@1", given)) is None:
        raise ClientError(f"There is no track '{given}' here: mcma-client find TEXT shows ids")
    return found.id


def playlist(client: Client, given: str) -> str:
    lists = client.see.playlists()
    found = [id_ for id_, data in lists.items() if given in (id_, data["name"])]
    if not found:
        raise ClientError(f"There is no playlist '{given}' here: mcma-client playlists")
    if len(found) > 1:
        raise ClientError(f"Several playlists are called '{given}', say which by its id: {', '.join(found)}")
    return found[0]


def refusal(client: Client, rejected: Rejected) -> str:
    """What was not accepted, of what, and why."""
    event = rejected.event
    id_ = str(event.data.get("track_id") or event.data.get("item_id") or event.data.get("playlist_id") or "")
    known = items.get(client.store, "track@1", id_) or items.get(client.store, "playlist@1", id_)
    of = event.data.get("name") or (named(known.data) if known else id_)
    return f"{event.type}{of and f' ({of})'}: {rejected.message or rejected.code}"
