"""Commands that record what a person does; none needs a connection."""

import argparse
import json
import time
from collections.abc import Sequence
from contextlib import suppress

from mcma_client import items
from mcma_client.client import Client
from mcma_client.errors import ClientError
from mcma_client.overlay import Row
from mcma_client.player import PLAYERS, player
from mcma_client.words import place, playlist, say, title, track

Asked = argparse.Namespace


def like(client: Client, asked: Asked) -> None:
    for one in [track(client, one) for one in asked.tracks]:
        client.record.like("track", one)


def unlike(client: Client, asked: Asked) -> None:
    for one in [track(client, one) for one in asked.tracks]:
        client.record.like("track", one, False)


def rate(client: Client, asked: Asked) -> None:
    client.record.rate("track", track(client, asked.track), asked.rating)


def play(client: Client, asked: Asked) -> None:
    """What was heard is recorded, however the player ends."""
    id_, began = track(client, asked.track), client.clock()
    if asked.record_only:
        found = items.get(client.store, "track@1", id_)
        client.record.play(id_, int((found.data.get("duration_ms") or 0) if found else 0), began)
        return
    path, program = client.files.path(id_), player()
    if path is None:
        raise ClientError(f"It is not on this machine: mcma-client get track:{id_}")
    if program is None:
        known = ", ".join(name for name, *_ in PLAYERS)
        raise ClientError(f"There is no player here ({known}); the file is {path}")
    started = time.monotonic()
    try:
        with suppress(KeyboardInterrupt):
            program(path)
    finally:
        client.record.play(id_, int((time.monotonic() - started) * 1000), began)


def playlists(client: Client, asked: Asked) -> None:
    for id_, data in sorted(client.see.playlists().items(), key=lambda one: one[1]["name"].casefold()):
        say(f"{id_}  {data['name']}")


def playlist_create(client: Client, asked: Asked) -> None:
    if not asked.name.strip():
        raise ClientError("A playlist has a name.")
    say(client.record.create_playlist(asked.name))


def playlist_show(client: Client, asked: Asked) -> None:
    for number, row in enumerate(client.see.rows(playlist(client, asked.playlist)), 1):
        claimed = f"{(row.claim or {}).get('title', '')} (waits for its track)"
        say(f"{number:>4}  {title(client, row.track_id) if row.track_id else claimed}")


def playlist_add(client: Client, asked: Asked) -> None:
    id_ = playlist(client, asked.playlist)
    client.record.add_tracks(id_, [track(client, one) for one in asked.tracks])


def playlist_remove(client: Client, asked: Asked) -> None:
    id_ = playlist(client, asked.playlist)
    rows = client.see.rows(id_)
    client.record.remove_rows(id_, [_row(rows, number).id for number in dict.fromkeys(asked.rows)])


def playlist_move(client: Client, asked: Asked) -> None:
    id_ = playlist(client, asked.playlist)
    rows = client.see.rows(id_)
    _row(rows, asked.to)
    client.record.move_row(id_, _row(rows, asked.row).id, asked.to - 1)


def _row(rows: Sequence[Row], number: int) -> Row:
    if not 1 <= number <= len(rows):
        raise ClientError(f"There is no row {number}: it has {len(rows)}")
    return rows[number - 1]


def playlist_rename(client: Client, asked: Asked) -> None:
    client.record.update_playlist(playlist(client, asked.playlist), name=" ".join(asked.name))


def playlist_delete(client: Client, asked: Asked) -> None:
    client.record.delete_playlist(playlist(client, asked.playlist))


def bookmark_set(client: Client, asked: Asked) -> None:
    said = {} if asked.comment is None else {"comment": asked.comment}
    client.record.bookmark(track(client, asked.track), position_ms=asked.place, **said)


def bookmark_list(client: Client, asked: Asked) -> None:
    for id_, data in client.see.bookmarks().items():
        say("  ".join(filter(None, (place(data["position_ms"]), title(client, id_), data.get("comment")))))


def bookmark_delete(client: Client, asked: Asked) -> None:
    client.record.drop_bookmark(track(client, asked.track))


def settings_get(client: Client, asked: Asked) -> None:
    found = client.see.settings()
    if asked.name is not None and asked.name not in found:
        raise ClientError(f"There is no setting '{asked.name}'")
    for name in sorted(found) if asked.name is None else [asked.name]:
        said = json.dumps(found[name], ensure_ascii=False)
        say(said if asked.name is not None else f"{name}  {said}")


def settings_set(client: Client, asked: Asked) -> None:
    """JSON where it is some, else a text; `null` takes it away."""
    try:
        value = json.loads(asked.value)
    except ValueError:
        value = asked.value
    client.record.setting(asked.name, value)


def request(client: Client, asked: Asked) -> None:
    more = {} if asked.album is None else {"album": asked.album}
    client.record.request(asked.title, asked.artist, note=asked.note, **more)


def requests(client: Client, asked: Asked) -> None:
    for id_, data in client.see.requests().items():
        claim = data.get("claim") or {}
        said = " - ".join(filter(None, (", ".join(claim.get("artists") or ()), claim.get("title"))))
        say(f"{id_}  {data.get('state') or 'not sent yet'}  {said or data.get('source_id') or ''}")
