"""Tracks that may be one of the things that were found."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from mcma.domain.folding import fold
from mcma.domain.matching import Facts
from mcma.services.outside.folded_keys import beginnings, titles_of
from mcma.services.outside.relations import Here
from mcma_plugins.sources import SourceItem

MOST_COMPARED = 30
"""Tracks that one thing is compared with."""


class Pool:
    """By every beginning of their title, and by codes."""

    def __init__(self) -> None:
        self.by_id: dict[UUID, Here] = {}
        self.by_title: dict[str, dict[UUID, Here]] = defaultdict(dict)
        self.by_code: dict[str, dict[UUID, Here]] = defaultdict(dict)

    def add(self, rows: Iterable[Any]) -> None:
        for row in rows:
            self._keep(here_of(row))

    def add_coded(self, rows: Iterable[Any]) -> None:
        for *row, code in rows:
            one = here_of(row)
            self._keep(one._replace(facts=_with_isrc(one.facts, code)))

    def _keep(self, one: Here) -> None:
        if one.id in self.by_id:
            return
        self.by_id[one.id] = one
        for key in beginnings(one.sort_key):
            self.by_title[key][one.id] = one
        for code in (one.facts.isrc, one.facts.recording_mbid):
            if code is not None:
                self.by_code[code][one.id] = one

    def candidates(self, item: SourceItem) -> list[Here]:
        """Those with the same code first, then whole titles."""
        found: dict[UUID, Here] = {}
        for code in (item.recording_mbid, item.isrc):
            found |= self.by_code.get(code, {}) if code is not None else {}
        titles = titles_of(item)
        alike = {id_: one for title in titles for id_, one in self.by_title.get(title, {}).items()}
        lead = fold(item.artists[0]) if item.artists else ""

        def order(one: Here) -> tuple[bool, bool]:
            return lead not in fold(" ".join(one.facts.artists)), one.sort_key not in titles

        found |= {one.id: one for one in sorted(alike.values(), key=order)}
        return list(found.values())[:MOST_COMPARED]


def here_of(row: Sequence[Any]) -> Here:
    id_, title, sort_key, artist, details, album, duration, mbid, lossless, codec, rate = row
    names = tuple(credit[1] for credit in (details or {}).get("artists") or ()) or (artist,)
    facts = Facts(title, names, album, duration or None, None, None if mbid is None else str(mbid))
    return Here(id_, sort_key, facts, bool(lossless), codec or "", rate or 0)


def _with_isrc(facts: Facts, code: str) -> Facts:
    return Facts(facts.title, facts.artists, facts.album, facts.duration_ms, code, facts.recording_mbid)
