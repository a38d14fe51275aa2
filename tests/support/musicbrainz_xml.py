"""Answers of MusicBrainz's web service (version 2) in XML: its elements, and what `inc` adds to them."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from tests.support.musicbrainz_world import (
    Album,
    By,
    Credit,
    Disc,
    Edition,
    Part,
    Person,
    Piece,
    Slot,
    Song,
    mbid,
)

Inc = frozenset[str]
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_OPEN = '<metadata xmlns="http://musicbrainz.org/ns/mmd-2.0#" xmlns:ext="http://musicbrainz.org/ns/ext#-2.0">'


def document(inside: str) -> bytes:
    return f"{HEAD}{_OPEN}{inside}</metadata>".encode()


def fault(message: str) -> bytes:
    more = "For usage, please see: https://musicbrainz.org/development/mmd"
    return f"{HEAD}<error><text>{escape(message)}</text><text>{more}</text></error>".encode()


def _tag(name: str, inside: object, **attributes: object) -> str:
    named = "".join(
        f" {key.replace('__', ':').replace('_', '-')}={quoteattr(str(value))}"
        for key, value in attributes.items()
        if value not in ("", None)
    )
    return f"<{name}{named}>{inside}</{name}>"


def _said(name: str, text: object) -> str:
    return _tag(name, escape(str(text))) if text not in ("", None) else ""


def listed(name: str, found: Sequence[str], **attributes: object) -> str:
    return _tag(f"{name}-list", "".join(found), **({"count": len(found)} | attributes))


def person(one: Person, inc: Inc, score: int | None = None, whole: bool = False) -> str:
    inside = (
        _said("name", one.name) + _said("sort-name", one.sort) + _said("disambiguation", one.disambiguation)
    )
    if whole:
        area = _tag("area", _said("name", one.area), id=mbid("area", one.area)) if one.area else ""
        span = _said("begin", one.begin) + _said("end", one.end)
        inside += area + (_tag("life-span", span) if span else "")
    if "aliases" in inc or score is not None:
        inside += _aliases(one)
    if whole and "url-rels" in inc and one.links:
        links = [
            _tag("relation", _tag("target", escape(link), id=mbid(link)), type=_kind_of(link))
            for link in one.links
        ]
        inside += _tag("relation-list", "".join(links), target_type="url")
    return _tag("artist", inside, id=one.mbid, type=one.type, ext__score=score)


def _aliases(one: Person) -> str:
    made = [
        _tag("alias", escape(name), sort_name=sort, locale=locale, primary="primary" if first else "",
             type="Artist name")
        for name, sort, locale, first in one.aliases
    ]  # fmt: skip
    if one.legal:
        made.insert(0, _tag("alias", escape(one.legal), sort_name=one.legal, locale="en", type="Legal name"))
    if one.former:
        made.insert(0, _tag("alias", escape(one.former), locale="en", type="Artist name",
                            begin_date="1970", end_date="1975"))  # fmt: skip
    return listed("alias", made) if made else ""


def _names(names: Sequence[str], inc: Inc) -> str:
    wanted = names and "aliases" in inc
    return listed("alias", [_tag("alias", escape(one), sort_name=one) for one in names]) if wanted else ""


def credit(found: Credit, inc: Inc) -> str:
    return _tag("artist-credit", "".join(_credited(one, inc) for one in found))


def _credited(one: By, inc: Inc) -> str:
    own = _said("name", one.name if one.name != one.person.name else "")
    return _tag("name-credit", own + person(one.person, inc), joinphrase=one.join)


def _genres(found: dict[str, int], inc: Inc) -> str:
    wanted = found and "genres" in inc
    made = [_tag("genre", _said("name", name), count=votes, id=mbid(name)) for name, votes in found.items()]
    return _tag("genre-list", "".join(made)) if wanted else ""


def _parts(found: Iterable[Part]) -> str:
    made = [
        _tag("relation", _said("target", one.person.mbid) + _said("direction", "backward")
             + (_tag("attribute-list", "".join(_said("attribute", each) for each in one.attributes))
                if one.attributes else "") + person(one.person, frozenset()), type=one.kind)
        for one in found
    ]  # fmt: skip
    return _tag("relation-list", "".join(made), target_type="artist") if made else ""


def _piece(one: Piece, inc: Inc) -> str:
    deep = {"work-level-rels", "artist-rels"} <= inc
    inside = _said("title", one.title) + _said("language", one.language) + (_parts(one.parts) if deep else "")
    return _tag("relation", _said("target", one.mbid) + _tag("work", inside, id=one.mbid), type="performance")


def song(
    one: Song,
    inc: Inc,
    editions: Sequence[Edition] | None = None,
    score: int | None = None,
    deep: bool = True,
) -> str:
    inside = (
        _said("title", one.title)
        + _said("length", one.ms or "")
        + _said("disambiguation", one.disambiguation)
    )
    inside += _said("video", "true") if one.video else ""
    if inc & {"artist-credits", "artists"} or score is not None:
        inside += credit(one.credit, inc)
    if editions is not None:
        shown = [_place(each, one, inc, score is not None) for each in editions[:25]]
        inside += listed("release", shown, count=len(editions))
    inside += _names(one.aliases, inc)
    if one.isrcs and ("isrcs" in inc or score is not None):
        inside += listed("isrc", [f'<isrc id="{code}"/>' for code in one.isrcs])
    inside += _genres(one.genres, inc)
    if deep and "artist-rels" in inc:
        inside += _parts(one.parts)
    if deep and "work-rels" in inc and one.pieces:
        pieces = "".join(_piece(each, inc) for each in one.pieces)
        inside += _tag("relation-list", pieces, target_type="work")
    if deep and "recording-rels" in inc:
        inside += _remixes(one)
    return _tag("recording", inside, id=one.mbid, ext__score=score)


def _remixes(one: Song) -> str:
    """What it is a remix of; and, told the other way round, what was made of it."""
    made = [("forward", one.remix_of)] if one.remix_of else []
    made += [("backward", each) for each in one.remixes]
    rows = [
        _tag(
            "relation",
            _said("target", other.mbid)
            + _said("direction", way)
            + _tag("recording", _said("title", other.title), id=other.mbid),
            type="remix",
        )
        for way, other in made
    ]
    return _tag("relation-list", "".join(rows), target_type="recording") if rows else ""


def _place(one: Edition, heard: Song, inc: Inc, found: bool) -> str:
    """A release in a recording: with the medium that it is on. Searches tell the album unasked."""
    inside = _said("title", one.title) + _said("status", one.status)
    inside += album(one.album, frozenset()) if found or "release-groups" in inc else ""
    inside += _when(one)
    if found or "media" in inc:
        on = [each for each in enumerate(one.discs, 1) if any(slot.song is heard for slot in each[1].all)]
        total = _said("track-count", len(one.slots)) if found else ""
        inside += _tag("medium-list", total + "".join(_disc(each, n, frozenset()) for n, each in on))
    return _tag("release", inside, id=one.mbid)


def _when(one: Edition) -> str:
    """The first of its events, then all of them."""
    events = [(one.date, one.country), *((date, country) for country, date in one.also.items())]
    made = [
        _tag("release-event", _said("date", date) + _tag("area", _said("name", country) + _tag(
            "iso-3166-1-code-list", _said("iso-3166-1-code", country)), id=mbid("area", country)))
        for date, country in events
        if country
    ]  # fmt: skip
    first = _said("date", one.date) + _said("country", one.country)
    return first + (listed("release-event", made) if made else "")


def _slot(one: Slot, place: int, inc: Inc, name: str = "track") -> str:
    inside = _said("position", place) + _said("number", place) + _said("length", one.ms or "")
    inside += _said("title", one.title if one.title != one.song.title else "")
    if "artist-credits" in inc and one.credit != one.song.credit:
        inside += credit(one.credit, inc)
    return _tag(name, inside + song(one.song, inc, deep="recording-level-rels" in inc), id=one.mbid)


def _disc(one: Disc, place: int, inc: Inc, counted: bool = False) -> str:
    inside = _said("title", one.title) + _said("position", place) + _said("format", one.format)
    if "recordings" not in inc:
        return _tag("medium", inside + _tag("track-list", "", count=len(one.slots)))
    inside += _slot(one.pregap, 0, inc, "pregap") if one.pregap else ""
    tracks = [_slot(each, n, inc) for n, each in enumerate(one.slots, 1)]
    inside += listed("track", tracks, offset=0)
    if one.data:
        films = [_slot(each, n, inc) for n, each in enumerate(one.data, len(one.slots) + 1)]
        inside += listed("data-track", films, offset=0)
    return _tag("medium", inside)


def album(one: Album, inc: Inc) -> str:
    inside = (
        _said("title", one.title)
        + _said("first-release-date", one.first)
        + _said("primary-type", one.primary)
    )
    if one.secondary:
        kinds = "".join(_said("secondary-type", each) for each in one.secondary)
        inside += _tag("secondary-type-list", kinds)
    inside += credit(one.credit, inc) if "artist-credits" in inc else ""
    return _tag("release-group", inside + _names(one.aliases, inc) + _genres(one.genres, inc), id=one.mbid,
                type=(one.secondary or [one.primary])[0])  # fmt: skip


def edition(one: Edition, inc: Inc, score: int | None = None) -> str:
    """`score`: of a search, which says a little of everything."""
    if score is not None:
        inc = frozenset({"artist-credits", "labels", "release-groups", "media"})
    inside = (
        _said("title", one.title) + _said("status", one.status) + _said("disambiguation", one.disambiguation)
    )
    words = _said("language", one.language) + _said("script", one.script)
    inside += _tag("text-representation", words) if words else ""
    inside += credit(one.credit, inc) if "artist-credits" in inc else ""
    inside += album(one.album, inc) if "release-groups" in inc else ""
    inside += _when(one) + _said("barcode", one.barcode)
    front = str(one.front).lower()
    cover = (
        _said("artwork", front)
        + _said("count", int(one.front))
        + _said("front", front)
        + _said("back", "false")
    )
    inside += _tag("cover-art-archive", cover) if score is None else ""
    inside += _names(one.aliases, inc) + (_labels(one) if "labels" in inc and one.labels else "")
    if inc & {"media", "recordings"}:
        total = _said("track-count", len(one.slots)) if score is not None else ""
        discs = "".join(_disc(each, n, inc) for n, each in enumerate(one.discs, 1))
        inside += _tag("medium-list", total + discs, count=len(one.discs))
    inside += _parts(one.parts) if "artist-rels" in inc else ""
    return _tag("release", inside, id=one.mbid, ext__score=score)


def _labels(one: Edition) -> str:
    made = [
        _said("catalog-number", number) + _tag("label", _said("name", name), id=label_id(name))
        for name, number in one.labels
    ]
    return listed("label-info", [_tag("label-info", each) for each in made])


def label_id(name: str) -> str:
    return "157afde4-4bf5-4039-8ad2-5a15acc85176" if name == "[no label]" else mbid("label", name)


def _kind_of(link: str) -> str:
    return "image" if "/wiki/File:" in link else "official homepage"
