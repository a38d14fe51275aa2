"""Lyrics: by song with times of lines and words (extension songLyrics), and the old way by name."""

from collections.abc import Iterator, Sequence

from mcma_plugins.ids import TrackId
from mcma_plugins.services import Catalogue
from mcma_plugins.values import Caller, ItemKind, Lyrics, LyricsCue, SearchQuery, TrackView, Window
from mcma_subsonic.call import Call, Node, endpoint

_MATCHES = Window(50)


@endpoint(
    "getLyricsBySongId",
    since="songLyrics",
    notes="Without lyrics the list is empty, never an error. `enhanced` adds the times of words, where tags, "
    "plugins or a `.ttml`, `.elrc` or `.lrc` have them. `offset` is 0: it is in the times already",
)
async def get_lyrics_by_song_id(call: Call) -> Node:
    id_ = TrackId(call.params.item("id", ItemKind.TRACK).id)
    enhanced = call.params.flag("enhanced", False)
    track = await call.services.catalogue.track(call.caller, id_)
    found = await call.services.catalogue.lyrics(call.caller, id_)
    return {"lyricsList": {"structuredLyrics": [_structured(track, each, enhanced) for each in found]}}


def _structured(track: TrackView, lyrics: Lyrics, enhanced: bool) -> Node:
    node: Node = {
        "displayArtist": track.artist,
        "displayTitle": track.title,
        "lang": lyrics.lang or "und",
        "synced": lyrics.synced,
        "offset": 0,
        "line": [_line(start, words) for start, words in lyrics.lines],
    }
    if enhanced:
        node["kind"] = "main"
        if lyrics.synced and any(lyrics.cues):
            node["cueLine"] = list(_cue_lines(lyrics))
    return node


def _line(start: int | None, words: str) -> Node:
    return {"value": words} if start is None else {"start": start, "value": words}


def _cue_lines(lyrics: Lyrics) -> Iterator[Node]:
    following = [start for start, _ in lyrics.lines[1:]] + [None]
    for index, cues in enumerate(lyrics.cues):
        if cues:
            words, ends = lyrics.lines[index][1], _ends(cues, following[index])
            node: Node = {"index": index, "start": cues[0].start_ms, "value": words}
            if ends:
                node["end"] = ends[-1]
            yield node | {"cue": list(_cues(words, cues, ends))}


def _ends(cues: Sequence[LyricsCue], next_line: int | None) -> list[int]:
    """Of all or of none: what is not known is the beginning of what follows."""
    if all(cue.end_ms is None for cue in cues):
        return []
    last = cues[-1].start_ms
    starts = [*(cue.start_ms for cue in cues[1:]), last if next_line is None else max(last, next_line)]
    return [start if cue.end_ms is None else cue.end_ms for cue, start in zip(cues, starts, strict=True)]


def _cues(words: str, cues: Sequence[LyricsCue], ends: Sequence[int]) -> Iterator[Node]:
    """Places in bytes of UTF-8, both inclusive."""
    begin = 0
    for place, cue in enumerate(cues):
        found = words.index(cue.text, begin)
        begin = found + len(cue.text)
        first, length = _bytes(words[:found]), _bytes(cue.text)
        node: Node = {"start": cue.start_ms, "byteStart": first, "byteEnd": first + length - 1}
        if ends:
            node["end"] = ends[place]
        yield node | {"value": cue.text}


def _bytes(text: str) -> int:
    """Lone surrogates are sent as a question mark."""
    return len(text.encode("utf-8", "replace"))


@endpoint("getLyrics", since="1.2.0", notes="Without a match the text is empty, never an error")
async def get_lyrics(call: Call) -> Node:
    artist, title = call.params.maybe("artist") or "", call.params.maybe("title") or ""
    words = await _words(call.services.catalogue, call.caller, artist.strip(), title.strip())
    return {"lyrics": {"artist": artist, "title": title, "value": words}}


async def _words(catalogue: Catalogue, caller: Caller, artist: str, title: str) -> str:
    """Of the first match with words: the whole credit before one of those who are credited."""
    if not title:
        return ""
    nothing = Window(0)
    query = SearchQuery(f"{title} {artist}".strip(), nothing, nothing, _MATCHES)
    found = [each for each in (await catalogue.search(caller, query)).tracks if _same(each.title, title)]
    whole = [each for each in found if not artist or _same(each.artist, artist)]
    credited = [each for each in found if any(_same(one.name, artist) for one in each.artists)]
    for track in dict.fromkeys(each.id for each in (*whole, *credited)):
        for lyrics in await catalogue.lyrics(caller, track):
            return "\n".join(words for _, words in lyrics.lines)
    return ""


def _same(one: str, other: str) -> bool:
    return one.casefold().strip() == other.casefold()
