"""What the commands do."""

import argparse
import getpass
import sys
import time
from contextlib import suppress

from mcma_client import items
from mcma_client.client import Client, Synced
from mcma_client.errors import ClientError, Unreachable
from mcma_client.files import Fetched
from mcma_client.player import player
from mcma_client.serve import Offline

_PAUSE = 15.0
"""Seconds until a server that could not be reached is tried again."""
Asked = argparse.Namespace


def say(*words: object) -> None:
    """At once: who reads through a pipe waits for it."""
    print(*words, flush=True)  # noqa: T201


def login(client: Client, asked: Asked) -> None:
    username = asked.user or _line("User: ")
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else _line("")
    client.login(asked.url, username, password, asked.device)
    say(f"Logged in as {username}. Now: mcma-client sync")


def _line(prompt: str) -> str:
    return input(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def sync(client: Client, asked: Asked) -> None:
    if not asked.watch:
        return _told(client.sync(compare=asked.compare))
    while True:
        try:
            client.watch(_told)
        except Unreachable as error:
            say(f"{error}: trying again in {_PAUSE:.0f} seconds")
            time.sleep(_PAUSE)


def _told(done: Synced) -> None:
    if done.anew:
        say("The server's data was put back from a backup: everything was taken again.")
    for one in done.rejected:
        say(f"Not accepted: {one.event.type}: {one.message or one.code}")
    say(f"Up to date: {done.sent} sent, {done.lines} came.")


def get(client: Client, asked: Asked) -> None:
    for pin in asked.pins:
        kind, _, id_ = pin.partition(":")
        (client.files.unpin if asked.drop else client.files.pin)(kind, id_)
    failed: list[str] = []

    def fetched(one: Fetched) -> None:
        say(_title(client, one.track_id))

    def not_had(track_id: str, error: ClientError) -> None:
        failed.append(f"{_title(client, track_id)}: {error}")

    client.fetch(fetched, not_had)
    if failed:
        raise ClientError("\n".join(("These could not be had:", *failed)))
    say(f"{len(client.files.here())} tracks are here.")


def logout(client: Client, asked: Asked) -> None:
    client.logout()
    say(f"Logged out. The copy is still in {client.folder}.")


def like(client: Client, asked: Asked) -> None:
    for track in [_track(client, one) for one in asked.tracks]:
        client.record.like("track", track)


def unlike(client: Client, asked: Asked) -> None:
    for track in [_track(client, one) for one in asked.tracks]:
        client.record.like("track", track, False)


def rate(client: Client, asked: Asked) -> None:
    client.record.rate("track", _track(client, asked.track), asked.rating)


def play(client: Client, asked: Asked) -> None:
    """What was heard is recorded, however the player ends."""
    track, began = _track(client, asked.track), client.clock()
    if asked.record_only:
        found = items.get(client.store, "track@1", track)
        client.record.play(track, int((found.data.get("duration_ms") or 0) if found else 0), began)
        return
    path, program = client.files.path(track), player()
    if path is None:
        raise ClientError(f"It is not on this machine: mcma-client get track:{track}")
    if program is None:
        raise ClientError(f"There is no player here that is known; the file is {path}")
    started = time.monotonic()
    try:
        with suppress(KeyboardInterrupt):
            program(path)
    finally:
        client.record.play(track, int((time.monotonic() - started) * 1000), began)


def playlist(client: Client, asked: Asked) -> None:
    if asked.action == "create":
        return say(client.record.create_playlist(asked.playlist))
    id_ = _playlist(client, asked.playlist)
    if asked.action == "add":
        client.record.add_tracks(id_, [_track(client, one) for one in asked.more])
    elif asked.action == "rename":
        client.record.update_playlist(id_, name=" ".join(asked.more))
    elif asked.action == "delete":
        client.record.delete_playlist(id_)
    else:
        for row in client.see.rows(id_):
            claimed = f"{(row.claim or {}).get('title', '')} (waits for its track)"
            say(_title(client, row.track_id) if row.track_id else claimed)
    return None


def playlists(client: Client, asked: Asked) -> None:
    for id_, data in sorted(client.see.playlists().items(), key=lambda one: one[1]["name"].casefold()):
        say(f"{id_}  {data['name']}")


def status(client: Client, asked: Asked) -> None:
    say(f"{client.store.fact('owner') or 'Nobody is logged in'}, in {client.folder}")
    known = items.counts(client.store)
    for type_ in ("artist", "album", "track", "playlist"):
        say(f"{known.get(f'{type_}@1', 0):>8} {type_}s")
    say(f"{len(client.files.here()):>8} tracks on this machine")
    say(f"{client.outbox.waiting():>8} events wait to be sent")
    for one in client.outbox.rejected():
        say(f"Not accepted, {one.event.at}: {one.event.type}: {one.message or one.code}")


def find(client: Client, asked: Asked) -> None:
    for type_ in ("artist", "album", "track", "playlist"):
        for one in items.found(client.store, f"{type_}@1", " ".join(asked.text)):
            say(f"{type_:8} {one.id}  {_named(one.data)}")


def serve_offline(client: Client, asked: Asked) -> None:
    offline = Offline(client.folder, asked.port, client.clock)
    with offline.server() as server:
        say(f"Open {offline.address} (Ctrl-C ends it)")
        server.serve_forever()


def _named(data: items.Data) -> str:
    return " - ".join(filter(None, (data.get("artist"), data.get("title") or data.get("name"))))


def _title(client: Client, track_id: str) -> str:
    found = items.get(client.store, "track@1", track_id)
    return f"{found.id}  {_named(found.data)}" if found else track_id


def _track(client: Client, given: str) -> str:
    if (found := items.get(client.store, "track@1", given)) is None:
        raise ClientError(f"There is no track '{given}' here: mcma-client find TEXT shows ids")
    return found.id


def _playlist(client: Client, given: str) -> str:
    lists = client.see.playlists()
    found = [id_ for id_, data in lists.items() if given in (id_, data["name"])]
    if len(found) != 1:
        raise ClientError(f"There is {'no' if not found else 'more than one'} playlist '{given}' here")
    return found[0]
