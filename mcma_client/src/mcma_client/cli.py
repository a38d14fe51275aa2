"""The command `mcma-client`: what may be typed. What it does is in `commands` and `deeds`."""

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mcma_client import commands, deeds
from mcma_client.client import Client
from mcma_client.errors import ClientError
from mcma_client.words import milliseconds_of, size_of

Does = Callable[[Client, argparse.Namespace], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """What the process exits with: 0, or 1 with a message on standard error."""
    asked = parser().parse_args(arguments)
    try:
        with Client(asked.data) as client:
            asked.does(client, asked)
    except (ClientError, OSError, sqlite3.Error) as error:
        sys.stderr.write(f"mcma-client: {error}\n")
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


class Argument(NamedTuple):
    names: tuple[str, ...]
    more: Mapping[str, Any]


class Command(NamedTuple):
    """One of two words stands below the first."""

    name: str
    does: Does
    said: str
    arguments: tuple[Argument, ...] = ()


def arg(*names: str, **more: Any) -> Argument:
    return Argument(names, more)


def flag(name: str, said: str) -> Argument:
    return arg(name, action="store_true", help=said)


TRACK, TRACKS = arg("track", metavar="TRACK"), arg("tracks", nargs="+", metavar="TRACK")
PLAYLIST = arg("playlist", metavar="PLAYLIST", help="its id, or its name")
PINS = "likes, track:ID, album:ID, artist:ID, playlist:ID (or its name), genre:ID"
GROUPS = {
    "playlist": "make, fill and order playlists",
    "bookmark": "places in tracks",
    "settings": "what apps keep for you",
}
COMMANDS = (
    Command("login", commands.login, "log in; the password is asked for, or read from stdin", (
        arg("url"),
        arg("--user", help="asked for, or the first line of standard input, without it"),
        arg("--device", default=platform.node() or "laptop", help="its name (%(default)s)"))),
    Command("sync", commands.sync, "send what was done here, and follow what was done elsewhere", (
        flag("--compare", "make sure that the copy is the same"),
        flag("--no-music", "fetch nothing of what is pinned"),
        flag("--watch", "go on until Ctrl-C, without fetching music"))),
    Command("get", commands.get, f"keep music here: {PINS}", (
        arg("pins", nargs="*", metavar="PIN", help="the most important first; none: what is pinned already"),
        arg("--format", help="of all that is kept: a profile of the server, or original"),
        arg("--max-size", type=size_of, default=False, metavar="SIZE", help="of all of it: 8GB, or none"),
        flag("--no-wait", "take what is ready, do not wait for the rest"))),
    Command("drop", commands.drop, "keep these no longer, and delete what no other pin wants", (
        arg("pins", nargs="+", metavar="PIN"),)),
    Command("logout", commands.logout, "end the login; the copy and what was not sent stay"),
    Command("like", deeds.like, "like tracks", (TRACKS,)),
    Command("unlike", deeds.unlike, "take likes back", (TRACKS,)),
    Command("rate", deeds.rate, "give 1 to 5 stars; 0 takes them away", (
        TRACK, arg("rating", type=int, choices=range(6)))),
    Command("play", deeds.play, "play a track, and record that it was played", (
        TRACK, flag("--record-only", "it was played by something else"))),
    Command("playlists", deeds.playlists, "list the playlists"),
    Command("playlist create", deeds.playlist_create, "make one; tells its id", (arg("name"),)),
    Command("playlist show", deeds.playlist_show, "its rows, numbered", (PLAYLIST,)),
    Command("playlist add", deeds.playlist_add, "add tracks at its end", (PLAYLIST, TRACKS)),
    Command("playlist remove", deeds.playlist_remove, "take rows out, by their numbers", (
        PLAYLIST, arg("rows", nargs="+", type=int, metavar="ROW"))),
    Command("playlist move", deeds.playlist_move, "move a row to where another one is", (
        PLAYLIST, arg("row", type=int, metavar="ROW"), arg("to", type=int, metavar="TO"))),
    Command("playlist rename", deeds.playlist_rename, "give it another name", (
        PLAYLIST, arg("name", nargs="+"))),
    Command("playlist delete", deeds.playlist_delete, "delete it", (PLAYLIST,)),
    Command("bookmark set", deeds.bookmark_set, "remember a place in a track", (
        TRACK, arg("place", type=milliseconds_of, help="1:23, or seconds"), arg("--comment"))),
    Command("bookmark list", deeds.bookmark_list, "list them"),
    Command("bookmark delete", deeds.bookmark_delete, "forget it", (TRACK,)),
    Command("settings get", deeds.settings_get, "one, or all", (arg("name", nargs="?"),)),
    Command("settings set", deeds.settings_set, "keep one; null takes it away", (
        arg("name"), arg("value", help="JSON, or a text"))),
    Command("request", deeds.request, "ask to have a recording", (
        arg("title"), arg("--artist", action="append", required=True), arg("--album"), arg("--note"))),
    Command("requests", deeds.requests, "what was asked for, and what became of it"),
    Command("status", commands.status, "what is here, and what waits to be sent"),
    Command("find", commands.find, "search artists, albums, tracks and playlists", (arg("text", nargs="+"),)),
    Command("serve-offline", commands.serve_offline, "a page for a browser on this machine", (
        arg("--port", type=int, default=0, help="any free one without it"),)),
)  # fmt: skip


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser("mcma-client", description="Music from mcma, without a connection too.")
    made.add_argument("--data", type=Path, default=data_folder(), help="the folder of the copy (%(default)s)")
    offered = made.add_subparsers(required=True, metavar="COMMAND")
    groups = {
        name: offered.add_parser(name, help=said, description=said).add_subparsers(
            required=True, metavar="ACTION"
        )
        for name, said in GROUPS.items()
    }
    for command in COMMANDS:
        group, _, action = command.name.rpartition(" ")
        below = groups[group] if group else offered
        one = below.add_parser(action, help=command.said, description=command.said)
        one.set_defaults(does=command.does)
        for argument in command.arguments:
            one.add_argument(*argument.names, **argument.more)
    return made
