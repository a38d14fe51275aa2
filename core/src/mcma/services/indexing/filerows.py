"""Files on their way in, and rows of track files. Pure but for ids."""

from datetime import datetime
from typing import Any

from mcma.domain import tagdocs
from mcma.domain.facts import FileFacts
from mcma.media.formats import content_type, suffix
from mcma.services.indexing.values import Incoming, LibraryPlace, ToTake, display
from mcma.store.clock import new_id

Row = dict[str, Any]

MOVABLE = (
    "folder", "name", "path_display", "size", "mtime_ns", "inode", "sidecar_mtime_ns", "tags",
)  # fmt: skip
"""What may change while the bytes stay the same."""


def read_row(take: ToTake, facts: FileFacts) -> Row:
    """All that a file's row says of the file itself."""
    audio, gain = facts.audio, facts.tags.gain
    return {
        "folder": take.folder,
        "name": take.found.name,
        "path_display": display(take.path),
        "size": facts.size,
        "mtime_ns": facts.mtime_ns,
        "inode": facts.inode,
        "sidecar_mtime_ns": take.found.sidecar_mtime_ns,
        "tags": tagdocs.to_doc(facts.tags),
        "container": audio.container,
        "codec": audio.codec,
        "suffix": suffix(audio.container, audio.codec),
        "content_type": content_type(audio.container, audio.codec),
        "duration_ms": audio.duration_ms,
        "bit_rate_kbps": audio.bit_rate_kbps,
        "sample_rate_hz": audio.sample_rate_hz,
        "bit_depth": audio.bit_depth,
        "channels": audio.channels,
        "lossless": audio.lossless,
        "audio_hash": facts.audio_hash,
        "track_gain_db": gain.track_gain_db,
        "track_peak": gain.track_peak,
        "album_gain_db": gain.album_gain_db,
        "album_peak": gain.album_peak,
    }


def incoming_of(take: ToTake, facts: FileFacts) -> Incoming:
    """Whatever can be worked out before the transaction."""
    item = Incoming(
        folder=take.folder, found=take.found, facts=facts, known=take.known, company=take.company,
        row=read_row(take, facts), lyrics=facts.tags.lyrics, duration_ms=facts.audio.duration_ms,
    )  # fmt: skip
    item.speak(facts.tags)
    return item


def file_row(item: Incoming, library: LibraryPlace, now: datetime) -> Row:
    return {
        **item.row, "id": item.file_id, "track_id": item.track_id, "library_id": library.id,
        "artwork_id": item.artwork_id, "created_at": now, "updated_at": now, "rev": 1,
    }  # fmt: skip


def moved_row(item: Incoming, library: LibraryPlace, now: datetime) -> Row:
    return {
        **{name: item.row[name] for name in MOVABLE}, "b_id": item.file_id, "track_id": item.track_id,
        "library_id": library.id, "artwork_id": item.artwork_id, "missing_since": None, "updated_at": now,
    }  # fmt: skip


def source_ref_row(item: Incoming, library: LibraryPlace, now: datetime) -> Row:
    return {
        "id": new_id(),
        "source": library.source,
        "instance": str(library.id),
        "source_id": item.path,
        "display": item.row["path_display"],
        "track_id": item.track_id,
        "file_id": item.file_id,
        "created_at": now,
    }
