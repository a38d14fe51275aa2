"""Covers that enrichers have: got, checked, kept, shown, and taken away again."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mcma.domain.layerrules import layering
from mcma.services.covers import Covers
from mcma.services.enriching import lifting
from mcma.services.enriching.asking import AskingEnrichers
from mcma.services.enriching.keeping import Keeping
from mcma.services.enriching.pictures import EnricherPictures, kind_of
from mcma.services.enriching.pictureupkeep import PICTURES, PictureUpkeep
from mcma.services.indexing.overlays import OPTION
from mcma.services.jobs import Jobs
from mcma.services.keptpictures import KeptPictures, kept_at
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.tables.catalogue import albums, artists, artworks, tracks
from mcma.store.tables.enriching import enrichment_runs
from mcma.store.tables.machinery import jobs as job_rows
from mcma_plugins.enrichers import Candidate, Fields, KnownAlbum
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.ids import TrackId
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.at_rest_enriching import enriching_at_rest
from tests.support.catalogue import listener_of, set_row
from tests.support.enriching import ON_REQUEST, Study
from tests.support.hands import Hand
from tests.support.oracle import WHY
from tests.support.painter import Painter, drawn, putting
from tests.support.scanning import Music, QuietJob
from tests.support.statements import counted

pytestmark = pytest.mark.anyio
RED = drawn("red")
KEY = hashlib.sha256(RED).hexdigest()


class Quiet:
    async def ring(self, *_: object, **__: object) -> None:
        return None


@dataclass
class Wall:
    """Where pictures are hung."""

    study: Study
    painter: Painter
    pictures: EnricherPictures
    upkeep: PictureUpkeep
    kept: KeptPictures
    root: Path

    @property
    def music(self) -> Music:
        return self.study.music

    async def want(self, *titles: str) -> None:
        items = [await self.study.album(title) for title in titles]
        assert await self.study.ask(*items, wish=ON_REQUEST) == {"applied": len(items)}

    async def run(self) -> list[dict[str, Any]]:
        """All jobs for pictures that wait, as a worker would."""
        mine = job_rows.c.kind == kind_of("oracles")
        found = await self.study.rows(job_rows, job_rows.c.state == "queued", mine)
        done = []
        for row in found:
            await set_row(self.study.database, job_rows, row.id, state="running")
            job = QuietJob()
            job.payload, job.id = row.payload, row.id
            try:
                done.append(dict(await self.pictures.run(job) or {}))
            finally:
                await set_row(self.study.database, job_rows, row.id, state="succeeded")
        return done

    async def covers(self, title: str) -> set[UUID | None]:
        album = (await self.music.albums())[title]
        rows = await self.study.rows(tracks, tracks.c.album_id == album.id)
        return {album.artwork_id, *(row.artwork_id for row in rows)}

    async def lift(self) -> None:
        [run] = await self.study.rows(enrichment_runs, enrichment_runs.c.outcome == "applied")
        async with self.study.database.write() as transaction:
            await lock_catalogue(transaction.connection)
            item = ItemRef(ItemKind(run.item_kind), run.item_id)
            await lifting.lift(transaction.connection, item, run.enricher, run.before or {})
        await set_row(self.study.database, enrichment_runs, run.id, outcome="undone", undone_at=utcnow())


def with_cover(ref: str, handle: str = "front:1", **fields: Any) -> Callable[[KnownAlbum], list[Candidate]]:
    def say(album: KnownAlbum) -> list[Candidate]:
        of: dict[TrackId, Fields] = {track.id: {} for track in album.tracks}
        return [Candidate(ref, album.title, 0.95, WHY, fields=fields, tracks=of, picture=handle)]

    return say


@pytest.fixture
def painter() -> Painter:
    return Painter()


@pytest.fixture
async def wall(music: Music, painter: Painter, tmp_path: Path) -> AsyncIterator[Wall]:
    study = Study.of(music, painter)
    kept = KeptPictures(tmp_path / "pictures")
    pictures = EnricherPictures(
        music.database, Jobs(music.database, Quiet()), study.enrichers, kept,
        lambda hook, event: study.heard.append((hook, event)),
    )  # fmt: skip
    keeping = Keeping(music.database, study.policy, pictures.want, lambda *_: None)
    study.asking = AskingEnrichers(music.database, study.enrichers, study.policy, keeping)
    upkeep = PictureUpkeep(music.database, kept, pictures.want)
    yield Wall(study, painter, pictures, upkeep, kept, tmp_path / "pictures")
    music.database.know(**{OPTION: layering()})


async def test_a_cover_is_got_once_kept_and_shown(wall: Wall, tmp_path: Path) -> None:
    wall.painter.says["First"] = with_cover("r1", date="1999")
    await wall.want("First")
    [candidate] = await wall.study.candidates()
    assert candidate.picture_state == "wanted"
    [done] = await wall.run()
    assert (done["picture"], wall.painter.handles) == ("taken", ["front:1"])
    [artwork] = await wall.study.rows(artworks)
    assert (artwork.sha256.hex(), artwork.origin, artwork.mime, artwork.width, artwork.path) == (
        KEY, "plugin:oracle", "image/jpeg", 90, None,
    )  # fmt: skip
    assert await wall.covers("First") == {artwork.id}
    assert await wall.covers("Second") == {None}
    assert kept_at(wall.root, KEY).read_bytes() == RED
    assert list((wall.root / ".staging").glob("*")) == []
    assert "track_changed" in [hook for hook, _ in wall.study.heard]

    caller = await listener_of(wall.study.database, wall.music.id)
    album = await wall.study.album("First")
    covers = Covers(wall.study.database, tmp_path / "cache", wall.root)
    assert (await covers.cover(caller, album)).data == RED
    small = await covers.cover(caller, album, 64)
    assert (small.content_type, small.placeholder) == ("image/jpeg", False)


async def test_what_a_cover_is_all_that_is_said_of_is_known(wall: Wall) -> None:
    wall.painter.says["First"] = with_cover("r1")
    await wall.want("First")
    await wall.run()
    assert (await wall.music.albums())["First"].metadata_status == "enriched"
    await enriching_at_rest(wall.study.database)


async def test_it_is_taken_away_with_the_answer(wall: Wall) -> None:
    wall.painter.says["First"] = with_cover("r1")
    await wall.want("First")
    await wall.run()
    assert None not in await wall.covers("First")
    await wall.lift()
    assert await wall.covers("First") == {None}
    assert await wall.study.values() == {}
    assert kept_at(wall.root, KEY).is_file(), "it may be wanted back"


async def test_a_cover_in_the_folder_stays_unless_those_of_plugins_are_preferred(wall: Wall) -> None:
    for name in ("01 Fern.mp3", "02 Moss.mp3"):
        wall.music.put(f"Ann/First/{name}", title=name[3:7], artist="Ann Ash", albumartist="Ann Ash",
                       album="First", cover=drawn("blue"))  # fmt: skip
    await wall.music.scan(full=True)
    [own] = [row.id for row in await wall.study.rows(artworks)]
    wall.painter.says["First"] = with_cover("r1")
    await wall.want("First")
    assert [one["picture"] for one in await wall.run()] == ["taken"]
    rows = await wall.study.rows(tracks, tracks.c.title.in_(("Fern", "Moss")))
    assert {row.artwork_id for row in rows} == {own}
    [reed] = await wall.study.rows(tracks, tracks.c.title == "Reed")
    assert reed.artwork_id not in (None, own)


async def test_where_every_file_has_one_nobody_is_asked(wall: Wall) -> None:
    (wall.music.root / "Ann/First/cover.jpg").write_bytes(drawn("blue"))
    await wall.music.scan(full=True)
    wall.painter.says["First"] = with_cover("r1")
    await wall.want("First")
    [candidate] = await wall.study.candidates()
    assert [one["picture"] for one in await wall.run()] == ["not_needed"]
    wall.study.database.know(**{OPTION: layering(["artwork=off"])})
    wall.painter.says["Second"] = with_cover("r2", "front:2")
    await wall.want("Second")
    assert [one["picture"] for one in await wall.run()] == ["not_needed"]
    assert wall.painter.handles == []
    wall.study.database.know(**{OPTION: layering(["artwork=prefer"])})
    wall.painter.says["First"] = with_cover("r1", "front:3")
    await wall.want("First")
    await wall.run()
    [got] = await wall.study.rows(artworks, artworks.c.origin == "plugin:oracle")
    assert await wall.covers("First") == {got.id}
    assert candidate.picture_state == "wanted"


async def test_the_same_picture_is_not_got_again(wall: Wall) -> None:
    wall.painter.says["First"] = with_cover("r1", date="1999")
    await wall.want("First")
    await wall.run()
    wall.painter.says["First"] = with_cover("r1", date="2001")
    await wall.want("First")
    assert [one["picture"] for one in await wall.run()] == ["taken"]
    assert wall.painter.handles == ["front:1"]
    assert len(await wall.covers("First")) == 1


async def wanted(wall: Wall, *names: str) -> list[UUID]:
    """Artists whose pictures are to be got."""
    rows = {row.name: row.id for row in await wall.study.rows(artists)}
    for name in names:
        said = [Candidate(name, name, 0.95, WHY, fields={"area": "Ulm"}, picture=name)]
        wall.painter.says[name] = said
        item = ItemRef(ItemKind.ARTIST, rows[name])
        assert await wall.study.ask(item, wish=ON_REQUEST) == {"applied": 1}
    return [rows[name] for name in names]


async def test_an_artist_has_a_picture_too(wall: Wall) -> None:
    [_] = await wanted(wall, "Ann Ash")
    assert [one["picture"] for one in await wall.run()] == ["taken"]
    [artwork] = await wall.study.rows(artworks)
    [ann] = await wall.study.rows(artists, artists.c.name == "Ann Ash")
    assert ann.artwork_id == artwork.id
    await wall.lift()
    [ann] = await wall.study.rows(artists, artists.c.name == "Ann Ash")
    assert ann.artwork_id is None


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_that_of_an_artist_that_was_merged_waits_for_the_day_when_it_is_itself_again(
    wall: Wall, when: str
) -> None:
    hand, (ann, bob) = await Hand(wall.music).create(), await wanted(wall, "Ann Ash", "Bob Birch")

    async def merge(handle: str) -> None:
        if handle == "Ann Ash":
            await hand.merge(ann, bob)

    if when == "meanwhile":
        wall.painter.meanwhile = merge
    else:
        await merge("Ann Ash")
    done = {one["picture"]: one for one in await wall.run()}
    assert done.keys() == {"taken", "merged"} and "merged into another" in done["merged"]["reason"]
    [candidate] = [one for one in await wall.study.candidates() if one.item_id == ann]
    assert (candidate.picture_state, candidate.picture_reason) == ("merged", done["merged"]["reason"])
    [shown] = await wall.study.rows(artworks, artworks.c.id == (await hand.row(bob)).artwork_id)
    assert await wall.upkeep.ask(wall.kept.all()) == 0
    wall.painter.meanwhile = None
    await hand.undo(await hand.latest(ann))
    [_] = await wall.study.rows(job_rows, job_rows.c.kind == PICTURES)
    assert await wall.upkeep.ask(wall.kept.all()) == 1
    assert [one["picture"] for one in await wall.run()] == ["taken"]
    assert ((await hand.row(ann)).artwork_id, (await hand.row(bob)).artwork_id) == (shown.id, shown.id)
    assert wall.painter.handles.count("Ann Ash") == 1, "what was got is not got again"


@pytest.mark.parametrize(
    ("puts", "state"), [(lambda _: None, "none"), (putting(b"<svg onload='alert(1)'/>"), "unfit")]
)
async def test_that_there_is_none_is_remembered(wall: Wall, puts: Any, state: str) -> None:
    wall.painter.puts = puts
    wall.painter.says["First"] = with_cover("r1")
    await wall.want("First")
    [done] = await wall.run()
    [candidate] = await wall.study.candidates()
    assert (done["picture"], candidate.picture_state) == (state, state)
    assert (candidate.picture_reason is not None) is (state == "unfit")
    assert await wall.covers("First") == {None}
    assert await wall.upkeep.ask(set()) == 0
    assert list((wall.root / ".staging").glob("*")) == []


async def test_bad_days_are_tried_again_and_a_no_is_remembered(wall: Wall) -> None:
    wall.painter.says["First"] = with_cover("r1")
    await wall.want("First")
    wall.painter.trouble = RetryLater("later", after=70, code="rate_limited")
    with pytest.raises(RetryLater) as caught:
        await wall.run()
    assert caught.value.after == 70
    wall.painter.trouble = PermanentError("never", code="gone_for_good")
    await wall.upkeep.ask(set())
    assert [one["picture"] for one in await wall.run()] == ["failed"]
    [candidate] = await wall.study.candidates()
    assert (candidate.picture_state, candidate.picture_reason) == ("failed", "never")
    assert await wall.upkeep.ask(set()) == 0


async def test_what_was_taken_back_meanwhile_is_not_hung(wall: Wall) -> None:
    wall.painter.says["First"] = with_cover("r1")
    await wall.want("First")
    await wall.lift()
    assert await wall.run() == [{"picture": "overtaken"}]
    assert (wall.painter.handles, await wall.covers("First")) == ([], {None})


async def test_what_is_taken_back_while_it_is_got_is_not_hung(wall: Wall) -> None:
    wall.painter.says["First"] = with_cover("r1")
    wall.painter.meanwhile = lambda _: wall.lift()
    await wall.want("First")
    assert await wall.run() == [{"picture": "overtaken"}]
    assert (len(wall.painter.handles), await wall.covers("First")) == (1, {None})


async def test_a_track_that_a_person_took_as_theirs_keeps_what_it_has(wall: Wall) -> None:
    wall.painter.says["First"] = with_cover("r1")
    await wall.want("First")
    [fern] = await wall.study.rows(tracks, tracks.c.title == "Fern")
    await set_row(wall.study.database, tracks, fern.id, metadata_status="manual")
    await wall.run()
    [fern] = await wall.study.rows(tracks, tracks.c.title == "Fern")
    [moss] = await wall.study.rows(tracks, tracks.c.title == "Moss")
    assert (fern.artwork_id, moss.artwork_id is None) == (None, False)


async def test_a_file_that_is_gone_is_got_again(wall: Wall) -> None:
    """A backup of the database alone does not have them."""
    wall.painter.says["First"] = with_cover("r1")
    await wall.want("First")
    await wall.run()
    kept_at(wall.root, KEY).unlink()
    assert await wall.upkeep.ask(wall.kept.all()) == 1
    assert [one["picture"] for one in await wall.run()] == ["taken"]
    assert kept_at(wall.root, KEY).read_bytes() == RED
    assert await wall.upkeep.ask(wall.kept.all()) == 0
    assert len(await wall.study.rows(artworks)) == 1


async def test_what_nobody_points_at_goes(wall: Wall) -> None:
    wall.painter.says["First"] = with_cover("r1")
    await wall.want("First")
    await wall.run()
    stray, mine = wall.root / "ab" / ("ab" * 32), wall.root / "ab" / "notes.txt"
    stray.parent.mkdir(exist_ok=True)
    for path in (stray, mine):
        path.write_bytes(b"x")
    assert (await wall.upkeep.forget(), await wall.upkeep.sweep(wall.kept.all())) == (0, 1)
    assert not stray.exists() and mine.exists() and kept_at(wall.root, KEY).exists()

    [artwork] = await wall.study.rows(artworks)
    await set_row(wall.study.database, artworks, artwork.id, created_at=EARLY)
    album = await wall.study.album("First")
    await set_row(wall.study.database, albums, album.id, deleted_at=utcnow())
    with counted(wall.study.database) as statements:
        assert await wall.upkeep.forget() == 0, "tracks show it"
    assert not [one for one in statements if "BEGIN" in one or "advisory" in one], "nobody waits for that"
    await set_row(wall.study.database, albums, album.id, deleted_at=None)
    await wall.lift()
    assert await wall.upkeep.forget() == 0, "the answer may be taken again"
    await set_row(wall.study.database, albums, album.id, deleted_at=utcnow())
    assert (await wall.upkeep.forget(), await wall.upkeep.sweep(wall.kept.all())) == (1, 1)
    assert await wall.study.rows(artworks) == []
    assert not kept_at(wall.root, KEY).exists()


EARLY = utcnow().replace(year=2020)
