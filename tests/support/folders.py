"""A folder of files that name no album, what it is answered, and rounds of asking."""

from collections.abc import Sequence

from mcma.services.enriching.discovering import LAG, Discovering
from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import tracks
from mcma_plugins.enrichers import Candidate, KnownAlbum
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.enriching import Study
from tests.support.oracle import WHY, Says

FOLDER = "Ann Ash/1999 - Tides [FLAC]"
TITLES = ("Ebb", "Flow", "Neap")
RELEASE = "76df3287-6cda-33eb-8e9a-044b5e15ffdd"


def album(*titles: str, score: float = 0.95) -> Says:
    """The release that these tracks are on."""

    def say(known: KnownAlbum) -> Sequence[Candidate]:
        named = {one.id: {"track": place} for place, one in enumerate(known.tracks, 1) if one.title in titles}
        fields = {"album": "Tides", "release_mbid": RELEASE, "album_artists": [{"name": "Ann Ash"}]}
        return [Candidate("r1", "Tides", score, WHY, fields=fields, tracks=named)] if named else []

    return say


async def look(study: Study, of: str = "oracle") -> None:
    """What is new is found."""
    abilities = [study.enrichers.ability(of)]
    async with study.database.write() as transaction:
        past = tracks.c.updated_at > utcnow() - LAG
        await transaction.connection.execute(tracks.update().where(past).values(updated_at=utcnow() - LAG))
    await Discovering(study.database, study.asking).step(abilities)


async def round_(study: Study, of: str = "oracle") -> dict[str, int]:
    """What is new is found, and all that is due is asked about."""
    await look(study, of)
    due = [row for row in (await study.states(of)).values() if row.due_at and row.due_at <= utcnow()]
    items = [ItemRef(ItemKind(row.item_kind), row.item_id) for row in due]
    return await study.ask(*items, of=of)
