"""Milliseconds for an answer of 500 albums, building and rendering, in JSON and XML. Prints JSON."""

import json
import statistics
import time
from collections.abc import Callable
from uuid import UUID

from mcma_plugins.ids import ArtworkId
from mcma_subsonic import render, shapes
from mcma_subsonic.call import Node
from tests.subsonic import fakedata as data

COUNT = 500
ROUNDS = 60


def milliseconds(work: Callable[[], object]) -> float:
    """The median of processor time, which a busy machine disturbs least."""
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return round(statistics.median(taken) * 1000, 3)


def _artwork(number: int) -> ArtworkId:
    return ArtworkId(UUID(int=number))


def main() -> None:
    albums = [
        data.FULL._replace(id=data.album_id(number), title=f"Album {number}", artwork_id=_artwork(number))
        for number in range(COUNT)
    ]
    songs = [data.TRACKS[0]._replace(id=data.track_id(number)) for number in range(COUNT)]

    def tree() -> Node:
        return render.success({"albumList2": {"album": shapes.albums(albums)}}, "0.1.0")

    def song_tree() -> Node:
        return render.success({"searchResult3": {"song": shapes.songs(songs)}}, "0.1.0")

    built, json_form, xml_form = tree(), render.Form("json"), render.Form("xml")
    found = {
        "albums": COUNT,
        "build_ms": milliseconds(tree),
        "json_ms": milliseconds(lambda: render.render(built, json_form)),
        "xml_ms": milliseconds(lambda: render.render(built, xml_form)),
        "build_and_json_ms": milliseconds(lambda: render.render(tree(), json_form)),
        "build_and_xml_ms": milliseconds(lambda: render.render(tree(), xml_form)),
        "songs_build_and_json_ms": milliseconds(lambda: render.render(song_tree(), json_form)),
        "songs_build_and_xml_ms": milliseconds(lambda: render.render(song_tree(), xml_form)),
        "json_bytes": len(render.render(built, json_form).body),
    }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
