"""Whatever is sent: no status beyond 499, and always a valid envelope or bytes."""

import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from mcma_subsonic.endpoints import ENDPOINTS
from tests.subsonic import fakedata as data
from tests.subsonic.conftest import mounted
from tests.subsonic.fakeserver import API_KEY, services
from tests.support.rest import checked, parameters_of

METHODS = sorted(ENDPOINTS)
IDS = [
    f"al-{data.FULL.id}",
    f"ar-{data.artist_id(1)}",
    f"tr-{data.track_id(1)}",
    f"pl-{data.MIX.id}",
    "1",
    "0",
]
ODD = [
    "",
    "-1",
    "0",
    "1",
    "9" * 30,
    "1e9",
    "٣",
    "true",
    "nan",
    "\0",
    "\udc80",
    "a" * 5000,
    "%",
    "&",
    "日本",
    "+",
    "_",
]
TYPES = ["random", "byYear", "byGenre", "starred", "admin", "json", "xml", "jsonp", "1970"]
VALUES = st.one_of(
    st.sampled_from(IDS),
    st.sampled_from(ODD),
    st.sampled_from(TYPES),
    st.text(max_size=20),
    st.integers().map(str),
)


ALWAYS = ["f", "callback", "c", "v", "musicFolderId"]


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, list[tuple[str, str]]]:
    method = draw(st.sampled_from(METHODS))
    names = st.one_of(st.sampled_from([*parameters_of(method), *ALWAYS]), st.text(max_size=5))
    return method, draw(st.lists(st.tuples(names, VALUES), max_size=8))


@cache
def client() -> TestClient:
    path = Path(tempfile.mkdtemp()) / "song"
    path.write_bytes(b"x" * 100)
    return TestClient(mounted(services(path)))


def encoded(items: list[tuple[str, str]]) -> str:
    return "&".join(
        f"{quote(name.encode('utf-8', 'surrogatepass'))}={quote(value.encode('utf-8', 'surrogatepass'))}"
        for name, value in items
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(call=calls(), form=st.booleans(), authentic=st.booleans(), as_json=st.booleans())
def test_parameters(
    call: tuple[str, list[tuple[str, str]]], form: bool, authentic: bool, as_json: bool
) -> None:
    method, items = call
    before = [("apiKey", API_KEY)] * authentic + [("f", "json")] * as_json
    text = encoded(before + items)
    if form:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        checked(method, client().post(f"/rest/{method}", content=text, headers=headers))
    else:
        checked(method, client().get(f"/rest/{method}.view?{text}"))


@settings(max_examples=150, deadline=None)
@given(
    body=st.binary(max_size=200),
    kind=st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "multipart/form-data; boundary=x; charset=nonsense",
            "application/json",
            "",
        ]
    ),
    multipart=st.booleans(),
)
def test_bodies(body: bytes, kind: str, multipart: bool) -> None:
    if multipart:
        body = b'--x\r\nContent-Disposition: form-data; name="u"\r\n\r\n' + body + b"\r\n--x--\r\n"
    response = client().post("/rest/ping?f=json", content=body, headers={"content-type": kind})
    checked("ping", response)


@settings(max_examples=100, deadline=None)
@given(
    password=st.text(max_size=12), name=st.text(max_size=12), token=st.text(max_size=34), prefix=st.booleans()
)
def test_credentials(password: str, name: str, token: str, prefix: bool) -> None:
    sent = [("u", name), ("p", "enc:" * prefix + password), ("f", "json")]
    checked("ping", client().get(f"/rest/ping?{encoded(sent)}"))
    checked(
        "ping",
        client().get(f"/rest/ping?{encoded([('u', name), ('t', token), ('s', password), ('f', 'json')])}"),
    )
