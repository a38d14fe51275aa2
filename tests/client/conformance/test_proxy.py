"""The wire between a client and the server."""

from collections.abc import Iterator

import httpx2 as httpx
import pytest

from mcma_client.conformance.proxy import Proxy

SENT: list[tuple[str, bytes]] = []


def upstream(request: httpx.Request) -> httpx.Response:
    SENT.append((request.url.path, request.read()))
    return httpx.Response(200, headers={"etag": '"x"'}, content=b"0123456789")


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    SENT.clear()
    made = Proxy("http://music.test", httpx.MockTransport(upstream))
    yield made
    made.close()


def asked(proxy: Proxy, path: str = "/a", **more: object) -> httpx.Response:
    return httpx.post(f"{proxy.url}{path}", timeout=10, **more)  # type: ignore[arg-type]


def test_it_passes_on_what_is_said(proxy: Proxy) -> None:
    answer = asked(proxy, content=b"hello")
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (200, b"0123456789", '"x"')
    assert asked(proxy, content=iter([b"in ", b"pieces"])).status_code == 200
    assert SENT == [("/a", b"hello"), ("/a", b"in pieces")]


@pytest.mark.parametrize(("fault", "arrived"), [("refuse", 0), ("lose_answer", 1), ("cut", 1), ("late", 0)])
def test_the_client_hears_nothing(proxy: Proxy, fault: str, arrived: int) -> None:
    proxy.fails(fault, at="/a")
    asked(proxy, "/other")
    with pytest.raises(httpx.TransportError):
        asked(proxy)
    assert len(SENT) == 1 + arrived
    asked(proxy)
    assert len(SENT) == 2 + arrived + (fault == "late")


def test_busy_and_twice(proxy: Proxy) -> None:
    proxy.fails("busy", "repeat")
    assert asked(proxy).status_code == 503
    assert SENT == []
    assert asked(proxy).status_code == 200
    assert len(SENT) == 2


def test_somebody_is_told_of_the_second_request(proxy: Proxy) -> None:
    told: list[int] = []
    proxy.when("/a", 2, lambda: told.append(len(SENT)))
    asked(proxy)
    with pytest.raises(httpx.TransportError):
        asked(proxy)
    assert told == [1]
    assert asked(proxy).status_code == 200
