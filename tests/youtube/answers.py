"""What YouTube Music answers, as far as ytmusicapi looks at it. The shapes are those its parsers walk."""

from collections.abc import Sequence
from typing import Any

Answer = dict[str, Any]
DOT = {"text": " • "}


def run(text: str, browse: str | None = None, page: str = "ARTIST") -> Answer:
    if browse is None:
        return {"text": text}
    kind = {"browseEndpointContextMusicConfig": {"pageType": f"MUSIC_PAGE_TYPE_{page}"}}
    endpoint = {"browseId": browse, "browseEndpointContextSupportedConfigs": kind}
    return {"text": text, "navigationEndpoint": {"browseEndpoint": endpoint}}


def dotted(*runs: Answer) -> list[Answer]:
    return [one for pair in zip(runs, [DOT] * len(runs), strict=True) for one in pair][:-1]


def watch(video_id: str, kind: str = "ATV") -> Answer:
    config = {"watchEndpointMusicConfig": {"musicVideoType": f"MUSIC_VIDEO_TYPE_{kind}"}}
    return {"watchEndpoint": {"videoId": video_id, "watchEndpointMusicSupportedConfigs": config}}


def picture(name: str) -> Answer:
    sizes = [
        {
            "url": f"https://lh3.googleusercontent.com/{name}=w{side}-h{side}-l90-rj",
            "width": side,
            "height": side,
        }
        for side in (60, 120)
    ]
    return {"musicThumbnailRenderer": {"thumbnail": {"thumbnails": sizes}}}


def column(*runs: Answer) -> Answer:
    return {"musicResponsiveListItemFlexColumnRenderer": {"text": {"runs": list(runs)} if runs else {}}}


def line(columns: Sequence[Answer], **more: Any) -> Answer:
    return {
        "musicResponsiveListItemRenderer": {"flexColumns": list(columns), "thumbnail": picture("p"), **more}
    }


def play(video_id: str) -> Answer:
    button = {"musicPlayButtonRenderer": {"playNavigationEndpoint": watch(video_id)}}
    return {"musicItemThumbnailOverlayRenderer": {"content": button}}


def song(
    video_id: str, title: str, artist: str = "Ana", album: str = "Sea", length: str = "3:45", **more: Any
) -> Answer:
    """A line of a search for songs."""
    told = dotted(run(artist, "UC" + "a" * 22), run(album, "MPREb_" + "b" * 11, "ALBUM"), run(length))
    titled = {"text": title, "navigationEndpoint": watch(video_id)}
    return line([column(titled), column(*told)], overlay=play(video_id), **more)


def album(browse_id: str, title: str, artist: str, year: str) -> Answer:
    told = dotted(run("Album"), run(artist, "UC" + "a" * 22), run(year))
    return line([column(run(title)), column(*told)], **run("", browse_id, "ALBUM"))


def artist(browse_id: str, name: str) -> Answer:
    return line([column(run(name)), column(run("Artist"))], **run("", browse_id))


def playlist(browse_id: str, title: str, author: str, songs: int) -> Answer:
    told = dotted(run(author), run(f"{songs} songs"))
    return line([column(run(title)), column(*told)], **run("", browse_id, "PLAYLIST"))


def search(title: str, lines: Sequence[Answer], token: str | None = None) -> Answer:
    shelf: Answer = {"title": {"runs": [run(title)]}, "contents": list(lines), **_more(token)}
    section = {"sectionListRenderer": {"contents": [{"musicShelfRenderer": shelf}]}}
    return {"contents": {"tabbedSearchResultsRenderer": {"tabs": [{"tabRenderer": {"content": section}}]}}}


def more_found(lines: Sequence[Answer], token: str | None = None) -> Answer:
    return {"continuationContents": {"musicShelfContinuation": {"contents": list(lines), **_more(token)}}}


def _more(token: str | None) -> Answer:
    return {"continuations": [{"nextContinuationData": {"continuation": token}}]} if token else {}


NOTHING: Answer = {"responseContext": {}}


def columns_page(header: Answer, below: Answer) -> Answer:
    tab = {"tabRenderer": {"content": {"sectionListRenderer": {"contents": [header]}}}}
    second = {"sectionListRenderer": {"contents": [below]}}
    return {"contents": {"twoColumnBrowseResultsRenderer": {"tabs": [tab], "secondaryContents": second}}}


def album_page(title: str, artist_name: str, year: str, rows: Sequence[Answer]) -> Answer:
    header = {
        "title": {"runs": [run(title)]},
        "subtitle": {"runs": dotted(run("Album"), run(year))},
        "straplineTextOne": {"runs": [run(artist_name, "UC" + "a" * 22)]},
        "secondSubtitle": {"runs": dotted(run(f"{len(rows)} songs"), run("12 minutes"))},
        "buttons": [
            {"musicPlayButtonRenderer": {"playNavigationEndpoint": {}}},
            {"toggleButtonRenderer": {}},
        ],
        "thumbnail": picture("album"),
    }
    return columns_page(
        {"musicResponsiveHeaderRenderer": header}, {"musicShelfRenderer": {"contents": list(rows)}}
    )


def album_row(number: int, video_id: str, title: str, length: str) -> Answer:
    length_column = {"musicResponsiveListItemFixedColumnRenderer": {"text": {"runs": [run(length)]}}}
    titled = {"text": title, "navigationEndpoint": watch(video_id)}
    return line(
        [column(titled), column(), column(run("1M plays"))],
        overlay=play(video_id), index={"runs": [run(str(number))]}, fixedColumns=[length_column],
    )  # fmt: skip


def playlist_row(video_id: str | None, title: str) -> Answer:
    length = {"musicResponsiveListItemFixedColumnRenderer": {"text": {"runs": [run("2:00")]}}}
    if video_id is None:
        gone = {"musicItemRendererDisplayPolicy": "MUSIC_ITEM_RENDERER_DISPLAY_POLICY_GREY_OUT"}
        return line([column(run(title)), column(run("Ana")), column()], fixedColumns=[length], **gone)
    titled = {"text": title, "navigationEndpoint": watch(video_id)}
    album_run = run("Sea", "MPREb_" + "b" * 11, "ALBUM")
    return line(
        [column(titled), column(run("Ana", "UC" + "a" * 22)), column(album_run)],
        overlay=play(video_id), fixedColumns=[length],
    )  # fmt: skip


def _continued(rows: Sequence[Answer], token: str | None) -> list[Answer]:
    command = {"continuationCommand": {"token": token}}
    last = [{"continuationItemRenderer": {"continuationEndpoint": command}}] if token else []
    return [*rows, *last]


def playlist_page(
    title: str, author: str, count: int, rows: Sequence[Answer], token: str | None = None
) -> Answer:
    by = {
        "text": {"content": author},
        "rendererContext": {"commandContext": {"onTap": {"innertubeCommand": {}}}},
    }
    header = {
        "title": {"runs": [run(title)]},
        "subtitle": {"runs": dotted(run("Playlist"), run("2026"))},
        "secondSubtitle": {"runs": dotted(run(f"{count} songs"), run("3 hours"))},
        "facepile": {"avatarStackViewModel": by},
        "thumbnail": picture("playlist"),
    }
    shelf = {"musicPlaylistShelfRenderer": {"contents": _continued(rows, token)}}
    return columns_page({"musicResponsiveHeaderRenderer": header}, shelf)


def next_rows(rows: Sequence[Answer], token: str | None = None) -> Answer:
    items = {"appendContinuationItemsAction": {"continuationItems": _continued(rows, token)}}
    return {"onResponseReceivedActions": [items]}


def card(browse_id: str, title: str, year: str) -> Answer:
    """An album on an artist's page."""
    return {
        "musicTwoRowItemRenderer": {
            "title": {"runs": [run(title, browse_id, "ALBUM")]},
            "subtitle": {"runs": dotted(run("Album"), run(year))},
            "thumbnailRenderer": picture("card"),
        }
    }


def carousel(title: str, cards: Sequence[Answer], browse_id: str | None = None, params: str = "") -> Answer:
    heading = run(title, browse_id)
    if browse_id:
        heading["navigationEndpoint"]["browseEndpoint"]["params"] = params
    header = {"musicCarouselShelfBasicHeaderRenderer": {"title": {"runs": [heading]}}}
    return {"musicCarouselShelfRenderer": {"header": header, "contents": list(cards)}}


def one_column(contents: Sequence[Answer]) -> Answer:
    tab = {"tabRenderer": {"content": {"sectionListRenderer": {"contents": list(contents)}}}}
    return {"contents": {"singleColumnBrowseResultsRenderer": {"tabs": [tab]}}}


def artist_page(channel: str, name: str, shelves: Sequence[Answer]) -> Answer:
    button = {"subscribeButtonRenderer": {"channelId": channel, "subscribed": False}}
    header = {"title": {"runs": [run(name)]}, "subscriptionButton": button, "thumbnail": picture("artist")}
    return {**one_column(shelves), "header": {"musicImmersiveHeaderRenderer": header}}


def user_page(name: str) -> Answer:
    return {**one_column([]), "header": {"musicVisualHeaderRenderer": {"title": {"runs": [run(name)]}}}}


def grid(cards: Sequence[Answer]) -> Answer:
    return one_column([{"gridRenderer": {"items": list(cards)}}])


def watch_page(*videos: Answer) -> Answer:
    panel = {"playlistPanelRenderer": {"contents": list(videos)}}
    tab = {"tabRenderer": {"content": {"musicQueueRenderer": {"content": panel}}}}
    tabbed = {"tabbedRenderer": {"watchNextTabbedResultsRenderer": {"tabs": [tab]}}}
    return {"contents": {"singleColumnMusicWatchNextResultsRenderer": tabbed}}


def queued(video_id: str, title: str, length: str) -> Answer:
    told = dotted(run("Ana - Topic", "UC" + "a" * 22), run("Sea", "MPREb_" + "b" * 11, "ALBUM"), run("2019"))
    video = {
        "videoId": video_id,
        "title": {"runs": [run(title)]},
        "lengthText": {"runs": [run(length)]},
        "thumbnail": picture("track")["musicThumbnailRenderer"]["thumbnail"],
        "longBylineText": {"runs": told},
        "menu": {"menuRenderer": {"items": []}},
        "navigationEndpoint": watch(video_id),
    }
    return {"playlistPanelVideoRenderer": video}


def with_counterpart(primary: Answer, other: Answer) -> Answer:
    wrapped = {"primaryRenderer": primary, "counterpart": [{"counterpartRenderer": other}]}
    return {"playlistPanelVideoWrapperRenderer": wrapped}
