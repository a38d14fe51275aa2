"""Fakes of MusicBrainz, AcoustID and the Cover Art Archive, over real HTTP, that answer from one world.

Lookups, browsing and searching in XML with `inc`, `limit` and `offset`; ids that were merged; errors as they
are documented; whatever else a test puts into `faults`.
"""

import json
import logging
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from struct import pack
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from mcma_musicbrainz import MusicBrainzSettings
from mcma_musicbrainz.enricher import MusicBrainz
from mcma_musicbrainz.packing import packed
from mcma_plugins.remote import Remote
from tests.support import musicbrainz_xml as xml
from tests.support.musicbrainz_search import Fields, search
from tests.support.musicbrainz_world import Album, Credit, Edition, Person, Song, World, mbid
from tests.support.webserver import Answer, Request, WebServer, Write, saying, serving_web

KEY = "a key of the test"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f00050001ffa10b5a1d0000000049454e44ae426082"
)
_XML = "application/xml; charset=UTF-8"


def sound_of(song: Song) -> bytes:
    """A raw fingerprint of its own, a short one."""
    made = random.Random(song.mbid)
    return pack("<60I", *(made.getrandbits(32) for _ in range(60)))


@lru_cache(100_000)
def _packed(song: Song) -> str:
    return packed(sound_of(song))


def acoustid_of(song: Song) -> str:
    return mbid("acoustid", song.mbid)


@dataclass
class FakeMusicBrainz:
    world: World
    web: WebServer
    """MusicBrainz."""
    sounds: WebServer
    """AcoustID."""
    covers: WebServer
    """The Cover Art Archive, which sends everybody on to `images`."""
    images: WebServer
    faults: dict[str, Answer] = field(default_factory=dict)
    """By the beginning of a path, of MusicBrainz and AcoustID: what is answered instead."""
    searches: Answer | None = None
    """What is answered to all searches, by a mirror that has none."""
    arrivals: list[float] = field(default_factory=list)
    """When MusicBrainz was asked."""

    @property
    def hosts(self) -> list[str]:
        return [one.address for one in (self.web, self.sounds, self.covers, self.images)]

    def counts(self) -> Counter[str]:
        """Questions by kind: `release`, `release?` for a list or a search, `lookup`, `front-1200`."""
        kinds = Counter(_kind(one.target) for one in self.web.asked)
        kinds += Counter(one.path.rpartition("/")[2] for one in (*self.sounds.asked, *self.covers.asked))
        return kinds

    async def answer(self, request: Request, write: Write) -> None:
        self.arrivals.append(time.monotonic())
        await (self._fault(request) or self._good(request))(request, write)

    def _fault(self, request: Request) -> Answer | None:
        if self.searches and "query=" in request.target:
            return self.searches
        return next((one for path, one in self.faults.items() if request.path.startswith(path)), None)

    def _good(self, request: Request) -> Answer:
        parts = request.path.removeprefix("/ws/2/").rstrip("/").split("/")
        asked = dict(parse_qsl(urlsplit(request.target).query))
        inc = frozenset(asked.get("inc", "").split())
        if len(parts) == 2:
            return self._isrc(parts[1], inc) if parts[0] == "isrc" else self._thing(parts[0], parts[1], inc)
        if "query" in asked:
            return self._search(parts[0], asked)
        return self._browse(parts[0], asked, inc)

    def _thing(self, kind: str, id_: str, inc: xml.Inc) -> Answer:
        if not _is_uuid(id_):
            return saying(400, xml.fault("Invalid mbid."), content_type=_XML)
        found: str | None = None
        match kind, self.world.thing(_TYPES[kind], id_):
            case "release", Edition() as one:
                found = xml.edition(one, inc)
            case "recording", Song() as one:
                found = xml.song(one, inc, self.world.where(one) if "releases" in inc else None)
            case "artist", Person() as one:
                found = xml.person(one, inc, whole=True)
            case "release-group", Album() as one:
                found = xml.album(one, inc)
        return _missing() if found is None else _found(found)

    def _isrc(self, code: str, inc: xml.Inc) -> Answer:
        songs = [one for one in self.world.all_songs() if code in one.isrcs]
        made = [xml.song(one, inc, self.world.where(one) if "releases" in inc else None) for one in songs]
        return _found(f'<isrc id="{code}">{xml.listed("recording", made)}</isrc>') if songs else _missing()

    def _browse(self, kind: str, asked: dict[str, str], inc: xml.Inc) -> Answer:
        made: list[str] = []
        match kind, asked:
            case "release", {"release-group": id_} if isinstance(one := self.world.thing(Album, id_), Album):
                made = [xml.edition(each, inc) for each in one.editions]
            case "release", {"recording": id_} if isinstance(song := self.world.thing(Song, id_), Song):
                made = [xml.edition(each, inc) for each in self.world.where(song)]
            case "release-group", {"artist": id_}:
                made = [
                    xml.album(one, inc)
                    for one in self.world.albums
                    if any(by.person.mbid == id_ for by in one.credit)
                ]
        return _page(kind, made, asked)

    def _search(self, kind: str, asked: dict[str, str]) -> Answer:
        query = asked["query"]
        made: list[str] = []
        if kind == "release":
            made = [
                xml.edition(one, frozenset(), score)
                for score, one in search(query, self.world.editions, _of_edition)
            ]
        elif kind == "recording":
            found = search(query, self.world.all_songs(), _of_song)
            made = [xml.song(one, frozenset(), self.world.where(one), score) for score, one in found]
        elif kind == "artist":
            people = search(query, self.world.people(), _of_person)
            made = [xml.person(one, frozenset(), score, whole=True) for score, one in people]
        return _page(kind, made, asked)

    async def listen(self, request: Request, write: Write) -> None:
        """AcoustID."""
        await (self._fault(request) or self._heard(dict(parse_qsl(request.content.decode()))))(request, write)

    def _heard(self, form: dict[str, str]) -> Answer:
        if form.get("client") != KEY:
            error = {"status": "error", "error": {"code": 4, "message": "invalid API key"}}
            return saying(400, json.dumps(error).encode(), content_type="application/json")
        known = {_packed(one): one for one in self.world.all_songs()}
        places = sorted(int(name.partition(".")[2]) for name in form if name.startswith("fingerprint."))
        assert len(places) <= 20, "more than it takes"
        said = [
            {"index": one, "results": self._results(known.get(form[f"fingerprint.{one}"]))} for one in places
        ]
        return saying(
            content=json.dumps({"status": "ok", "fingerprints": said}).encode(),
            content_type="application/json",
        )

    def _results(self, song: Song | None) -> list[dict[str, object]]:
        if song is None:
            return []
        recording = {
            "id": song.mbid, "title": song.title, "duration": song.ms / 1000, "sources": 40,
            "artists": artists_heard(song.credit), "releasegroups": self._albums(song),
        }  # fmt: skip
        return [{"id": acoustid_of(song), "score": 0.98, "recordings": [recording]}]

    def _albums(self, song: Song) -> list[dict[str, object]]:
        """With their releases, of which `compress` leaves out what is as in the album."""
        found: dict[str, dict[str, object]] = {}
        for one in self.world.where(song):
            about = {"id": one.album.mbid, "title": one.album.title, "type": one.album.primary,
                     "artists": artists_heard(one.album.credit),
                     **({"secondarytypes": one.album.secondary} if one.album.secondary else {})}  # fmt: skip
            found.setdefault(one.album.mbid, {**about, "releases": []})
        for one in self.world.where(song):
            listed = found[one.album.mbid]["releases"]
            assert isinstance(listed, list)
            listed.append(release_heard(one))
        return [*found.values()]

    async def show(self, request: Request, write: Write) -> None:
        """The Cover Art Archive; and Wikimedia Commons, which sends on as well."""
        if request.path.startswith("/wiki/Special:FilePath/"):
            await saying(302, location=self.images.url("/thumb/portrait.png"))(request, write)
            return
        kind, id_, size = request.path[1:].split("/")
        one = self.world.thing(_TYPES[kind], id_)
        there = (
            one.front
            if isinstance(one, Edition)
            else isinstance(one, Album) and any(e.front for e in one.editions)
        )
        on = self.images.url(f"/download/mbid-{id_}/{size}.png")
        await (saying(307, location=on) if there else saying(404, b"<html>", content_type="text/html"))(
            request, write
        )


def artists_heard(credit: Credit) -> list[dict[str, str]]:
    """As AcoustID tells them."""
    return [
        {"id": one.person.mbid, "name": one.name or one.person.name,
         **({"joinphrase": one.join} if one.join else {})}
        for one in credit
    ]  # fmt: skip


def release_heard(one: Edition) -> dict[str, object]:
    def event(country: str, date: str) -> dict[str, object]:
        parts = zip(("year", "month", "day"), date.split("-") if date else (), strict=False)
        when = {name: int(part) for name, part in parts}
        return {**({"country": country} if country else {}), **({"date": when} if when else {})}

    events = [event(one.country, one.date), *(event(*each) for each in one.also.items())]
    title = {} if one.title == one.album.title else {"title": one.title}
    return {"id": one.mbid, **title, "medium_count": len(one.discs), "track_count": len(one.slots),
            "releaseevents": events, **events[0]}  # fmt: skip


_TYPES = {"release": Edition, "recording": Song, "artist": Person, "release-group": Album}


def _kind(target: str) -> str:
    parts = urlsplit(target).path.removeprefix("/ws/2/").split("/")
    return parts[0] if len(parts) > 1 and parts[1] else f"{parts[0]}?"


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _found(inside: str) -> Answer:
    return saying(content=xml.document(inside), content_type=_XML)


def _missing() -> Answer:
    return saying(404, xml.fault("Not Found"), content_type=_XML)


def _page(kind: str, made: Sequence[str], asked: dict[str, str]) -> Answer:
    start, count = int(asked.get("offset", "0")), min(int(asked.get("limit", "25")), 100)
    return _found(xml.listed(kind, made[start : start + count], count=len(made), offset=start))


def _people(credit: Credit) -> dict[str, list[str | int]]:
    names = [one.person.name for one in credit] + [name for one in credit for name, *_ in one.person.aliases]
    whole = "".join((one.name or one.person.name) + one.join for one in credit)
    return {"artist": [*names, whole], "arid": [one.person.mbid for one in credit]}


def _of_edition(one: Edition) -> Fields:
    about: Fields = {
        "release": [one.title, *one.aliases],
        "tracks": [len(one.slots)],
        "barcode": [one.barcode],
    }
    return {**about, **_people(one.credit)}


def _of_song(one: Song) -> Fields:
    return {"recording": [one.title, *one.aliases], "dur": [one.ms], **_people(one.credit)}


def _of_person(one: Person) -> Fields:
    return {"artist": [one.name], "sortname": [one.sort], "alias": [name for name, *_ in one.aliases]}


@asynccontextmanager
async def open_musicbrainz(world: World) -> AsyncIterator[FakeMusicBrainz]:
    async with AsyncExitStack() as stack:
        web, sounds, covers, images = [await stack.enter_async_context(serving_web()) for _ in range(4)]
        fake = FakeMusicBrainz(world, web, sounds, covers, images)
        fake.web.otherwise, fake.sounds.otherwise, fake.covers.otherwise = fake.answer, fake.listen, fake.show
        fake.images.otherwise = saying(content=PICTURE, content_type="image/png")
        yield fake


def settings_of(fake: FakeMusicBrainz, **more: object) -> MusicBrainzSettings:
    return MusicBrainzSettings.model_validate({
        "lookups": True, "contact": "test@example.org", "base_url": fake.web.url(""), "per_second": 1000,
        "acoustid_url": fake.sounds.url(""), "acoustid_key": KEY, "coverart_url": fake.covers.url(""),
        "commons_url": fake.covers.url(""),
        "allowed_hosts": fake.hosts, **more,
    })  # fmt: skip


@asynccontextmanager
async def asking(settings: MusicBrainzSettings, remote: Remote) -> AsyncIterator[MusicBrainz]:
    made = MusicBrainz(settings, "0", logging.getLogger("mcma.plugin.musicbrainz"))
    made.open(remote)
    try:
        yield made
    finally:
        await made.aclose()
