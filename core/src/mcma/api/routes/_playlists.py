"""What the routes of playlists share: the revision that was seen, and the answer that carries it."""

import re
from typing import Annotated

from fastapi import Depends, Header, Query
from pydantic import Field
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.inputs import INT4, Count
from mcma.api.respond import answer
from mcma.domain.errors import InvalidInput
from mcma_plugins.values import PlaylistView

_SAID = "The `rev` that was seen; another one in the server is a 409."
Rev = Annotated[Count | None, Query(description=_SAID)]
SeenRev = Annotated[Count | None, Field(description=_SAID)]
_REV = re.compile(r'"([0-9]{1,10})"', re.ASCII)


async def _if_match(
    if_match: Annotated[
        str | None, Header(description='The ETag that was seen, `"4"` for `rev` 4: the same as `rev`.')
    ] = None,
) -> int | None:
    if if_match is None or if_match == "*":
        return None
    found = _REV.fullmatch(if_match.strip())
    if found is None or int(found[1]) > INT4:
        raise InvalidInput("If-Match is not an ETag of a playlist.")
    return int(found[1])


IfMatch = Annotated[int | None, Depends(_if_match)]


def seen(rev: int | None, if_match: int | None) -> int | None:
    """What is said in the request itself counts before its header."""
    return if_match if rev is None else rev


def playlist_answer(view: PlaylistView, status: int = 200, **headers: str) -> Response:
    return answer(shapes.playlist(view), status, {"etag": f'"{view.rev}"', **headers})
