"""mcma user"""

import getpass
import sys
from typing import Annotated

from cyclopts import App, Parameter

from mcma.cli.execute import execute
from mcma.cli.output import as_json, note, say, table, when
from mcma.cli.values import Flag, FromStdin, Json

app = App(name="user", help="Who may use the server.")


def _password(from_stdin: bool) -> str:
    """The first line of stdin, or typed twice."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    from mcma.domain.errors import InvalidInput

    if not sys.stdin.isatty():
        raise InvalidInput("There is no terminal to type a password on.", hint="Use --password-stdin.")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise InvalidInput("The two passwords differ.")
    return first


@app.command
def add(name: str, /, *, admin: Flag = False, password_stdin: FromStdin = False, json: Json = False) -> None:
    """Make a user.

    Parameters
    ----------
    name
        What the user logs in with.
    admin
        May manage users and libraries.
    """
    made = execute("user.add", {"name": name, "password": _password(password_stdin), "admin": admin})
    if json:
        as_json(made)
    else:
        say(f"Made {'the administrator' if admin else 'the user'} {made['name']} ({made['id']}).")


@app.command(name="app-password")
def app_password(
    name: str, /, *, device: Annotated[str, Parameter(name="--name")], json: Json = False
) -> None:
    """Make a password for one app or device: it opens /rest, which the account's own password never does.

    It is shown this once.

    Parameters
    ----------
    name
        The user.
    device
        What the password is for, such as "Phone".
    json
        Print JSON: {"username", "password"}.
    """
    made = execute("user.app_password", {"name": name, "device": device})
    if json:
        as_json(made)
        return
    note(f"For {device}, shown this once:")
    say(f"username  {made['username']}")
    say(f"password  {made['password']}")


@app.command(name="app-passwords")
def app_passwords(name: str, /, *, json: Json = False) -> None:
    """List a user's app passwords: what each is for, when it was last used and by which app.

    Parameters
    ----------
    name
        The user's name or id.
    """
    found = execute("user.app_passwords", {"name": name})
    if json:
        as_json(found)
        return
    rows = [
        (
            one["name"],
            when(one["created_at"]),
            when(one["last_used_at"]),
            one["last_client"] or "",
            "" if one["usable"] else "its key is gone",
        )
        for one in found
    ]
    empty = f"None yet. mcma user app-password {name} --name Phone"
    table(("For", "Since", "Last used", "By", ""), rows, empty)


@app.command
def revoke(name: str, /, *, device: Annotated[str, Parameter(name="--name")]) -> None:
    """Take an app password back: what uses it cannot log in any more.

    Parameters
    ----------
    name
        The user's name or id.
    device
        What the password is for, as `mcma user app-passwords` lists it.
    """
    gone = execute("user.revoke", {"name": name, "device": device})
    say(f"The app password for {gone['name']} is gone.")


@app.command
def rights(
    name: str,
    /,
    *,
    download: Annotated[bool | None, Parameter(negative="--no-download")] = None,
    upload: Annotated[bool | None, Parameter(negative="--no-upload")] = None,
    share: Annotated[bool | None, Parameter(negative="--no-share")] = None,
    fetch: Annotated[bool | None, Parameter(negative="--no-fetch")] = None,
    json: Json = False,
) -> None:
    """Show or change what a user may do. Administrators have every right.

    Parameters
    ----------
    name
        The user's name or id.
    download
        Original files to keep; playing needs no right.
    upload
        Music handed in.
    share
        Music shown to people without an account.
    fetch
        Music got from outside; without it an administrator decides.
    """
    said = {"download": download, "upload": upload, "share": share, "fetch": fetch}
    named = {right: given for right, given in said.items() if given is not None}
    after = execute("user.rights", {"name": name, "rights": named})
    if json:
        as_json(after)
    else:
        say(f"{after['name']} may: {', '.join(after['rights']) or 'play'}")


@app.command
def quota(name: str, per_day: int | None = None, /, *, default: Flag = False, json: Json = False) -> None:
    """Show or change how many tracks from outside a user may have got in 24 hours.

    Parameters
    ----------
    name
        The user's name or id.
    per_day
        So many; 0 for no limit.
    default
        As many as the server is set up for.
    """
    found = execute("user.quota", {"name": name, "per_day": -1 if default else per_day})
    if json:
        as_json(found)
        return
    own, setting = found["downloads_per_day"], found["setting"]
    most = (setting if own is None else own) or "any number of"
    say(f"{found['name']} may have {most} tracks got in 24 hours{' (the default)' if own is None else ''}.")


@app.command
def libraries(
    name: str, /, *library: str, all_: Annotated[Flag, Parameter(name="--all")] = False, json: Json = False
) -> None:
    """Show or change which libraries a user sees: exactly those that are named.

    Parameters
    ----------
    name
        The user's name or id.
    library
        Its name, number, id or folder.
    all_
        All there are.
    """
    if all_ and library:
        from mcma.domain.errors import InvalidInput

        raise InvalidInput("Name libraries, or say --all.", code="usage")
    only = [] if all_ else list(library) or None
    after = execute("user.libraries", {"name": name, "only": only})
    if json:
        as_json(after)
    else:
        say(f"{after['name']} sees: {', '.join(after['libraries']) or 'no library'}")


@app.command(name="list")
def list_(*, json: Json = False) -> None:
    """List the users."""
    users = execute("user.list")
    if json:
        as_json(users)
        return
    rows = [
        (
            one["name"],
            "admin" if one["admin"] else "",
            when(one["created_at"]),
            when(one["disabled_at"]),
            one["id"],
        )
        for one in users
    ]
    table(("Name", "Role", "Since", "Disabled", "Id"), rows, "No users yet. mcma user add NAME --admin")


@app.command
def passwd(name: str, /, *, password_stdin: FromStdin = False) -> None:
    """Give a user a new password, and end all of the user's logins. App passwords stay.

    Parameters
    ----------
    name
        The user's name or id.
    """
    user = execute("user.passwd", {"name": name, "password": _password(password_stdin)})
    say(f"{user['name']} has a new password and is logged out everywhere.")


@app.command
def disable(name: str, /) -> None:
    """Shut a user out, app passwords included. Everything of theirs is kept."""
    say(f"{execute('user.disable', {'name': name})['name']} is disabled. mcma user enable takes it back.")


@app.command
def enable(name: str, /) -> None:
    """Let a disabled user in again."""
    say(f"{execute('user.enable', {'name': name})['name']} is enabled.")


@app.command
def delete(name: str, /, *, yes: Flag = False) -> None:
    """Delete a user with all likes, plays and playlists. There is no way back.

    Parameters
    ----------
    name
        The user's name or id.
    yes
        Do not ask.
    """
    from mcma.domain.errors import InvalidInput

    if not yes and not _sure(name):
        raise InvalidInput(f"{name} was not deleted.", hint=f"mcma user delete {name} --yes")
    say(f"{execute('user.delete', {'name': name})['name']} is gone.")


def _sure(name: str) -> bool:
    if not sys.stdin.isatty():
        return False
    return input(f"Delete {name} with everything they liked, played and listed? [y/N] ").lower() in (
        "y",
        "yes",
    )
