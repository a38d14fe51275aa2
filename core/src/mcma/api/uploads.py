"""The bytes of an upload as they arrive: a raw body, or the one file of a form. Never more than a chunk of it
is in memory."""

import re
from collections.abc import AsyncIterator
from urllib.parse import unquote

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from mcma.domain.errors import InvalidInput, Unsupported
from mcma.services.intake.uploads import Body

_RAW = ("audio/", "video/", "application/octet-stream", "application/ogg")
"""Phones call an .m4a video."""
_FORM = b"multipart/form-data"
_HEADER_BYTES = 8192
_EXTENDED = re.compile(rb"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", re.IGNORECASE)


def body_of(request: Request, name: str | None) -> Body:
    """Raises `Unsupported` for what says itself that it is no file, `InvalidInput` for a broken form."""
    kind, options = _kind(request)
    if kind == _FORM:
        boundary = options.get(b"boundary", b"")
        if not 0 < len(boundary) <= 70:
            raise InvalidInput("The form does not say how its parts are separated.")
        return _Form(request, boundary)
    if kind and not kind.decode("latin-1").lower().startswith(_RAW):
        raise Unsupported("Send the file itself (audio/*, application/octet-stream), or a form with one.")
    said = request.headers.get("content-disposition", "").encode("latin-1")
    return _Raw(request, name or _file_name(said))


async def content_of(request: Request) -> bytes:
    """All of a small file, whatever a raw body says it is. Raises `InvalidInput` for a broken form."""
    if _kind(request)[0] != _FORM:
        return await request.body()
    return b"".join([piece async for piece in body_of(request, None).chunks()])


def _kind(request: Request) -> tuple[bytes, dict[bytes, bytes]]:
    return parse_options_header(request.headers.get("content-type", ""))


class _Raw:
    def __init__(self, request: Request, name: str | None) -> None:
        self._request, self.name = request, name
        self.length = _length(request)

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in _arriving(self._request):
            yield chunk


class _Form:
    """Fields that are no file are passed over."""

    def __init__(self, request: Request, boundary: bytes) -> None:
        self._request = request
        self.name: str | None = None
        self.length = _length(request)
        self._parser = MultipartParser(boundary, {
            "on_part_begin": self._begin, "on_header_field": self._field, "on_header_value": self._value,
            "on_header_end": self._header_end, "on_headers_finished": self._headers_end,
            "on_part_data": self._data, "on_end": self._end,
        })  # fmt: skip
        self._header, self._said = [b"", b""], b""
        self._files, self._in_file, self._complete = 0, False, False
        self._got: list[bytes] = []

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in _arriving(self._request):
            try:
                self._parser.write(chunk)
            except MultipartParseError:
                raise InvalidInput("The form is broken.") from None
            for piece in self._got:
                yield piece
            self._got.clear()
        if not self._complete:
            raise InvalidInput("The form ends in the middle.")
        if not self._files:
            raise InvalidInput("There is no file in the form.")

    def _begin(self) -> None:
        self._header, self._said, self._in_file = [b"", b""], b"", False

    def _field(self, data: bytes, start: int, end: int) -> None:
        self._add(0, data[start:end])

    def _value(self, data: bytes, start: int, end: int) -> None:
        self._add(1, data[start:end])

    def _add(self, which: int, data: bytes) -> None:
        self._header[which] += data
        if len(self._header[which]) > _HEADER_BYTES:
            raise InvalidInput("The form is broken.")

    def _header_end(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            self._said = self._header[1]
        self._header = [b"", b""]

    def _headers_end(self) -> None:
        self._in_file = b"filename" in parse_options_header(self._said)[1]
        if self._in_file:
            self.name = _file_name(self._said)
            self._files += 1
            if self._files > 1:
                raise InvalidInput("There is more than one file in the form: send them one by one.")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._got.append(data[start:end])

    def _end(self) -> None:
        self._complete = True


async def _arriving(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except ClientDisconnect:
        raise InvalidInput("The upload was cut off.", code="cut_off") from None


def _length(request: Request) -> int | None:
    said = request.headers.get("content-length")
    return int(said) if said else None


def _file_name(disposition: bytes) -> str | None:
    """RFC 6266, `filename*` included."""
    extended = _EXTENDED.search(disposition)
    if extended is not None:
        return unquote(extended[1].decode("latin-1"), errors="replace")
    found = parse_options_header(disposition)[1].get(b"filename")
    return found.decode("utf-8", "replace") if found else None
