"""What clients wait for: warm requests to a real `mcma serve`, and the server's own processor time.

`python -m tests.bench.calls [--tracks SMALL LARGE] [--rounds 40]` prints JSON: milliseconds by size and call.
"""

from collections.abc import Callable
from typing import Any

from tests.bench.served import Asker, Seed, at_two_sizes, pss_mib, seeded, serving

PAGE = 500
WARM = 10
"""With fewer rounds than this nothing is measured in earnest, and a start is saved."""


def calls(ask: Asker, seed: Seed) -> dict[str, Callable[[], bytes]]:
    def albums(form: str, kind: str = "alphabeticalByName") -> Callable[[], bytes]:
        return lambda: ask.subsonic("getAlbumList2", form, type=kind, size=PAGE)

    def songs(form: str) -> Callable[[], bytes]:
        return lambda: everything(ask, 0, form)

    typed: dict[str, object] = {"query": "ka", "artistCount": 20, "albumCount": 20, "songCount": 20}
    return {
        "ping": lambda: ask.subsonic("ping"),
        "album_list_json": albums("json"),
        "album_list_xml": albums("xml"),
        "album_list_newest": albums("json", "newest"),
        "artists": lambda: ask.subsonic("getArtists"),
        "artists_xml": lambda: ask.subsonic("getArtists", "xml"),
        "album": lambda: ask.subsonic("getAlbum", id=seed.albums[len(seed.albums) // 2]),
        "starred": lambda: ask.subsonic("getStarred2"),
        "playlist": lambda: ask.subsonic("getPlaylist", id=seed.playlist),
        "search_typed": lambda: ask.subsonic("search3", "json", **typed),
        "search_empty_first": songs("json"),
        "search_empty_first_xml": songs("xml"),
        "native_tracks": lambda: ask.native(f"/tracks?limit={PAGE}"),
    }


def everything(ask: Asker, offset: int, form: str = "json") -> bytes:
    """A page of all songs, as apps that copy the library ask for it."""
    return ask.subsonic(
        "search3", form, query='""', artistCount=0, albumCount=0, songCount=PAGE, songOffset=offset
    )


def deepest(ask: Asker, seed: Seed) -> Callable[[], bytes]:
    """The last page, come to page after page."""
    last = max(0, (seed.tracks - 1) // PAGE * PAGE)
    for offset in range(0, last, PAGE):
        everything(ask, offset)
    return lambda: everything(ask, last)


def measured(tracks: int, rounds: int) -> dict[str, Any]:
    seed = seeded(tracks)
    if rounds >= WARM:
        with serving(seed):
            pass  # whatever is read at a start is in the page cache now
    with serving(seed) as ask:
        found: dict[str, Any] = {"tracks": tracks, "start_s": ask.start_s}
        at_rest = pss_mib(ask.pid)
        every = {**calls(ask, seed), "search_empty_last": deepest(ask, seed)}
        for name, call in every.items():
            found[name] = ask.cost(call, rounds)._asdict()
        return found | {"memory_mib": pss_mib(ask.pid), "memory_at_rest_mib": at_rest}


def main() -> None:
    at_two_sizes(__doc__, measured)


if __name__ == "__main__":
    main()
