"""Albums worth telling apart: editions, boxes, compilations, classical music, other scripts, twins."""

from tests.support.musicbrainz_world import (
    VARIOUS,
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
    World,
    by,
)

ANN = Person("Ann Ash", sort="Ash, Ann", begin="1970-02-03", area="Oslo", links=["https://ann.example.org/"])
OTHER_ANN = Person("Ann Ash", disambiguation="Canadian fiddler")
BOB = Person("The Bobs", sort="Bobs, The", type="Group")
VA = Person("Various Artists", mbid=VARIOUS, type="Other", disambiguation="add compilations to this artist")
KINO = Person(
    "Кино", sort="Кино", type="Group", aliases=[("Kino", "Kino", "en", True), ("Kinó", "Kinó", "hu", False)]
)
COMPOSER = Person("Clara Klang", sort="Klang, Clara", begin="1819", end="1896")
ORCHESTRA = Person("Oslo Orchestra", type="Orchestra")
CONDUCTOR = Person("Cy Conduct", sort="Conduct, Cy")
SOLOIST = Person("Vi Olin", sort="Olin, Vi")
WRITER = Person("Lyn Word", sort="Word, Lyn")


def songs(names: str, credit: Credit, ms: int = 180_000, **more: str) -> list[Song]:
    return [
        Song(name, credit, ms + 7_000 * place + len(name) * 1_300, **more)  # type: ignore[arg-type]
        for place, name in enumerate(names.split(", "))
    ]


def disc(found: list[Song], **more: str) -> Disc:
    return Disc([Slot(one) for one in found], **more)  # type: ignore[arg-type]


def night_songs() -> Album:
    """Editions of four countries, one with bonus tracks, one bootleg, one in two discs, one merged away."""
    mine = by(ANN)
    found = songs(
        "First Light, Slow Train, Harbour, Paper Moon, North Wind, Letters, Glass House, Homeward", mine
    )
    bonus = [Song("Slow Train (live)", mine, 301_000), Song("Harbour (Blue Mix)", mine, 355_000)]
    found[0].isrcs, found[0].genres = ["NOABC9700001"], {"folk": 9, "ambient": 4, "my favourite": 1}
    found[1].pieces = [Piece("Slow Train", "eng", [Part("composer", ANN), Part("lyricist", WRITER)])]
    found[1].parts = [Part("producer", BOB), Part("instrument", WRITER, ["guest", "cello"]),
                      Part("vocal", ANN, ["lead vocals"])]  # fmt: skip
    album = Album(
        "Night Songs", mine, first="1997-03-01", genres={"folk": 12, "singer-songwriter": 6, "wrong": 1}
    )
    label = [("Fjord Records", "FJ 101")]
    Edition(album, [disc(found)], date="1997-03-01", country="NO", barcode="7035538880011", labels=label)
    Edition(album, [disc(found)], date="1997-06-16", country="GB", barcode="5016025680011",
            labels=[("Fjord UK", "FJUK 101")])  # fmt: skip
    Edition(album, [disc(found)], date="1997-06-16", country="US", labels=[("Fjord US", "FJUS 101")])
    Edition(album, [disc([*found, *bonus])], date="2007-03-01", country="XE", disambiguation="deluxe edition")
    Edition(
        album,
        [disc(found[:4], format='12" Vinyl'), disc(found[4:], format='12" Vinyl')],
        date="1997",
        country="DE",
    )
    Edition(album, [disc(found)], date="1998", country="RU", status="Bootleg")
    return album


def concert() -> Album:
    """The twin of Night Songs: the same titles, longer, on stage."""
    names = ["First Light", "Slow Train", "Harbour", "Paper Moon", "Letters", "Homeward"]
    found = songs(
        ", ".join(f"{one} (live)" for one in names), by(ANN), 260_000, disambiguation="live, 1999: Oslo"
    )
    album = Album("Night Songs Live", by(ANN), secondary=["Live"], first="1999-11-05")
    Edition(album, [disc(found)], date="1999-11-05", country="NO")
    return album


def box() -> Album:
    """Three discs with titles, something hidden before the first track, and a film."""
    discs = []
    for place, title in enumerate(("Early Years", "Middle Years", "Late Years")):
        found = songs(
            ", ".join(f"{word} {title.split()[0]}" for word in _TIMES),
            by(BOB),
            150_000,
        )
        discs.append(disc(found, title=title))
        discs[-1].slots[0].song.isrcs = [f"GBXYZ010000{place}"]
    discs[0].pregap = Slot(Song("Hidden Hello", by(BOB), 45_000))
    discs[2].data = [Slot(Song("A Film of Bobs", by(BOB), 600_000, video=True))]
    album = Album("The Whole Box", by(BOB), secondary=["Compilation"], first="2001-10-01")
    Edition(album, discs, date="2001-10-01", country="GB")
    return album


def compilation() -> Album:
    feat = [By(ANN, " feat. "), By(BOB)]
    found = [Song("Summer Rain", by(ANN), 201_000), Song("Winter Sun", by(BOB), 222_000),
             Song("Both of Us", feat, 243_000), Song("Gruppa", by(KINO), 264_000)]  # fmt: skip
    album = Album("Hits of the Year", by(VA), secondary=["Compilation"], first="2003")
    Edition(album, [disc(found)], date="2003-12-01", country="DE")
    return album


def symphony() -> Album:
    work = [Part("composer", COMPOSER)]
    played = [
        Part("performing orchestra", ORCHESTRA),
        Part("conductor", CONDUCTOR),
        Part("instrument", SOLOIST, ["violin"]),
    ]
    names = ["I. Allegro", "II. Andante", "III. Scherzo", "IV. Finale"]
    whole, players = "Symphony no. 2 in D major, op. 7", by(ORCHESTRA, CONDUCTOR, join=", ")
    found = [
        Song(f"{whole}: {name}", players, 400_000 + 61_000 * place,
             pieces=[Piece(f"{whole}: {name}", "zxx", work)], parts=played)
        for place, name in enumerate(names)
    ]  # fmt: skip
    credit = [By(COMPOSER, "; "), By(ORCHESTRA, ", "), By(CONDUCTOR)]
    album = Album("Symphony no. 2", credit, first="1988")
    slots = [Slot(one, credit=by(COMPOSER)) for one in found]
    Edition(album, [Disc(slots)], date="1988", country="DE", labels=[("Klangwerk", "KW 2-1988")])
    return album


def blood_type() -> Album:
    found = songs("Группа крови, Закрой за мной дверь, Война, Спокойная ночь", by(KINO), 240_000)
    found[0].aliases = ["Blood Type"]
    album = Album("Группа крови", by(KINO), first="1988", aliases=["Blood Type"])
    Edition(
        album,
        [disc(found)],
        date="1988",
        country="SU",
        language="rus",
        script="Cyrl",
        aliases=["Gruppa krovi"],
    )
    Edition(album, [disc(found)], title="Gruppa krovi", date="1988", status="Pseudo-Release", language="rus")
    return album


def namesake() -> Album:
    album = Album("Fiddle Tunes", by(OTHER_ANN), first="2011")
    Edition(album, [disc(songs("Reel, Jig, Hornpipe", by(OTHER_ANN)))], date="2011", country="CA")
    return album


_TIMES = ("Dawn", "Noon", "Dusk", "Rain", "Snow")
FORMER = "00000000-0000-4000-8000-000000000001"
"""What the first edition of Night Songs was called before it was merged."""


def world() -> World:
    made = World()
    made.add(night_songs(), concert(), box(), compilation(), symphony(), blood_type(), namesake())
    made.merged[FORMER] = made.albums[0].editions[0].mbid
    return made
