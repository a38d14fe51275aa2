"""Separators that the owner of the server chooses: what they divide, and when."""

from collections.abc import Sequence

import pytest

from mcma.domain.facts import CreditFact, TagFacts
from mcma.domain.naming import EXCEPTIONS, Naming, Separators, read
from mcma.services.entities.reading import OPTION
from mcma.services.entities.rereading import REREAD, Rereading
from mcma.services.jobs import Jobs
from mcma.store.tables.machinery import jobs
from mcma.worker.doorbell import EmbeddedDoorbell
from tests.support.hands import Hand
from tests.support.scanning import Music, QuietJob

pytestmark = pytest.mark.anyio

X = "aaaaaaaa-1111-4222-8333-444444444444"


def divided(name: str, *signs: str, whole: Sequence[str] = EXCEPTIONS) -> list[str]:
    tags = TagFacts(artists=(CreditFact(name, "artist"),))
    return [one.name for one in read(tags, Naming({}, Separators(signs, tuple(whole)))).artists]


@pytest.mark.parametrize(
    ("name", "signs", "names"),
    [
        ("Foo; Bar", (), ["Foo; Bar"]),
        ("Foo; Bar", (";",), ["Foo", "Bar"]),
        ("Foo/Bar", ("/",), ["Foo", "Bar"]),
        ("AC/DC", ("/",), ["AC/DC"]),
        ("ac-dc feat. Foo/Bar", ("/",), ["ac-dc", "Foo", "Bar"]),
        ("Tyler, The Creator", (",",), ["Tyler, The Creator"]),
        ("Foo, Bar & Baz", (",", "&"), ["Foo", "Bar", "Baz"]),
        ("R&B Kings", ("&",), ["R&B Kings"]),
        ("Foo X Bar", ("x",), ["Foo", "Bar"]),
        ("Foxx", ("x",), ["Foxx"]),
        ("Foo vs. Bar", ("vs.",), ["Foo", "Bar"]),
        ("Foo &", ("&",), ["Foo &"]),
        ("Foo /", ("/",), ["Foo /"]),
    ],
)
def test_what_separators_divide(name: str, signs: tuple[str, ...], names: list[str]) -> None:
    assert divided(name, *signs) == names


def test_what_the_owner_says_is_whole_stays_whole() -> None:
    assert divided("Foo & Bar", "&", whole=["FOO & BAR"]) == ["Foo & Bar"]


def test_what_an_id_speaks_for_and_lists_stay_whole() -> None:
    naming = Naming({}, Separators(("&",)))
    single = TagFacts(artists=(CreditFact("Foo & Bar", "artist", mbid=X),))
    listed = TagFacts(artists=(CreditFact("Foo & Bar", "artist"), CreditFact("Baz", "artist")))
    assert (read(single, naming), read(listed, naming)) == (single, listed)


async def run(music: Music, *signs: str) -> int:
    """A server that starts with these separators."""
    music.database.know(**{OPTION: Separators(signs)})
    made = Rereading(music.database, Jobs(music.database, EmbeddedDoorbell()), lambda *_: None)
    await made.settle()
    [kind] = made.job_kinds()
    done = await kind.handler(QuietJob())
    assert done is not None
    return int(done["tracks"])


async def test_what_was_told_is_told_again_when_the_setting_changes(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Foo & Bar", album="A")
    music.put("a/2.mp3", title="two", artist="Foo & Baz", album="B", musicbrainz_artistid=X)
    music.put("a/3.mp3", title="three", artist="foo & baz")
    music.put("a/4.mp3", title="four", artist="Solo")
    await music.scan()
    hand = Hand(music)
    before, albums = await hand.credits(), await music.albums()
    assert await run(music) == 0
    assert await music.rows(jobs) == [], "nothing is asked for that is not wanted"
    assert await run(music, "&") == 1
    assert [job.kind for job in await music.rows(jobs)] == [REREAD]
    assert (await hand.credits())["one"] == ["Foo", "Bar"]
    assert (await hand.credits())["three"] == ["Foo & Baz"], "an id says that it is one name"
    assert (await music.track("one")).artist == "Foo & Bar"
    music.put("b/1.mp3", title="five", artist="Foo & Qux")
    await music.scan(full=True)
    assert (await hand.credits())["five"] == ["Foo", "Qux"]
    assert await run(music, "&") == 0
    assert await run(music) == 2
    assert await hand.credits() == {**before, "five": ["Foo & Qux"]}
    assert {title: row.id for title, row in (await music.albums()).items()} == {
        title: row.id for title, row in albums.items()
    }
