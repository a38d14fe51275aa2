"""Discs that are told as albums of their own."""

from typing import Any

import pytest

from mcma.domain.discs import of_one_album
from mcma.domain.facts import TagFacts
from tests.support.scanning import Music

X = "aaaaaaaa-1111-4222-8333-444444444444"


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        (TagFacts(album="Box (Disc 2)"), ("Box", 2, None)),
        (TagFacts(album="Box [CD2]", disc=2), ("Box", 2, None)),
        (TagFacts(album="Box [CD 1 of 3]"), ("Box", 1, None)),
        (TagFacts(album="Box (Disc 2: Live)"), ("Box", 2, "Live")),
        (TagFacts(album="Box (Disc 2: Live)", disc_title="Said"), ("Box", 2, "Said")),
        (TagFacts(album="Box - Disc 2: Live", disc=2), ("Box", 2, "Live")),
        (TagFacts(album="Box, CD 2", release_mbid=X), ("Box", 2, None)),
        (TagFacts(album="Box - CD2"), ("Box - CD2", None, None)),
        (TagFacts(album="Box (Disc 2)", disc=1), ("Box (Disc 2)", 1, None)),
        (TagFacts(album="Disco 2"), ("Disco 2", None, None)),
        (TagFacts(album="Disc 2", disc=2), ("Disc 2", 2, None)),
        (TagFacts(album="(Disc 2)", disc=2), ("(Disc 2)", 2, None)),
        (TagFacts(album="Box (Deluxe)"), ("Box (Deluxe)", None, None)),
        (TagFacts(), (None, None, None)),
    ],
)
def test_the_album_is_told_from_its_disc(
    tags: TagFacts, told: tuple[str | None, int | None, str | None]
) -> None:
    found = of_one_album(tags)
    assert (found.album, found.disc, found.disc_title) == told


@pytest.mark.anyio
async def test_the_discs_of_a_box_are_one_album(music: Music) -> None:
    music.put("Box/1/1.mp3", title="one", artist="Anna", album="Box (Disc 1)", tracknumber=1)
    music.put("Box/2/1.mp3", title="two", artist="Anna", album="Box (Disc 2: Live)", tracknumber=1)
    await music.scan()
    [album] = (await music.albums()).values()
    assert (album.title, album.song_count) == ("Box", 2)
    assert album.details["disc_titles"] == [[2, "Live"]]
    assert {title: row.disc for title, row in (await music.tracks()).items()} == {"one": 1, "two": 2}
    await music.scan(full=True)
    assert [row.id for row in (await music.albums()).values()] == [album.id]


@pytest.mark.anyio
async def test_a_disc_has_one_title(music: Music) -> None:
    told: list[dict[str, Any]] = [{}, {"discsubtitle": "Live"}, {"discsubtitle": "Alive"}]
    for number, said in enumerate(told, 1):
        music.put(f"Box/{number}.mp3", title=f"{number}", artist="Anna", album="Box", tracknumber=number,
                  discnumber=2, **said)  # fmt: skip
    await music.scan()
    [album] = (await music.albums()).values()
    assert album.details["disc_titles"] == [[2, "Live"]], "the first track that says one speaks for the disc"
