"""Commands that talk to the server, and those that show what is here."""

import argparse
import getpass
import sys
import time

from mcma_client import items
from mcma_client.client import Client, Synced
from mcma_client.errors import ClientError, Refused, Unreachable
from mcma_client.fetching import Fetched, Rest
from mcma_client.login import Login
from mcma_client.plans import Wish
from mcma_client.serve import Offline
from mcma_client.words import named, playlist, refusal, say, size, title

_PAUSE = 15.0
"""Seconds until a server that could not be reached is tried again."""
Asked = argparse.Namespace


def login(client: Client, asked: Asked) -> None:
    username = asked.user or _line("User: ")
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else _line("")
    client.login(asked.url, username, password, asked.device)
    say(f"Logged in as {username}. Now: mcma-client sync")


def _line(prompt: str) -> str:
    return input(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def sync(client: Client, asked: Asked) -> None:
    if not asked.watch:
        _told(client, _synced(client, compare=asked.compare))
        if client.files.pins() and not asked.no_music:
            for one in _fetched(client, wait=False):
                say(one)
        return
    while True:
        try:
            client.watch(lambda done: _told(client, done))
        except Unreachable as error:
            say(f"{error}: trying again in {_PAUSE:.0f} seconds")
            time.sleep(_PAUSE)


def _synced(client: Client, *, compare: bool) -> Synced:
    try:
        return client.sync(compare=compare)
    except Unreachable as error:
        raise Unreachable(f"{error}. {client.outbox.waiting()} events wait to be sent.") from None


def _told(client: Client, done: Synced) -> None:
    if done.anew:
        say("The server's data was put back from a backup: everything was taken again.")
    for one in done.rejected:
        say(f"Not accepted: {refusal(client, one)}")
    say(f"Up to date: {done.sent} sent, {done.lines} came.")


def get(client: Client, asked: Asked) -> None:
    """Pins are remembered before anything is asked for: the next connection brings them."""
    for pin in asked.pins:
        client.files.pin(*_pin(client, pin))
    before = client.files.wish()
    wish = Wish(asked.format or before.format, before.budget if asked.max_size is False else asked.max_size)
    client.files.want(wish)
    try:
        _told(client, client.sync())
        failed = _fetched(client, wait=not asked.no_wait)
    except Refused as error:
        if error.status == 422:  # there is no such format
            client.files.want(before)
        raise
    if failed:
        raise ClientError("\n".join(("These could not be had:", *failed)))


def _fetched(client: Client, *, wait: bool) -> list[str]:
    """What could not be had."""
    failed: list[str] = []

    def fetched(one: Fetched) -> None:
        say(title(client, one.track_id))

    def not_had(named: str, error: ClientError) -> None:
        failed.append(f"{title(client, named)}: {error}")

    _here(client, client.fetch(fetched, not_had, wait=wait))
    return failed


def _here(client: Client, rest: Rest) -> None:
    say(f"{len(client.files.here())} tracks are here, {size(client.files.size())}.")
    if rest.open:
        say(f"{rest.open} are still being made: `mcma-client get` goes on with them.")
    if rest.left_out:
        say(f"{rest.left_out} have no room: --max-size gives more.")


def drop(client: Client, asked: Asked) -> None:
    gone = sum(client.files.unpin(*_pin(client, one)) for one in asked.pins)
    say(f"{gone} files were deleted, {len(client.files.here())} tracks are here.")


def _pin(client: Client, text: str) -> tuple[str, str]:
    """Playlists may be meant by their names."""
    kind, _, id_ = text.partition(":")
    named_so = kind == "playlist" and id_ in (one["name"] for one in client.see.playlists().values())
    return kind, playlist(client, id_) if named_so else id_


def logout(client: Client, asked: Asked) -> None:
    client.logout()
    say(f"Logged out. The copy is still in {client.folder}.")


def status(client: Client, asked: Asked) -> None:
    owner = client.store.fact("owner")
    out = ", logged out" if owner and not Login.there(client.folder) else ""
    say(f"{owner or 'Nobody is logged in'}{out}, in {client.folder}")
    known = items.counts(client.store)
    for type_ in ("artist", "album", "track", "playlist"):
        say(f"{known.get(f'{type_}@1', 0):>8} {type_}s")
    say(f"{len(client.files.here()):>8} tracks on this machine, {size(client.files.size())}")
    if pins := client.files.pins():
        wish = client.files.wish()
        most = "" if wish.budget is None else f", at most {size(wish.budget)}"
        say(f"Kept here ({wish.format}{most}): {' '.join(map(str, pins))}")
    say(f"{client.outbox.waiting():>8} events wait to be sent")
    for one in client.outbox.rejected():
        say(f"Not accepted, {one.event.at}: {refusal(client, one)}")


def find(client: Client, asked: Asked) -> None:
    text, nothing = " ".join(asked.text), True
    for type_ in ("artist", "album", "track", "playlist"):
        for one in items.found(client.store, f"{type_}@1", text):
            say(f"{type_:8} {one.id}  {named(one.data)}")
            nothing = False
    if nothing:
        empty = not items.counts(client.store)
        raise ClientError("Nothing is here yet: mcma-client sync" if empty else f"Nothing here has '{text}'.")


def serve_offline(client: Client, asked: Asked) -> None:
    offline = Offline(client.folder, asked.port, client.clock)
    with offline.server() as server:
        say(f"Open {offline.address} (Ctrl-C ends it)")
        server.serve_forever()
