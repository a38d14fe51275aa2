"""What the demo library holds. All names are invented."""

from dataclasses import dataclass

from mcma.demo.pieces import AMBIENT, FOLK, NIGHT, Band, Piece


@dataclass(frozen=True, slots=True)
class Album:
    title: str
    artist: str
    year: int
    genres: tuple[str, ...]
    suffix: str
    band: Band
    colours: tuple[str, str, str]
    """Sky, ground, and the thing between them."""
    pieces: tuple[Piece, ...]


ALBUMS = (
    Album(
        "Paper Lanterns", "The Quiet Machines", 2024, ("Ambient", "Electronic"), "flac", AMBIENT,
        ("#1b2a49", "#3c5a6f", "#f2c879"),
        (
            Piece("First Light on the Canal", "Dmaj7 A Bm7 G Dmaj7 A Gmaj7 D", 76, 11),
            Piece("Lanterns, Rising", "Em7 C G D Em7 C D G", 80, 12),
            Piece("A Room Above the Water", "Fmaj7 C Dm7 Bb Fmaj7 C Bb F", 72, 13),
            Piece("Tide Table", "Am7 F C G Am7 F G C", 84, 14),
        ),
    ),
    Album(
        "Seven Small Walks", "Harbour Street Trio", 2023, ("Folk",), "mp3", FOLK,
        ("#f4d9b0", "#6f8f5a", "#b5523b"),
        (
            Piece("Out by the Back Gate", "C G Am F C G F C", 96, 21),
            Piece(
                "Counting Song", "G D Em C G D C G G D Em C", 100, 22,
                lyrics=(
                    "One for the road and the rain on the slate,",
                    "two for the hinge of the old garden gate,",
                    "three for the ferry that comes in too late,",
                    "four for the friends who were willing to wait,",
                    "five for the lamps that they lit by the door,",
                    "six, and there's nothing to count any more.",
                ),
            ),
            Piece("Orchard, Uphill", "D A Bm G D A G D", 104, 23),
            Piece("Two Dogs and a River", "F C Dm Bb F C Bb C F", 112, 24),
            Piece("Home Before the Kettle", "A E D A D A E A", 92, 25),
        ),
    ),
    Album(
        "Night Bus Home", "Ida Marlowe", 2025, ("Jazz", "Downtempo"), "opus", NIGHT,
        ("#2b1d3a", "#14131f", "#e0607e"),
        (
            Piece("Last Stop but One", "Dm7 G7 Cmaj7 Am7 Dm7 G7 Cmaj7 Cmaj7", 88, 31),
            Piece(
                "Streetlights Like Beads", "Fmaj7 Em7 Dm7 Cmaj7 Fmaj7 Em7 Dm7 G7 Cmaj7", 92, 32,
                ("Sam Oduya",),
            ),
            Piece("Upper Deck", "Am7 D7 Gmaj7 Cmaj7 Am7 D7 Gmaj7 Gmaj7", 96, 33),
            Piece(
                "Doors Closing", "Ebmaj7 Cm7 Fm7 Bb7 Ebmaj7 Cm7 Bb7 Ebmaj7", 84, 34,
                ("Sam Oduya", "Lin Petrov"),
            ),
        ),
    ),
)  # fmt: skip
