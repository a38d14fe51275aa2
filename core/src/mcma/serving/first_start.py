"""What is printed when the server is up: addresses always, secrets once, to stdout and to no log."""

import ipaddress
import shlex
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mcma.domain.errors import Gone
from mcma.serving.household import household_addresses
from mcma.settings import Settings, default_data_dir
from mcma.wiring import Core
from mcma_plugins.values import Caller

DOCS = "/api/docs"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server can be reached."""

    host: str
    port: int
    base: str = ""
    public: str | None = None

    @classmethod
    def of(cls, listener: socket.socket, settings: Settings) -> "Address":
        host, port = listener.getsockname()[:2]
        return cls(host, port, settings.base_path, settings.public_url)

    @property
    def everywhere(self) -> bool:
        return ipaddress.ip_address(self.host).is_unspecified

    @property
    def here(self) -> str:
        return self._url("127.0.0.1" if self.everywhere else self.host)

    @property
    def household(self) -> list[str]:
        return [self._url(one) for one in household_addresses()] if self.everywhere else []

    def _url(self, host: str) -> str:
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.port}{self.base}"


@dataclass(frozen=True, slots=True)
class Greeting:
    address: Address
    command: str = "mcma"
    """With the options that make it mean this server."""
    admin: str | None = None
    password: str | None = field(default=None, repr=False)
    app_password: str | None = field(default=None, repr=False)
    setup_token: str | None = field(default=None, repr=False)


async def greeting(core: Core, address: Address, welcome: bool) -> Greeting:
    """On a server without users: makes the administrator (`welcome`) or a setup token."""
    setup, command = core.services.setup, command_of(core.settings)
    if not await setup.needed():
        return Greeting(address, command)
    if not welcome:
        return await _with_token(core, address, command)
    first = await setup.first_admin()
    if first is None:
        return Greeting(address, command)
    caller = Caller(first.user.id, first.user.name, is_admin=True)
    app_password = await core.services.app_passwords.reveal_default(caller)
    return Greeting(address, command, first.user.name, first.password, app_password)


async def _with_token(core: Core, address: Address, command: str) -> Greeting:
    try:
        return Greeting(address, command, setup_token=await core.services.setup.new_setup_token())
    except Gone:
        return Greeting(address, command)


def command_of(settings: Settings) -> str:
    """How this mcma was called, as it can be typed again."""
    called = Path(sys.argv[0])
    program = str(called) if called.name == "mcma" and shutil.which("mcma") is None else "mcma"
    if settings.data_dir == default_data_dir():
        return program
    folder, here = settings.data_dir, Path.cwd()
    near = folder.is_relative_to(here) and here != Path(here.anchor)
    shown = folder.relative_to(here) if near else folder
    return f"{program} --data-dir {shlex.quote(str(shown))}"


def greet(told: Greeting) -> None:
    sys.stdout.write("\n".join(("", *_lines(told), "", "")))
    sys.stdout.flush()


def _lines(told: Greeting) -> Iterator[str]:
    where = told.address
    yield f"  mcma is listening on {where.here}"
    yield f"  API documentation:   {where.here}{DOCS}"
    yield from _others(where)
    if told.password is not None:
        yield from _secrets(told)
    if told.setup_token is not None:
        yield from _token(told)


def _others(where: Address) -> Iterator[str]:
    if where.public is not None:
        yield f"  From outside:        {where.public}"
    if where.everywhere:
        for one in where.household:
            yield f"  In the household:    {one}"
        yield "  This is plain http: for your own network only. Beyond it, put an HTTPS proxy in front"
        yield "  (apps send the password with every request, and /rest refuses public addresses without TLS)."


def _secrets(told: Greeting) -> Iterator[str]:
    server = told.address.household[0] if told.address.household else told.address.here
    yield ""
    yield "  Shown this once; write it down."
    yield ""
    yield "  For a Subsonic app"
    yield f"    server     {told.address.public or server}"
    yield f"    username   {told.admin}"
    yield f"    password   {told.app_password}"
    yield ""
    yield "  For the native API, and to manage the server"
    yield f"    username   {told.admin}"
    yield f"    password   {told.password}"
    yield ""
    yield f"  Lost it?      {told.command} user passwd {told.admin}"
    yield f"  Another app?  {told.command} user app-password {told.admin} --name Phone"


def _token(told: Greeting) -> Iterator[str]:
    yield ""
    yield "  There is no user yet. Make the administrator within an hour with this token, which works once:"
    yield f"    {told.setup_token}"
    yield f"  (POST {told.address.here}/api/v1/auth/setup). At any time:"
    yield f"    {told.command} user add NAME --admin"
