"""Discs that are told as albums of their own: "Box (Disc 2)", "Box [CD2]", "Box - Disc 2: Title". Pure."""

import re
from dataclasses import replace

from mcma.domain.facts import TagFacts

_WORD = r"(?:disc|disk|cd)\s*\.?\s*(?P<{n}>\d{{1,2}})(?:\s*(?:of|/)\s*\d{{1,2}})?"
_TITLE = r"(?:\s*[:\-\u2013\u2014]\s*(?P<{t}>[^\])]+))?"
_DISC = re.compile(
    r"^(?P<album>.*\S)\s*(?:"
    rf"[\[(]\s*{_WORD.format(n='bracketed')}{_TITLE.format(t='inner')}\s*[\])]"
    rf"|\s*[,:\-\u2013\u2014]\s*{_WORD.format(n='plain')}{_TITLE.format(t='outer')}"
    r")$",
    re.IGNORECASE,
)


def of_one_album(tags: TagFacts) -> TagFacts:
    """The album without its disc, which is told as one. What is only written behind a dash or a comma is a
    disc where the number in the tags or a MusicBrainz release agrees; where the tags name another disc, the
    title stays as it is."""
    found = _DISC.match(tags.album) if tags.album else None
    if found is None:
        return tags
    disc = int(found["bracketed"] or found["plain"])
    sure = found["bracketed"] is not None or tags.disc is not None or tags.release_mbid is not None
    if not sure or disc == 0 or tags.disc not in (None, disc):
        return tags
    sort = _DISC.match(tags.sort_album) if tags.sort_album else None
    title = found["inner"] or found["outer"]
    return replace(
        tags, album=found["album"], disc=disc, disc_title=tags.disc_title or (title and title.strip()),
        sort_album=sort["album"] if sort else tags.sort_album,
    )  # fmt: skip
