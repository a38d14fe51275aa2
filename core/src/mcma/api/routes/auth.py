"""Logins: opened with the account's password, renewed with refresh tokens, ended."""

from dataclasses import replace
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Anyone
from mcma.api.inputs import Body, Document, Name, Secret, Text, body
from mcma.api.openapi import area, told
from mcma.api.respond import NOT_KEPT, answer, nothing
from mcma.services.people.devices import DeviceFacts
from mcma.services.people.sessions import TokenPair

router = area("/auth", "login")
DEVICE = {"id": "019353a0-0000-7000-8000-000000000011", "name": "Kitchen radio"}


class Login(Body):
    model_config = body(
        {"username": "alex", "password": "violet anchor 42", "client": "Web player", "device": DEVICE}
    )
    username: Name
    password: Secret
    client: Text | None = Field(default=None, description="Its own name; the User-Agent by default.")
    device: "LoginDevice | None" = Field(
        default=None, description="Registers it, and hangs the login on it: revoked, the login ends."
    )


class LoginDevice(Body):
    model_config = body(DEVICE)
    id: UUID | None = Field(default=None, description="Made by the client, or left to the server.")
    name: Name
    profile: Document | None = Field(default=None, description="What it can play, in its own words.")


class RefreshToken(Body):
    model_config = body({"refresh_token": "kq3T..."})
    refresh_token: Secret


class FirstAdmin(Body):
    model_config = body({"token": "printed at start", "username": "alex", "password": "violet anchor 42"})
    token: Secret
    username: Name
    password: Secret


@router.post("/login", **told("Log in with name and password", "Tokens"))
async def login(visit: Anyone, sent: Login) -> Response:
    """The account's own password; app passwords do not open this door. Failed tries are limited (429)."""
    client = visit.client(sent.client)
    caller = await visit.services.logins.by_password(
        sent.username, sent.password, address=visit.address, client=client
    )
    if sent.device is not None:
        facts = DeviceFacts(sent.device.name, client, sent.device.profile)
        device = await visit.services.devices.register(caller, sent.device.id, facts)
        caller = replace(caller, device_id=device.id)
    return _tokens(await visit.services.sessions.open(caller))


@router.post("/refresh", **told("Get new tokens for a refresh token", "Tokens"))
async def refresh(visit: Anyone, sent: RefreshToken) -> Response:
    """A refresh token is good once. Using it again ends the login on every device that shares it."""
    return _tokens(await visit.services.sessions.refresh(sent.refresh_token))


@router.post("/logout", **told("End a login", status=204))
async def logout(visit: Anyone, sent: RefreshToken) -> Response:
    await visit.services.sessions.close(sent.refresh_token)
    return nothing()


@router.post("/setup", **told("Make the first administrator", "User", 201))
async def setup(visit: Anyone, sent: FirstAdmin) -> Response:
    """With the token that a server without users prints at its start; once."""
    made = await visit.services.setup.consume_setup_token(sent.token, sent.username, sent.password)
    return answer(shapes.user(made), 201)


def _tokens(pair: TokenPair) -> Response:
    content = {
        "access_token": pair.access.value,
        "token_type": "Bearer",
        "expires_at": pair.access.expires_at,
        "refresh_token": pair.refresh,
        "refresh_expires_at": pair.refresh_expires_at,
        "device_id": pair.device_id,
    }
    return answer(content, headers=NOT_KEPT)
