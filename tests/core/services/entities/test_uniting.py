"""Artists whose ids were merged outside become one here, unless a person has decided otherwise."""

from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from mcma.domain.credits import VARIOUS_ARTISTS_MBID
from mcma.domain.errors import Conflict
from mcma.services.enriching.values import KeptCandidate
from mcma.services.entities.edits import ArtistEdits
from mcma.services.entities.labelmerge import LabelHands
from mcma.services.entities.uniting import UNITE, Uniting
from mcma.services.identity.merges import Merges
from mcma.services.jobs import Jobs
from mcma.store.tables.catalogue import artists, merges
from mcma.store.tables.machinery import jobs
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma_plugins.events import ItemsMerged
from mcma_plugins.ids import ArtistId
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.hands import Hand
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio

X = "aaaaaaaa-1111-4222-8333-444444444444"
Y = "bbbbbbbb-1111-4222-8333-444444444444"
REASON = "plugin:oracle"


@pytest.fixture
async def hand(music: Music) -> Hand:
    music.put("a/1.mp3", title="one", artist="Yusuf", musicbrainz_artistid=X)
    music.put("b/1.mp3", title="two", artist="Cat Stevens", musicbrainz_artistid=Y)
    await music.scan()
    return await Hand(music).create()


@pytest.fixture
def uniting(music: Music) -> Uniting:
    return Uniting(
        music.database,
        Jobs(music.database, EmbeddedDoorbell()),
        lambda hook, event: music.heard.append((hook, event)),
    )


async def ids(music: Music) -> dict[str, UUID]:
    return {name: row.id for name, row in (await music.artists()).items()}


async def test_ids_that_are_one_by_now_are_one_artist_until_a_person_says_no(
    music: Music, hand: Hand, uniting: Uniting
) -> None:
    before = await ids(music)
    fan = await music.like(before["Yusuf"], "artist")
    assert await uniting.unite(UUID(X), UUID(Y), REASON)
    assert await ids(music) == {"Cat Stevens": before["Cat Stevens"]}
    assert await music.likes(fan) == [before["Cat Stevens"]]
    merged = ItemsMerged(ItemKind.ARTIST, before["Yusuf"], before["Cat Stevens"])
    assert ("items_merged", merged) in music.heard
    assert not await uniting.unite(UUID(X), UUID(Y), REASON), "they are one already"
    music.put("a/2.mp3", title="three", artist="Yusuf Islam", musicbrainz_artistid=X)
    await music.scan()
    assert await ids(music) == {"Cat Stevens": before["Cat Stevens"]}, "the former id leads there"
    [merge] = await music.rows(merges, merges.c.loser_id == before["Yusuf"])
    assert (merge.reason, merge.by_user) == (REASON, None)
    all_merges = Merges(music.database, lambda *_: None, hand.hands, LabelHands(music.database))
    [shown] = await all_merges.merges(hand.caller, limit=5, kind="artist")
    assert (shown.reason, shown.can_undo) == (REASON, True)
    await all_merges.undo(hand.caller, merge.id)
    assert {name for [name] in (await hand.credits()).values()} == {"Cat Stevens", "Yusuf"}
    assert not await uniting.unite(UUID(X), UUID(Y), REASON)
    assert not await uniting.unite(UUID(Y), UUID(X), REASON)
    with pytest.raises(Conflict):
        await hand.undo(merge.id)


@pytest.mark.parametrize("who", ["Yusuf", "Cat Stevens"])
async def test_what_a_person_took_as_theirs_stays(
    music: Music, hand: Hand, uniting: Uniting, who: str
) -> None:
    before = await ids(music)
    async with music.database.write() as transaction:
        mine = sa.update(artists).where(artists.c.id == before[who])
        await transaction.connection.execute(mine.values(metadata_status="manual"))
    assert not await uniting.unite(UUID(X), UUID(Y), REASON)
    assert await ids(music) == before


async def test_an_id_that_a_person_gave_stays(music: Music, hand: Hand, uniting: Uniting) -> None:
    before, given = await ids(music), str(uuid4())
    edits = ArtistEdits(music.database)
    await edits.edit(hand.caller, ArtistId(before["Yusuf"]), {"mbid": given})
    async with music.database.write() as transaction:
        mine = sa.update(artists).where(artists.c.id == before["Yusuf"])
        await transaction.connection.execute(mine.values(metadata_status="pending"))
    assert not await uniting.unite(UUID(given), UUID(Y), REASON)
    assert await ids(music) == before


async def test_nobody_becomes_various_artists_or_somebody_who_is_not_here(
    music: Music, hand: Hand, uniting: Uniting
) -> None:
    music.put("c/1.mp3", title="x", artist="VA", musicbrainz_artistid=VARIOUS_ARTISTS_MBID)
    await music.scan()
    before = await ids(music)
    for former, now in ((X, VARIOUS_ARTISTS_MBID), (VARIOUS_ARTISTS_MBID, X), (X, str(uuid4())), (X, X)):
        assert not await uniting.unite(UUID(former), UUID(now), REASON)
    assert await ids(music) == before


@pytest.mark.parametrize(("kind", "fields", "artists_", "wanted"), [
    (ItemKind.ARTIST, {"mbid": Y, "former_mbids": [X]}, {}, [[X, Y]]),
    (ItemKind.ARTIST, {"mbid": Y, "former_mbids": [Y]}, {}, None),
    (ItemKind.ARTIST, {"mbid": "x", "former_mbids": [X]}, {}, None),
    (ItemKind.ARTIST, {"mbid": Y, "former_mbids": "x"}, {}, None),
    (ItemKind.ARTIST, {"mbid": Y}, {}, None),
    (ItemKind.ALBUM, {}, {Y: {"name": "Cat Stevens", "former_mbids": [X]}, X: {}}, [[X, Y]]),
    (ItemKind.ALBUM, {"former_mbids": [X], "mbid": Y}, {}, None),
])  # fmt: skip
async def test_what_an_answer_says_is_done_by_a_job(
    music: Music,
    uniting: Uniting,
    kind: ItemKind,
    fields: dict[str, object],
    artists_: dict[str, dict[str, object]],
    wanted: list[list[str]] | None,
) -> None:
    taken = KeptCandidate(
        id=uuid4(), run_id=uuid4(), enricher="oracle", item=ItemRef(kind, uuid4()), ref="r", title="t",
        score=1.0, fields=fields, artists=artists_,
    )  # fmt: skip
    async with music.database.write() as transaction:
        await uniting.want(transaction, taken)
    payloads = [row.payload for row in await music.rows(jobs, jobs.c.kind == UNITE)]
    assert payloads == ([] if wanted is None else [{"ids": wanted, "by": "oracle"}])
