"""The command `mcma-client`: what may be typed. What it does is in `commands`."""

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from mcma_client import commands
from mcma_client.client import Client
from mcma_client.errors import ClientError

Does = Callable[[Client, argparse.Namespace], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """What the process exits with: 0, or 1 with a message on standard error."""
    asked = parser().parse_args(arguments)
    try:
        with Client(asked.data) as client:
            asked.does(client, asked)
    except (ClientError, OSError, sqlite3.Error) as error:
        print(f"mcma-client: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


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


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser("mcma-client", description="Music from mcma, without a connection too.")
    made.add_argument("--data", type=Path, default=data_folder(), help="the folder of the copy (%(default)s)")
    offered = made.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, does: Does, said: str) -> argparse.ArgumentParser:
        one = offered.add_parser(name, help=said, description=said)
        one.set_defaults(does=does)
        return one

    _connected(command)
    _recording(command)
    _looking(command)
    return made


def _connected(command: Callable[[str, Does, str], argparse.ArgumentParser]) -> None:
    entering = command("login", commands.login, "log in; the password is asked for, or read from stdin")
    entering.add_argument("url")
    entering.add_argument("--user", help="asked for, or the first line of standard input, without it")
    entering.add_argument("--device", default=platform.node() or "laptop", help="its name (%(default)s)")
    syncing = command("sync", commands.sync, "send what was done here, and follow what was done elsewhere")
    syncing.add_argument("--compare", action="store_true", help="make sure that the copy is the same")
    syncing.add_argument("--watch", action="store_true", help="go on until Ctrl-C")
    getting = command("get", commands.get, "keep music here: likes, album:ID, playlist:ID, track:ID")
    getting.add_argument("pins", nargs="*", metavar="PIN", help="none: fetch what is pinned already")
    getting.add_argument("--drop", action="store_true", help="keep these no longer")
    command("logout", commands.logout, "end the login; the copy and what was not sent stay")


def _recording(command: Callable[[str, Does, str], argparse.ArgumentParser]) -> None:
    for name, does, said in (("like", commands.like, "like tracks"),
                             ("unlike", commands.unlike, "take likes back")):  # fmt: skip
        command(name, does, said).add_argument("tracks", nargs="+", metavar="TRACK")
    rating = command("rate", commands.rate, "give 1 to 5 stars; 0 takes them away")
    rating.add_argument("track", metavar="TRACK")
    rating.add_argument("rating", type=int, choices=range(6))
    playing = command("play", commands.play, "play a track, and record that it was played")
    playing.add_argument("track", metavar="TRACK")
    playing.add_argument("--record-only", action="store_true", help="it was played by something else")
    listing = command("playlist", commands.playlist, "show, create, fill, rename or delete a playlist")
    listing.add_argument("action", choices=("show", "create", "add", "rename", "delete"))
    listing.add_argument("playlist", metavar="PLAYLIST", help="its id, or its name")
    listing.add_argument("more", nargs="*", help="tracks to add, or the new name")


def _looking(command: Callable[[str, Does, str], argparse.ArgumentParser]) -> None:
    command("status", commands.status, "what is here, and what waits to be sent")
    command("playlists", commands.playlists, "list the playlists")
    finding = command("find", commands.find, "search artists, albums, tracks and playlists")
    finding.add_argument("text", nargs="+")
    serving = command("serve-offline", commands.serve_offline, "a page for a browser on this machine")
    serving.add_argument("--port", type=int, default=0, help="any free one without it")
