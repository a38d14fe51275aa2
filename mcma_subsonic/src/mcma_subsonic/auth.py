"""Who calls: OpenSubsonic API reference, "Authentication", and the extension apiKeyAuthentication."""

import re

from mcma_plugins.errors import NotAuthenticated, TooManyRequests
from mcma_plugins.people import Logins
from mcma_plugins.values import Caller
from mcma_subsonic.errors import Code, SubsonicError, invalid, missing
from mcma_subsonic.params import Params

_TOKEN = re.compile(r"[0-9a-f]{32}", re.ASCII)
_NO_CREDENTIALS = "Required parameter is missing: send 'apiKey', or 'u' with 't' and 's', or 'u' with 'p'."


async def login(logins: Logins, params: Params, address: str) -> Caller:
    """The caller, or an error that says the same for an unknown user and a wrong password."""
    try:
        if params.has("apiKey"):
            return await _by_key(logins, params, address)
        return await _by_name(logins, params, address)
    except TooManyRequests as error:
        seconds = max(1, round(error.retry_after))
        raise invalid(f"Too many failed logins. Try again in {seconds} s.") from None


async def _by_key(logins: Logins, params: Params, address: str) -> Caller:
    if any(params.has(name) for name in ("u", "p", "t", "s")):
        raise SubsonicError(
            Code.CONFLICTING_CREDENTIALS, "Send either 'apiKey' or 'u' and a password, not both."
        )
    try:
        return await logins.by_api_key(params.text("apiKey"), address=address, client=_client(params))
    except NotAuthenticated:
        raise SubsonicError(Code.WRONG_API_KEY, "Invalid API key.") from None


async def _by_name(logins: Logins, params: Params, address: str) -> Caller:
    if not any(params.has(name) for name in ("p", "t")):
        raise SubsonicError(Code.MISSING_PARAMETER, _NO_CREDENTIALS)
    name, client = params.text("u"), _client(params)
    try:
        if params.has("p"):  # before t and s: a client that falls back to p may still send the others
            return await logins.by_app_password(
                name, password_of(params, "p"), address=address, client=client
            )
        token, salt = _token(params)
        return await logins.by_token(name, token, salt, address=address, client=client)
    except NotAuthenticated:
        raise wrong_credentials() from None


def wrong_credentials() -> SubsonicError:
    return SubsonicError(
        Code.WRONG_CREDENTIALS,
        "Wrong username or password. Apps log in with an app password, never with the account's: make one at "
        "the server, see the help page.",
    )


def _client(params: Params) -> str:
    return params.maybe("c") or ""


def password_of(params: Params, name: str) -> str:
    """Clear, or `enc:` and the hex of its UTF-8. Required."""
    value = params.text(name)
    return _decoded(value[4:]) if value.startswith("enc:") else value


def _decoded(digits: str) -> str:
    try:
        data = bytes.fromhex(digits)
    except ValueError:
        raise wrong_credentials() from None
    try:
        return data.decode()
    except UnicodeDecodeError:  # py-opensonic encodes code points, not UTF-8
        return data.decode("latin-1")


def _token(params: Params) -> tuple[str, str]:
    token, salt = params.text("t").lower(), params.maybe("s")
    if salt is None:
        raise missing("s")
    if not _TOKEN.fullmatch(token):
        raise wrong_credentials()
    return token, salt
