"""The command `mcma-client`."""

import argparse
import getpass
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from mcma_client import items
from mcma_client.client import Client
from mcma_client.errors import ClientError


def data_folder() -> Path:
    """Where programs keep their data on this system."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "mcma-client"


def main(arguments: Sequence[str] | None = None) -> int:
    """What the process exits with: 0, or 1 with a message on standard error."""
    asked = parser().parse_args(arguments)
    try:
        with Client(asked.data) as client:
            asked.does(client, asked)
    except ClientError as error:
        print(f"mcma-client: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser("mcma-client", description="Music from mcma, without a connection too.")
    made.add_argument("--data", type=Path, default=data_folder(), help="the folder of the copy (%(default)s)")
    commands = made.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, does: object, said: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=said, description=said)
        one.set_defaults(does=does)
        return one

    entering = command("login", _login, "log in; the password is asked for, or read from standard input")
    entering.add_argument("url")
    entering.add_argument("--user", default=None)
    entering.add_argument("--device", default=platform.node() or "laptop", help="its name (%(default)s)")
    syncing = command("sync", _sync, "bring the copy up to date")
    syncing.add_argument("--compare", action="store_true", help="make sure that the copy is the same")
    command("status", _status, "what is here")
    finding = command("find", _find, "search artists, albums, tracks and playlists")
    finding.add_argument("text", nargs="+")
    command("logout", _logout, "end the login; the copy stays")
    return made


def say(*words: object) -> None:
    print(*words)  # noqa: T201


def _login(client: Client, asked: argparse.Namespace) -> None:
    username = asked.user or _line("User: ")
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else _line("")
    client.login(asked.url, username, password, asked.device)
    say(f"Logged in as {username}. `mcma-client sync` takes a copy.")


def _line(prompt: str) -> str:
    if sys.stdin.isatty():
        return input(prompt)
    return sys.stdin.readline().rstrip("\r\n")


def _sync(client: Client, asked: argparse.Namespace) -> None:
    done = client.sync(compare=asked.compare)
    if done.anew:
        say("The server's data was put back from a backup: all of it was taken again.")
    say(f"Up to date, {done.lines} changes came.")


def _status(client: Client, asked: argparse.Namespace) -> None:
    say(f"{client.store.fact('owner') or 'Nobody is logged in'}, {client.folder}")
    known = items.counts(client.store)
    for type_ in ("artist", "album", "track", "playlist"):
        say(f"{known.get(f'{type_}@1', 0):>8} {type_}s")


def _find(client: Client, asked: argparse.Namespace) -> None:
    text = " ".join(asked.text)
    for type_ in ("artist", "album", "track", "playlist"):
        for one in items.found(client.store, f"{type_}@1", text):
            said = [one.data.get("artist"), one.data.get("title") or one.data.get("name")]
            say(f"{type_:8} {one.id}  {' - '.join(filter(None, said))}")


def _logout(client: Client, asked: argparse.Namespace) -> None:
    client.logout()
    say("Logged out. The copy is still here.")
