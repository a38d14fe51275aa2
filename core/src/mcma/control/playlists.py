"""What the command line can have done with playlists."""

import asyncio
import base64
import dataclasses
import os
from collections import Counter
from pathlib import Path
from typing import Any

from mcma.control.callers import caller_named
from mcma.control.following import Tell, followed
from mcma.domain.errors import InvalidInput, NotFound, TooLarge
from mcma.services.playlists.match_report import ReportRow
from mcma.services.playlists.playlist_drafts import UNNAMED
from mcma.services.playlists.playlist_files import LARGEST, ImportReport
from mcma.wiring import Core
from mcma_plugins.values import Caller, PlaylistView

Json = dict[str, Any]


async def list_(core: Core, _: Tell, *, user: str) -> list[PlaylistView]:
    return list(await core.services.playlists.playlists(await caller_named(core, user)))


async def import_(
    core: Core, _: Tell, *, user: str, path: str, name: str | None = None, public: bool = False
) -> Json:
    caller = await caller_named(core, user)
    data = await asyncio.to_thread(_content, Path(path))
    made = await core.services.playlist_files.read(
        caller, data, name=name, folder=os.fsencode(Path(path).parent), public=public
    )
    if name is None and made.playlist.name == UNNAMED:
        view = await core.services.playlists.edit(caller, made.playlist.id, name=Path(path).stem)
        made = made._replace(playlist=view)
    return _told(made)


def _told(made: ImportReport) -> Json:
    return {
        **made._asdict(), "playlist": made.playlist._asdict(),
        "unmatched": [one._asdict() for one in made.unmatched], "others": [_told(one) for one in made.others],
    }  # fmt: skip


async def link(
    core: Core, tell: Tell, *, user: str, url: str, follow: bool = False, name: str | None = None,
    public: bool = False, wait: bool = False,
) -> Json:  # fmt: skip
    """With `wait`, once it is read; progress is told meanwhile."""
    caller = await caller_named(core, user)
    made = await core.services.playlist_links.make(caller, url, follow=follow, name=name, public=public)
    asked = {"playlist": made.playlist, "job": made.job_id, "made": made.made}
    if not wait:
        return asked | {"state": "queued"}
    view = await followed(core, made.job_id, made.playlist.name, tell)
    playlist = await core.services.playlists.playlist(caller, made.playlist.id)
    counts = await core.services.match_reports.counts(caller, made.playlist.id)
    return asked | {"playlist": playlist, "state": view.state, "error": view.error,
                    "matched": counts.matched, "missing": counts.missing}  # fmt: skip


async def export(
    core: Core, _: Tell, *, user: str, playlist: str, format: str = "m3u8", native: bool = False
) -> Json:
    """Whoever runs this owns the server's files, so paths are no secret."""
    caller = await caller_named(core, user)
    view = await find(core, caller, playlist)
    paths = "native" if native else "relative"
    made = await core.services.playlist_files.write(caller, view.id, format, paths=paths, trusted=True)
    return {"name": made.name, "data": base64.b64encode(made.data).decode()}


async def report(
    core: Core, _: Tell, *, user: str, playlist: str, state: str | None = None, most: int = 50
) -> Json:
    """`state`: matched, review or missing."""
    caller = await caller_named(core, user)
    if state not in (None, "matched", "review", "missing"):
        raise InvalidInput(f"{state} is no state of a row.", hint="matched, review or missing")
    view = await find(core, caller, playlist)
    found = await core.services.match_reports.report(caller, view.id, state, None, most)
    return {"playlist": view.name, **found.counts._asdict(), "items": [_row(one) for one in found.items],
            "more": found.next is not None}  # fmt: skip


def _row(row: ReportRow) -> Json:
    claim, track = row.entry.claim, row.entry.track
    assert claim is not None
    return {
        "claim_id": str(claim.id), "state": str(row.state), "artist": ", ".join(claim.artists),
        "title": claim.title,
        "source": claim.source, "source_id": claim.source_id, "method": claim.match_method,
        "score": claim.match_score, "track": None if track is None else f"{track.artist} - {track.title}",
        "reasons": [one._asdict() for one in row.reasons],
    }  # fmt: skip


async def get_missing(core: Core, _: Tell, *, user: str, playlist: str) -> Json:
    caller = await caller_named(core, user)
    view = await find(core, caller, playlist)
    total: Counter[str] = Counter()
    after: Any = None
    while True:
        told = dataclasses.asdict(await core.services.missing_requests.ask(caller, view.id, after, 500))
        after = told.pop("next")
        total.update(told)
        if after is None:
            return {"playlist": view.name, **{name: total[name] for name in told}}


async def find(core: Core, caller: Caller, said: str) -> PlaylistView:
    """By id or name; one's own before others'."""
    views = await core.services.playlists.playlists(caller)
    wanted = [view for view in views if said in (view.name, str(view.id))]
    if not wanted:
        raise NotFound(f"There is no playlist {said!r}.", hint="mcma playlist list --user NAME")
    return min(wanted, key=lambda view: view.owner_id != caller.user_id)


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise TooLarge(f"{path} has more than {LARGEST} bytes.")
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path}: {error.strerror}") from None
