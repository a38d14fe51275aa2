"""Logins: opened with the account's password, renewed with refresh tokens, ended."""

from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Anyone
from mcma.api.inputs import Body, Name, Secret, Text, body
from mcma.api.openapi import area, told
from mcma.api.respond import NOT_KEPT, answer, nothing
from mcma.services.sessions import TokenPair

router = area("/auth", "login")


class Login(Body):
    model_config = body({"username": "alex", "password": "violet anchor 42", "client": "Web player"})
    username: Name
    password: Secret
    client: Text | None = Field(default=None, description="Its own name; the User-Agent by default.")


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
    }
    return answer(content, headers=NOT_KEPT)
