"""What a log may hold, in which form."""

import asyncio
import io
import json
import logging
from typing import Any

import pytest
import structlog

from mcma import logs

SECRET = "hunter2-hunter2"


def said(style: str = "json", level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    logs.configure(level, style, stream)
    return stream


def last(stream: io.StringIO) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stream.getvalue().splitlines()[-1])
    return found


@pytest.mark.parametrize(
    "values",
    [
        {"password": SECRET}, {"p": SECRET}, {"t": SECRET}, {"s": SECRET}, {"apiKey": SECRET},
        {"token": SECRET}, {"Authorization": f"Bearer {SECRET}"}, {"secret": SECRET}, {"Cookie": SECRET},
        {"headers": {"authorization": SECRET}}, {"asked": [{"password": SECRET}]},
        {"path": f"/rest/ping?u=ada&p={SECRET}&v=1"}, {"path": f"/rest/ping?t={SECRET}&s={SECRET}"},
        {"url": f"postgresql://mcma:{SECRET}@localhost/mcma"}, {"line": f"authorization: Bearer {SECRET}"},
        {"raw": f"?apiKey={SECRET}".encode()},
    ],
)  # fmt: skip
@pytest.mark.parametrize("style", ["json", "console"])
def test_credentials_never_reach_it(values: dict[str, Any], style: str) -> None:
    stream = said(style)
    structlog.get_logger("mcma.test").info("something", **values)
    assert "something" in stream.getvalue()
    assert SECRET not in stream.getvalue()


@pytest.mark.parametrize("style", ["json", "console"])
def test_nor_by_way_of_the_standard_library_or_an_exception(style: str) -> None:
    stream = said(style)
    logging.getLogger("some.library").warning("GET %s", f"/rest/ping?u=ada&p={SECRET}")
    try:
        raise ValueError(f"/rest/ping?u=ada&p={SECRET}")
    except ValueError:
        structlog.get_logger("mcma.test").exception("failed")
    assert "some.library" in stream.getvalue()
    assert "ValueError" in stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_what_is_no_credential_stays() -> None:
    stream = said()
    structlog.get_logger("mcma.test").info("scanned", path="/music?x=1", files=12)
    assert {"event": "scanned", "path": "/music?x=1", "files": 12, "level": "info"}.items() <= last(
        stream
    ).items()


def test_json_is_one_object_a_line_with_the_ids_of_the_request() -> None:
    stream = said()
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.get_logger("mcma.test").info("one")
        logging.getLogger("mcma.other").info("two")
    for line, event in zip(stream.getvalue().splitlines(), ("one", "two"), strict=True):
        found = json.loads(line)
        assert (found["event"], found["request_id"]) == (event, "abc")
        assert found["timestamp"].endswith("Z")


def test_names_that_are_not_utf8_do_not_break_it() -> None:
    stream = said()
    structlog.get_logger("mcma.test").info("found", path="a\udcff", folder=b"\xff")
    assert "found" in stream.getvalue()


def test_the_level_holds_and_libraries_are_quiet() -> None:
    stream = said(level="info")
    structlog.get_logger("mcma.test").debug("detail")
    logging.getLogger("uvicorn.error").info("Started server process")
    assert stream.getvalue() == ""


def test_a_request_that_a_stop_cut_off_is_no_error() -> None:
    stream = said()
    cut = (asyncio.CancelledError, asyncio.CancelledError(), None)
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=cut)
    assert stream.getvalue() == ""


def test_console_has_no_colours_away_from_a_terminal() -> None:
    stream = said("console")
    structlog.get_logger("mcma.test").warning("careful", folder="/music")
    assert "\x1b" not in stream.getvalue()
    assert "careful" in stream.getvalue()


def test_ids_are_of_their_own() -> None:
    assert logs.correlation_id() != logs.correlation_id()
