"""The page of a share: a list that works without a script, and a player with one. Nothing from elsewhere."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Final, NamedTuple
from uuid import UUID

from mcma.services.shares.opened import OpenedShare
from mcma_plugins.values import ItemKind, TrackView

_OWN: Final = files(__package__)
_STYLE: Final = _OWN.joinpath("share.css").read_text(encoding="utf-8")
_SCRIPT: Final = _OWN.joinpath("share.js").read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


POLICY: Final = (
    "default-src 'none'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    f"style-src 'sha256-{_hash(_STYLE)}'; script-src 'sha256-{_hash(_SCRIPT)}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_KINDS: Final = {
    ItemKind.TRACK: ("Track", "music.song"), ItemKind.ALBUM: ("Album", "music.album"),
    ItemKind.ARTIST: ("Artist", "profile"), ItemKind.PLAYLIST: ("Playlist", "music.playlist"),
}  # fmt: skip
_HEAD: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex, nofollow"><meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
"""
_ICONS: Final = {
    "back": "M6 6h2v12H6zm3.5 6 8.5 6V6z",
    "next": "M16 6h2v12h-2zM6 18l8.5-6L6 6z",
    "play": "M8 5v14l11-7z",
    "pause": "M6 5h4v14H6zm8 0h4v14h-4z",
    "save": "M5 20h14v-2H5zM19 9h-4V3H9v6H5l7 7z",
}
_PLAYER: Final = """<section id="player" aria-label="Player" hidden><div class="bar">
<img id="now-cover" alt="" width="52" height="52">
<div><p id="now-title"></p><p id="now-artist"></p></div>
<div class="keys"><button id="back" type="button" aria-label="Previous">{back}</button>
<button id="toggle" type="button" aria-label="Play"><span id="play-shape">{play}</span>
<span id="pause-shape" hidden>{pause}</span></button>
<button id="next" type="button" aria-label="Next">{next}</button></div>
<div class="seek"><span id="now-at">0:00</span>
<input id="seek" type="range" min="0" value="0" step="1" aria-label="Position">
<span id="now-length">0:00</span></div>
<p id="note" role="status"></p></div><audio id="audio" preload="none"></audio></section>
"""
_ROW: Final = (
    '<li data-ms="{ms}" data-artist="{artist}" data-album="{album}" data-cover="{cover}?size=300">'
    '<a class="track" href="{sound}">{mark}<span><span class="name">{title}</span>{by}</span>'
    '<span class="time">{time}</span></a>{save}'
    '<noscript><audio controls preload="none"><source src="{sound}">'
    '<source src="{sound}?format=mp3" type="audio/mpeg"></audio></noscript></li>'
)
"""Without a script: a link to the sound, and the browser's own player."""
_SAVE: Final = (
    '<a class="save" href="{sound}/download" download aria-label="Download {title}" title="Download">'
    "{icon}</a>"
)  # fmt: skip
_THUMB: Final = '<img class="thumb" src="{cover}?size=120" alt="" loading="lazy" width="38" height="38">'


class _Place(NamedTuple):
    """Where the page stands: `whole` with the server's address, `near` from the page itself, which holds
    whatever a proxy makes of the path."""

    whole: str
    near: str


def share_page(opened: OpenedShare, whole: str, token: str) -> str:
    place = _Place(whole, token)
    tracks = opened.shared.tracks
    title = opened.title if opened.by is None else f"{opened.title} · {opened.by}"
    parts = [
        _HEAD.format(title=escape(title)), _linked(opened, place),
        f"<style>{_STYLE}</style></head><body><main>",
        _about(opened, place), _list(opened, place) if tracks else _EMPTY, _rest(opened), "</main>",
        _PLAYER.format(**{name: _icon(name) for name in _ICONS}) if tracks else "",
        f"<script>{_SCRIPT}</script></body></html>\n",
    ]  # fmt: skip
    return "".join(parts)


def lost_page() -> str:
    """One for all links that lead nowhere: it does not say which of them did once."""
    head = _HEAD.format(title="This link leads nowhere")
    return (
        f"{head}<style>{_STYLE}</style></head><body><main class='lost'><h1>This link leads nowhere</h1>"
        "<p>It is over, or there never was one. Ask whoever sent it to you.</p></main></body></html>\n"
    )


_EMPTY: Final = '<p class="empty">There is nothing here to listen to at the moment.</p>'


def _linked(opened: OpenedShare, place: _Place) -> str:
    """How the link looks in a messenger (Open Graph protocol)."""
    about = opened.said or opened.facts
    said = {
        "og:type": _KINDS[opened.item.kind][1] if opened.item else "music.playlist",
        "og:title": opened.title if opened.by is None else f"{opened.title} · {opened.by}",
        "og:description": " ".join(about.split())[:300], "og:url": place.whole, "og:site_name": "mcma",
    }  # fmt: skip
    icon = ""
    if opened.shared.tracks:
        said |= {"og:image": f"{place.whole}/cover?size=600", "og:image:alt": f"Cover of {opened.title}"}
        icon = f'<link rel="icon" href="{place.near}/cover?size=120">'
    tags = (f'<meta property="{name}" content="{escape(value)}">' for name, value in said.items())
    return f'{"".join(tags)}<meta name="twitter:card" content="summary">{icon}'


def _about(opened: OpenedShare, place: _Place) -> str:
    cover = f'<img class="cover" src="{place.near}/cover?size=600" alt="Cover" width="240" height="240">'
    rows = [
        f'<p class="kind">{_KINDS[opened.item.kind][0]}</p>' if opened.item else "",
        f"<h1>{escape(opened.title)}</h1>",
        f'<p class="by">{escape(opened.by)}</p>' if opened.by else "",
        f'<p class="said">{escape(opened.said)}</p>' if opened.said else "",
        f'<p class="facts">{escape(opened.facts)}{_until(opened)}</p>' if opened.shared.tracks else "",
        '<button id="go" class="go" type="button" hidden>Play</button>' if opened.shared.tracks else "",
    ]
    shown = cover if opened.shared.tracks else ""
    return f'<header class="about">{shown}<div>{"".join(rows)}</div></header>'


def _until(opened: OpenedShare) -> str:
    at = opened.shared.share.expires_at
    if at is None:
        return ""
    return f' · until <time datetime="{at.isoformat()}">{at.day} {at:%B %Y}</time>'


def _list(opened: OpenedShare, place: _Place) -> str:
    covers = _covers(opened.shared.tracks)
    numbered = len(set(covers.values())) == 1
    rows = [
        _row(one, number, covers[one.id], opened, place, numbered=numbered)
        for number, one in enumerate(opened.shared.tracks, 1)
    ]
    return f'<ol aria-label="Tracks">{"".join(rows)}</ol>'


def _covers(tracks: Sequence[TrackView]) -> dict[UUID, UUID]:
    """Track to the first one with the same picture, so that each picture has one address."""
    first: dict[UUID, UUID] = {}
    return {one.id: first.setdefault(one.album_id or one.artwork_id or one.id, one.id) for one in tracks}


def _row(
    view: TrackView, number: int, cover: UUID, opened: OpenedShare, place: _Place, *, numbered: bool
) -> str:
    title, artist = escape(view.title), escape(view.artist)
    sound, picture = f"{place.near}/tracks/{view.id}", f"{place.near}/cover/{cover}"
    mark = f'<span class="no">{number}</span>' if numbered else _THUMB.format(cover=picture)
    said = numbered and view.artist == opened.by
    save = _SAVE.format(sound=sound, title=title, icon=_icon("save"))
    return _ROW.format(
        ms=view.duration_ms, artist=artist, album=escape(view.album or ""), cover=picture, sound=sound,
        mark=mark, title=title, by="" if said else f'<span class="artist">{artist}</span>',
        time=clock(view.duration_ms), save=save if opened.allow_download else "",
    )  # fmt: skip


def _rest(opened: OpenedShare) -> str:
    if opened.shared.complete:
        return ""
    return f'<p class="more">The first {len(opened.shared.tracks)} tracks; there are more.</p>'


def _icon(name: str) -> str:
    return f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{_ICONS[name]}"/></svg>'


def clock(milliseconds: int) -> str:
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
