"""The entries of a plan: which file in which form, how large it is, whether it is there to be fetched."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from mcma.domain.offline import Form, Taking
from mcma.services.offline.pins import Missing, Reason, Resolved
from mcma.services.renditions.staging import Want, is_forgotten
from mcma.store.queries import renditions as rows
from mcma.store.queries.offline import PlannedFile
from mcma.store.queries.staged import Key, Made


class State(StrEnum):
    READY = "ready"
    """To be fetched now."""
    QUEUED = "queued"
    MAKING = "making"
    WAITING = "waiting"
    """Nothing makes it yet; `reason` says why."""
    FAILED = "failed"
    HELD = "held"
    """The device has it."""


NOT_STARTED, LATER = "not_started", "later"
"""Reasons for waiting: the plan only looked; the server keeps only so much ahead, fetch and plan again."""


class Chosen(NamedTuple):
    """A track that fits into the budget."""

    file: PlannedFile
    form: Form
    pins: Sequence[int]
    bytes: int
    """Exact for a file as it is, else rather more than it will be."""

    @property
    def key(self) -> Key | None:
        return None if self.form.target is None else (self.file.file_id, self.form.target.key)

    @property
    def want(self) -> Want | None:
        target = self.form.target
        return None if target is None else Want(self.file.file_id, target, self.bytes)


class Entry(NamedTuple):
    track_id: UUID
    file_id: UUID
    pins: Sequence[int]
    profile: str | None
    """None: the file as it is."""
    etag: UUID | None
    size: int
    estimated: bool
    content_type: str
    suffix: str
    duration_ms: int
    state: State
    reason: str | None


class Cut(NamedTuple):
    chosen: list[Chosen]
    missing: list[Missing]
    left_out: int
    left_out_bytes: int


def cut(resolved: Resolved, files: Mapping[UUID, PlannedFile], taking: Taking, budget: int | None) -> Cut:
    """In order, up to the first that does not fit. It does not look at what was made already, so that the
    same pins are the same plan."""
    form = lru_cache(4096)(taking.form)
    made, used, full = Cut([], list(resolved.missing), 0, 0), 0, False
    left_out = left_out_bytes = 0
    for track, pins in resolved.tracks.items():
        file = files.get(track)
        if file is None or file.missing:
            made.missing.append(Missing(pins, Reason.FILE_MISSING, track))
            continue
        chosen = form(file.sound._replace(duration_ms=0))
        size = file.size if chosen.target is None else chosen.bytes_of(file.sound)
        full = full or (budget is not None and used + size > budget)
        if full:
            left_out, left_out_bytes = left_out + 1, left_out_bytes + size
        else:
            used += size
            made.chosen.append(Chosen(file, chosen, pins, size))
    return made._replace(left_out=left_out, left_out_bytes=left_out_bytes)


def entries(
    chosen: Sequence[Chosen], known: Mapping[Key, Made], have: Collection[UUID], now: datetime, *,
    started: bool, unable: Mapping[str, str],
) -> list[Entry]:  # fmt: skip
    """`unable`: codecs that this server cannot make, and why."""
    otherwise = LATER if started else NOT_STARTED
    return [_entry(one, _made(one, known), have, now, otherwise, unable) for one in chosen]


def _made(one: Chosen, known: Mapping[Key, Made]) -> Made | None:
    return None if one.key is None else known.get(one.key)


def is_held(one: Chosen, made: Made | None, have: Collection[UUID]) -> bool:
    return one.file.file_id in have or (made is not None and made.id in have)


def _entry(
    one: Chosen, made: Made | None, have: Collection[UUID], now: datetime, otherwise: str,
    unable: Mapping[str, str],
) -> Entry:  # fmt: skip
    file, target = one.file, one.form.target
    held = is_held(one, made, have)
    if target is None:
        return Entry(
            file.track_id, file.file_id, one.pins, None, file.file_id, file.size, False, file.content_type,
            file.suffix, file.sound.duration_ms, State.HELD if held else State.READY, None,
        )  # fmt: skip
    state, reason = _state(made, now, otherwise, unable.get(target.codec.name))
    there = made if state is State.READY else None
    size = None if there is None else there.size
    return Entry(
        file.track_id, file.file_id, one.pins, one.form.profile, None if there is None else there.id,
        one.bytes if size is None else size, size is None, target.codec.content_type, target.codec.suffix,
        file.sound.duration_ms, State.HELD if held else state, None if held else reason,
    )  # fmt: skip


def _state(made: Made | None, now: datetime, otherwise: str, unable: str | None) -> tuple[State, str | None]:
    if made is not None and made.state == rows.READY:
        return State.READY, None
    if made is not None and made.state == rows.FAILED and not is_forgotten(made, now):
        return State.FAILED, made.error
    if unable is not None:
        return State.FAILED, unable
    if made is None or made.lost or made.state == rows.FAILED:
        return State.WAITING, otherwise
    return (State.MAKING if made.state == rows.RUNNING else State.QUEUED), None
