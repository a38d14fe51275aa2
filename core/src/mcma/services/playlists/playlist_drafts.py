"""What is to become a playlist: lines that somebody wrote, and the tracks that were found for them."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.claim_paths import parts_of
from mcma.domain.claiming import Link, Said
from mcma.media.playlists import Entry, PlaylistFile
from mcma.services.claims import claims
from mcma.services.claims.lookup import Match, Matcher, Wanted
from mcma.services.outside import OutsideSources
from mcma.services.playlists.playlist_rows import NewItem
from mcma_plugins.ids import TrackId
from mcma_plugins.sources import SourceKind
from mcma_plugins.values import Caller

UNNAMED = "Imported"
_LONGEST_NAME = 200
_INT4 = 2**31


@dataclass(slots=True)
class Draft:
    """Lines that nothing is found for stay as claims, in their place; so do those that were found by what
    they say, which may be wrong. A line that names a track by its id is that track and no claim."""

    name: str
    entries: Sequence[Entry]
    wanted: Sequence[Wanted]
    skipped: int
    matches: Sequence[Match] = field(default_factory=list)

    async def match(self, connection: AsyncConnection, caller: Caller) -> None:
        self.matches = await Matcher(connection, caller).match(self.wanted)

    async def items(self, connection: AsyncConnection, caller: Caller) -> list[NewItem]:
        """Rows in the order of the lines."""
        lines = [
            claims.Line(wanted, entry.url, match)
            for wanted, entry, match in zip(self.wanted, self.entries, self.matches, strict=True)
        ]
        made = iter(await claims.make(connection, caller, [one for one in lines if one.match.method != "id"]))
        return [
            NewItem(
                None if line.match.track_id is None else TrackId(line.match.track_id),
                None if line.match.method == "id" else next(made),
                added_at=entry.added_at,
            )
            for line, entry in zip(lines, self.entries, strict=True)
        ]

    def unnamed(self, sources: Set[str]) -> bool:
        """Whether it has lines that nothing is known of but what one of these sources calls them."""
        return any(
            entry.title is None and entry.link is not None and entry.link.source in sources
            for entry, _ in self.unmatched()
        )

    def methods(self) -> Counter[str]:
        return Counter(match.method for match in self.matches if match.track_id is not None)

    def unmatched(self) -> Iterator[tuple[Entry, Match]]:
        both = zip(self.entries, self.matches, strict=True)
        return ((entry, match) for entry, match in both if match.track_id is None)


def drafts_of(lists: Sequence[PlaylistFile], name: str | None, folder: bytes | None) -> list[Draft]:
    """Empty playlists are left out where there are others. `name` is that of the one, if it is one; else of
    those that have none."""
    full = [one for one in lists if one.entries] or lists[:1]
    chosen = name if len(full) == 1 else None
    return [
        Draft(
            (chosen or one.name or name or UNNAMED)[:_LONGEST_NAME], one.entries,
            [_wanted(entry, folder) for entry in one.entries], one.skipped,
        )
        for one in full
    ]  # fmt: skip


async def known_by(outside: OutsideSources, found: PlaylistFile) -> PlaylistFile:
    """Addresses that a source knows become what that calls the recording. Nobody is asked."""
    entries = []
    for number, entry in enumerate(found.entries):
        if number % 200 == 0:
            await asyncio.sleep(0)
        entries.append(entry if entry.link or not entry.address else _known(outside, entry, entry.address))
    return found._replace(entries=entries)


def _known(outside: OutsideSources, entry: Entry, address: str) -> Entry:
    """Of an address that lost something when it was cleaned, nothing is left then but its name."""
    link = outside.parse(address)
    if link is None or link[1].kind is not SourceKind.TRACK:
        return entry
    url = entry.url if entry.url == address else None
    return entry._replace(link=Link(link[0], link[1].source_id), url=url)


def _wanted(entry: Entry, folder: bytes | None) -> Wanted:
    path = entry.path
    if path is not None and folder is not None and not path.startswith(b"/"):
        joined = b"/".join(parts_of(folder + b"/" + path))
        path = b"/" + joined if folder.startswith(b"/") else joined
    duration = entry.duration_ms if entry.duration_ms and entry.duration_ms < _INT4 else None
    title = entry.title or ("" if entry.link else stem_of(entry))
    said = Said(title, entry.artists, entry.album, duration)
    return Wanted(said, entry.isrc, entry.recording_mbid, entry.track_id, path, entry.link)


def stem_of(entry: Entry) -> str:
    if entry.path is None:
        return (entry.url or "").rstrip("/").rpartition("/")[2]
    name = entry.path.rpartition(b"/")[2].decode("utf-8", "replace")
    return name.rpartition(".")[0] or name
