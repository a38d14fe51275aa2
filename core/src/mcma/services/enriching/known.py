"""What is known of an item: as an enricher is told, and as core judges the answer by."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from mcma.domain.matching import Facts
from mcma_plugins.enrichers import KnownAlbum, KnownArtist, KnownTrack
from mcma_plugins.values import ItemRef


class Base(NamedTuple):
    """What stands below what enrichers say of a track."""

    tags: Mapping[str, Any]
    """What its file says, without what only its name tells."""
    person: Mapping[str, Any]
    others: Mapping[str, Mapping[str, Any]]
    """Enricher to its values: those that tell what something is."""
    has: Mapping[str, frozenset[str]]
    """Field to the origins that have a value of it."""
    updated_at: datetime
    manual: bool
    """A person took it as theirs: nothing automatic changes it."""

    @property
    def facts(self) -> Facts:
        """What was really said: by the tags, and by people. A title may be empty."""
        said = {**self.tags, **self.person}
        return Facts(said.get("title") or "", _names(said.get("artists")))

    @property
    def album(self) -> Facts:
        said = {**self.tags, **self.person}
        return Facts(said.get("album") or "", _names(said.get("album_artists")))

    @property
    def recording(self) -> str | None:
        found = {**self.tags, **self.person}.get("recording_mbid")
        return None if found is None else str(found)


@dataclass(frozen=True, slots=True)
class Known:
    item: ItemRef
    about: KnownAlbum | KnownTrack | KnownArtist
    library_id: UUID | None = None
    bases: Mapping[UUID, Base] = field(default_factory=dict)
    """Of its tracks."""
    manual_artist: bool = False
    updated_at: datetime | None = None
    """Of an artist."""

    @property
    def is_manual(self) -> bool:
        """All of it is a person's."""
        return self.manual_artist or (bool(self.bases) and all(one.manual for one in self.bases.values()))

    @property
    def track_ids(self) -> frozenset[UUID]:
        return frozenset(self.bases)

    @property
    def stamp(self) -> Mapping[UUID, datetime | None]:
        """Equal as long as nothing of it was written."""
        if not self.bases:
            return {self.item.id: self.updated_at}
        return {id_: one.updated_at for id_, one in self.bases.items()}

    def has(self, gives: Collection[str], enricher: str) -> bool:
        """Whether all of its tracks have all of these, from anywhere but the enricher itself."""
        own = f"plugin:{enricher}"
        return bool(gives and self.bases) and all(
            one.has.get(name, frozenset()) - {own} for one in self.bases.values() for name in gives
        )

    def asked_of(self, counting: Collection[str]) -> bytes:
        """A hash of what an answer depends on: tags, people, and what these enrichers said."""
        return hashlib.sha256(orjson.dumps(self._document(counting), option=orjson.OPT_SORT_KEYS)).digest()

    def _document(self, counting: Collection[str]) -> Any:
        if isinstance(self.about, KnownArtist):
            return [self.about.name, self.about.mbid]
        tracks = self.about.tracks if isinstance(self.about, KnownAlbum) else (self.about,)
        return [
            [str(track.id), track.duration_ms, track.fingerprint is not None, self.bases[track.id].tags,
             self.bases[track.id].person,
             {name: self.bases[track.id].others.get(name) for name in sorted(counting)}]
            for track in tracks
        ]  # fmt: skip


def _names(credits: Any) -> tuple[str, ...]:
    """Credits are names, lists as tags keep them, or documents as enrichers write them."""
    return tuple(name for one in credits or () if (name := _name(one)))


def _name(credit: Any) -> str:
    if isinstance(credit, Mapping):
        return str(credit.get("name") or "")
    return str(credit[0]) if isinstance(credit, list) and credit else str(credit or "")
